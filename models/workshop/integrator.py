"""Path tracer: one kernel for all scenes, with next-event estimation and multiple importance sampling.

Light model: punctual lights averaged over their physical size (never hit by rays), emissive triangles and
an equirectangular sky (sampled and hit, weighted by the power heuristic).
"""

from __future__ import annotations

from dataclasses import dataclass

from . import sampling
from .bsdf import Bsdf
from .lights import LightSample, sample_area, sample_punctual
from .llvm import dr, mi
from .surface import Surface, surface_at
from .visibility import closest, is_blocked
from .world import World

Bool, Float, UInt = mi.Bool, mi.Float, mi.UInt32
Color3, Vector3 = mi.Color3f, mi.Vector3f

DIMENSIONS_PER_BOUNCE = 6
ROULETTE_START = 3
#: After a lobe that is wide itself no lobe is narrower than this roughness: focused light (caustics)
#: is spread, not lost.
REGULARISED_ROUGHNESS = 0.3


@dataclass
class _Path:
    """What changes from bounce to bounce."""

    origin: Vector3
    direction: Vector3
    radiance: Color3
    throughput: Color3
    bounce: UInt
    bsdf_density: Float
    #: Roughness of the widest lobe so far, 1 for diffuse ones.
    widest: Float
    active: Bool


def trace_paths(world: World, origin: Vector3, direction: Vector3, sampler: sampling.Sampler) -> Color3:
    """Radiance along each ray."""
    count = dr.width(direction)
    path = _Path(
        origin=Vector3(origin),
        direction=direction,
        radiance=dr.zeros(Color3, count),
        throughput=dr.ones(Color3, count),
        bounce=dr.zeros(UInt, count),
        bsdf_density=dr.zeros(Float, count),
        widest=dr.zeros(Float, count),
        active=dr.full(Bool, True, count),
    )
    (path,) = dr.while_loop(
        (path,), lambda path: path.active, lambda path: (_bounce(world, sampler, path),), mode="symbolic"
    )
    return dr.select(dr.isfinite(dr.sum(path.radiance)), path.radiance, 0)


def _bounce(world: World, sampler: sampling.Sampler, path: _Path) -> _Path:
    is_camera = path.bounce == 0
    hit = closest(
        world.geometry, world.materials, path.origin, path.direction, path.active, is_camera=is_camera
    )
    found = path.active & hit.found
    surface = surface_at(world.geometry, world.materials, hit, path.direction)
    surface.roughness = dr.maximum(surface.roughness, dr.minimum(path.widest, REGULARISED_ROUGHNESS))
    bsdf, frame = surface.bsdf(-path.direction)
    emitted = _emitted(world, surface, hit.distance_m, path, found)
    radiance = path.radiance + _clamped(
        world, dr.select(path.active, path.throughput * emitted, 0), path.bounce < 2
    )

    active = found & (path.bounce + 1 < world.max_depth)
    dimension = 1 + path.bounce * DIMENSIONS_PER_BOUNCE
    scatter = _Scatter(surface, bsdf, frame)
    lit = _sampled_light(world, scatter, sampler, dimension, active, path.bounce == 0)
    radiance += _clamped(world, path.throughput * lit, path.bounce < 1)

    choices = sampler.next_2d(dimension + 4)
    wi = bsdf.sample(sampler.next_2d(dimension + 5), choices.x)
    value, density = bsdf.evaluate(wi)
    direction = dr.normalize(frame.to_world(wi))
    is_usable = (dr.dot(direction, surface.geometric_normal) > 0) & (density > 0)
    throughput = path.throughput * dr.select(is_usable, value / density, 0)
    survival = dr.select(path.bounce >= ROULETTE_START, dr.clip(dr.max(throughput), 0.05, 0.95), 1)
    active &= (dr.max(throughput) > 0) & (choices.y < survival)
    lobe = dr.select(choices.x < bsdf.specular_probability, surface.roughness, 1)
    return _Path(
        origin=surface.ray_origin,
        direction=direction,
        radiance=radiance,
        throughput=throughput / survival,
        bounce=path.bounce + 1,
        bsdf_density=density,
        widest=dr.maximum(path.widest, lobe),
        active=active,
    )


def _emitted(world: World, surface: Surface, distance_m: Float, path: _Path, found: Bool) -> Color3:
    """Emission or sky that the ray ran into, weighted against having sampled it."""
    cosine = dr.maximum(dr.abs(dr.dot(path.direction, surface.geometric_normal)), 1e-6)
    emitter_density = surface.emitter_density * dr.square(distance_m) / cosine * world.emitter_share()
    is_sky = path.active & ~found & world.has_sky
    sky, sky_density = world.sky.look(path.direction, is_sky)
    density = dr.select(found, emitter_density, world.sky_probability * sky_density)
    weight = dr.select(path.bounce == 0, world.primary_emission, _power_weight(path.bsdf_density, density))
    return dr.select(found, surface.emission, sky) * weight


@dataclass
class _Scatter:
    """Shading point with everything that light sampling needs of it."""

    surface: Surface
    bsdf: Bsdf
    frame: mi.Frame3f

    def weigh(self, sample: LightSample, active: Bool) -> Color3:
        """Unshadowed light of a sample that leaves towards the viewer."""
        value, bsdf_density = self.bsdf.evaluate(self.frame.to_local(sample.direction))
        weight = dr.select(sample.density == 0, 1, _power_weight(sample.density, bsdf_density))
        is_outside = dr.dot(sample.direction, self.surface.geometric_normal) > 0
        return dr.select(active & is_outside, value * sample.value * weight, 0)

    def shadowed(self, world: World, sample: LightSample, light: Color3, active: Bool) -> Color3:
        """`light` where the way to the sample is free; lanes that are not active are not traced."""
        active = active & (dr.max(light) > 0)
        blocked = is_blocked(
            world.geometry,
            world.materials,
            self.surface.ray_origin,
            sample.direction,
            sample.distance_m,
            active,
        )
        return dr.select(active & ~blocked, light, 0)


def _sampled_light(
    world: World, scatter: _Scatter, sampler: sampling.Sampler, dimension: UInt, active: Bool, is_first: Bool
) -> Color3:
    """Light of a punctual light and of an emitter or the sky.

    Both get a shadow ray at the first hit; later bounces trace one of the two, picked by what it would bring.
    """
    picks = sampler.next_2d(dimension)
    punctual = sample_punctual(world, scatter.surface, picks.x, sampler.next_2d(dimension + 1))
    area = sample_area(world, scatter.surface, picks.y, sampler.next_2d(dimension + 2))
    light, area_light = scatter.weigh(punctual, active), scatter.weigh(area, active & world.samples_area)
    first = scatter.shadowed(world, area, area_light, active & is_first)

    total = dr.sum(light) + dr.sum(area_light)
    share = dr.select(is_first, 1, dr.sum(light) / dr.maximum(total, 1e-20))
    is_punctual = sampler.next_2d(dimension + 3).y < share
    picked = dr.select(
        is_punctual, light / dr.maximum(share, 1e-20), area_light / dr.maximum(1 - share, 1e-20)
    )
    sample = dr.select(is_punctual, punctual, area)
    return first + scatter.shadowed(world, sample, picked, active)


def _power_weight(density: Float, other: Float) -> Float:
    """Power heuristic, written so that large densities do not overflow."""
    return 1 / (1 + dr.square(other / dr.maximum(density, 1e-20)))


def _clamped(world: World, light: Color3, is_direct: Bool) -> Color3:
    scale = dr.minimum(1, world.clamp_indirect / dr.maximum(dr.max(light), 1e-20))
    return light * dr.select(is_direct, 1, scale)
