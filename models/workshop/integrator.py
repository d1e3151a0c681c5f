"""Path tracer: one kernel for all scenes, with next-event estimation and multiple importance sampling.

Light model: punctual lights averaged over their physical size (never hit by rays), emissive triangles and
an equirectangular sky (sampled and hit, weighted by the power heuristic).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import sampling
from .bsdf import Bsdf
from .llvm import dr, mi
from .surface import Surface, emitter_point, surface_at
from .tables import Geometry, Materials, Sky, opaque, packet, upload

Bool, Float, UInt = mi.Bool, mi.Float, mi.UInt32
Color3, Vector2, Vector3 = mi.Color3f, mi.Vector2f, mi.Vector3f

FAR_M = 1e8
DIMENSIONS_PER_BOUNCE = 6
ROULETTE_START = 3


@dataclass(frozen=True)
class PathOptions:
    """Length and noise limits of the paths."""

    #: Most edges of a path: 2 = direct light only.
    max_depth: int = 6
    #: Largest radiance that one indirect sample may bring; smaller = fewer fireflies, darker caustics.
    clamp_indirect: float = 1e6
    #: Whether emission and sky seen by the camera count.
    has_primary_emission: bool = True
    #: False leaves emitters and sky to BSDF sampling (a check on the weights, far noisier).
    has_light_sampling: bool = True


@dataclass
class World:
    """One frame of a scene as the kernel sees it."""

    geometry: Geometry
    materials: Materials
    sky: Sky
    lights: Float
    light_count: UInt
    #: Probability of sampling the sky instead of the emissive triangles.
    sky_probability: Float
    #: 1 where there is something to sample besides the punctual lights.
    samples_area: Bool
    max_depth: UInt
    clamp_indirect: Float
    primary_emission: Float
    has_sky: Bool

    @classmethod
    def of(
        cls,
        geometry: Geometry,
        materials: Materials,
        sky: Sky,
        lights: np.ndarray,
        light_count: int,
        options: PathOptions,
    ) -> World:
        has_area = (geometry.has_emitters or sky.is_lit) and options.has_light_sampling
        probability = {(False, True): 1.0, (True, True): 0.5}.get((geometry.has_emitters, sky.is_lit), 0.0)
        return cls(
            geometry=geometry,
            materials=materials,
            sky=sky,
            lights=upload(lights),
            light_count=opaque(light_count, UInt),
            sky_probability=opaque(probability if has_area else 0.0),
            samples_area=opaque(has_area, Bool),
            max_depth=opaque(options.max_depth, UInt),
            clamp_indirect=opaque(options.clamp_indirect),
            primary_emission=opaque(float(options.has_primary_emission)),
            has_sky=opaque(sky.is_lit, Bool),
        )

    def emitter_share(self) -> Float:
        """Probability of sampling the emissive triangles."""
        return dr.select(self.samples_area, 1 - self.sky_probability, 0)


@dataclass
class _Sample:
    """Light arriving from a sampled direction; the value is not yet times the BSDF."""

    direction: Vector3
    distance_m: Float
    value: Color3
    #: Per solid angle; 0 for punctual lights, which BSDF sampling never hits.
    density: Float


@dataclass
class _Path:
    """What changes from bounce to bounce."""

    origin: Vector3
    direction: Vector3
    radiance: Color3
    throughput: Color3
    bounce: UInt
    bsdf_density: Float
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
        active=dr.full(Bool, True, count),
    )
    (path,) = dr.while_loop(
        (path,), lambda path: path.active, lambda path: (_bounce(world, sampler, path),), mode="symbolic"
    )
    return dr.select(dr.isfinite(dr.sum(path.radiance)), path.radiance, 0)


def _bounce(world: World, sampler: sampling.Sampler, path: _Path) -> _Path:
    hit = world.geometry.intersect(path.origin, path.direction, path.active)
    found = path.active & hit.is_valid()
    surface = surface_at(world.geometry, world.materials, hit, path.direction)
    bsdf, frame = surface.bsdf(-path.direction)
    emitted = _emitted(world, surface, hit.t, path, found)
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
    return _Path(
        surface.ray_origin, direction, radiance, throughput / survival, path.bounce + 1, density, active
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

    def weigh(self, sample: _Sample, active: Bool) -> Color3:
        """Unshadowed light of a sample that leaves towards the viewer."""
        value, bsdf_density = self.bsdf.evaluate(self.frame.to_local(sample.direction))
        weight = dr.select(sample.density == 0, 1, _power_weight(sample.density, bsdf_density))
        is_outside = dr.dot(sample.direction, self.surface.geometric_normal) > 0
        return dr.select(active & is_outside, value * sample.value * weight, 0)

    def shadowed(self, world: World, sample: _Sample, light: Color3, active: Bool) -> Color3:
        """`light` where the way to the sample is free; lanes that are not active are not traced."""
        active = active & (dr.max(light) > 0)
        blocked = world.geometry.is_blocked(
            self.surface.ray_origin, sample.direction, sample.distance_m, active
        )
        return dr.select(active & ~blocked, light, 0)


def _sampled_light(
    world: World, scatter: _Scatter, sampler: sampling.Sampler, dimension: UInt, active: Bool, is_first: Bool
) -> Color3:
    """Light of a punctual light and of an emitter or the sky.

    Both get a shadow ray at the first hit; later bounces trace one of the two, picked by what it would bring.
    """
    picks = sampler.next_2d(dimension)
    punctual = _sample_lights(world, scatter.surface, picks.x, sampler.next_2d(dimension + 1))
    area = _sample_area(world, scatter.surface, picks.y, sampler.next_2d(dimension + 2))
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


def _sample_lights(world: World, surface: Surface, pick: Float, point: Vector2) -> _Sample:
    """One punctual light, picked by an estimate of what it gives, and a point of its disc."""

    def consider(index: UInt, pick: Float, total: Float, chosen: UInt, chosen_weight: Float) -> tuple:
        weight = _light_estimate(world, surface, index)
        total = total + weight
        share = weight / dr.maximum(total, 1e-30)
        taken = pick < share
        # The leftover of the random number is uniform again: one number serves the whole reservoir.
        rest = dr.select(taken, pick, pick - share) / dr.maximum(dr.select(taken, share, 1 - share), 1e-30)
        return (
            index + 1,
            rest,
            total,
            dr.select(taken, index, chosen),
            dr.select(taken, weight, chosen_weight),
        )

    state = (UInt(0), Float(pick), Float(0), UInt(0), Float(0))
    state = dr.while_loop(state, lambda index, *_: index < world.light_count, consider, mode="symbolic")
    _, _, total, chosen, chosen_weight = state
    sample = _light_sample(world, surface, chosen, point)
    sample.value *= dr.select(chosen_weight > 0, total / chosen_weight, 0)
    return sample


def _light_estimate(world: World, surface: Surface, index: UInt) -> Float:
    """Rough unshadowed light of a punctual light; above 0 wherever any point of its disc could count."""
    color, place, aim, edges = (packet(world.lights, index * 4 + part) for part in range(4))
    to_light = Vector3(place.x, place.y, place.z) - surface.position
    distance2 = dr.maximum(dr.squared_norm(to_light), dr.square(place.w) + 1e-6)
    axis = Vector3(aim.x, aim.y, aim.z)
    is_sun = color.w == 0
    direction = dr.select(is_sun, -axis, to_light / dr.sqrt(distance2))
    cosine = dr.clip(dr.dot(surface.normal, direction), 0, 1) + 0.05
    cone = dr.select(color.w == 2, _cone(-dr.dot(direction, axis), edges.x, edges.y) + 0.01, 1)
    strength = 0.2126 * color.x + 0.7152 * color.y + 0.0722 * color.z
    return strength * cosine * cone / dr.select(is_sun, 1, distance2)


def _light_sample(world: World, surface: Surface, index: UInt, point: Vector2) -> _Sample:
    color, place, aim, edges = (packet(world.lights, index * 4 + part) for part in range(4))
    center, axis = Vector3(place.x, place.y, place.z), Vector3(aim.x, aim.y, aim.z)
    is_sun, is_spot = color.w == 0, color.w == 2
    to_center = dr.normalize(center - surface.position)
    frame = mi.Frame3f(dr.select(is_sun | is_spot, -axis, to_center))
    on_disc = sampling.disc(point) * place.w
    spot = center + frame.s * on_disc.x + frame.t * on_disc.y
    to_spot = spot - surface.ray_origin
    distance = dr.norm(to_spot)
    sun_direction = frame.to_world(sampling.cone(point, aim.w))
    direction = dr.select(is_sun, sun_direction, to_spot / dr.maximum(distance, 1e-6))
    cone = dr.select(is_spot, _cone(-dr.dot(direction, axis), edges.x, edges.y), 1)
    falloff = dr.select(is_sun, 1, cone / dr.maximum(dr.square(distance), 1e-6))
    value = Color3(color.x, color.y, color.z) * falloff
    return _Sample(direction, dr.select(is_sun, FAR_M, distance), value, dr.zeros(Float))


def _cone(cosine: Float, outer: Float, inner: Float) -> Float:
    """three's getSpotAttenuation: smoothstep between the cosines of the cone."""
    t = dr.clip((cosine - outer) / dr.maximum(inner - outer, 1e-6), 0, 1)
    return t * t * (3 - 2 * t)


def _sample_area(world: World, surface: Surface, pick: Float, point: Vector2) -> _Sample:
    """A direction towards an emissive triangle or the sky."""
    is_sky = pick < world.sky_probability
    share = dr.select(is_sky, world.sky_probability, 1 - world.sky_probability)
    start = dr.select(is_sky, 0, world.sky_probability)
    pick = dr.clip((pick - start) / dr.maximum(share, 1e-6), 0, 0.9999999)

    def sample_sky(share: Float, pick: Float, point: Vector2) -> _Sample:
        direction = world.sky.sample(pick, point)
        radiance, density = world.sky.look(direction, Bool(True))
        density = dr.maximum(share * density, 1e-20)
        return _Sample(direction, dr.full(Float, FAR_M, dr.width(pick)), radiance / density, density)

    def sample_emitter(share: Float, pick: Float, point: Vector2) -> _Sample:
        emitter = emitter_point(world.geometry, world.materials, pick, sampling.triangle(point))
        to_emitter = emitter.position - surface.ray_origin
        distance2 = dr.maximum(dr.squared_norm(to_emitter), 1e-12)
        distance = dr.sqrt(distance2)
        cosine = -dr.dot(emitter.normal, to_emitter) / distance
        is_lit = (cosine > 0) | (emitter.is_double_sided > 0)
        density = share * emitter.density * distance2 / dr.maximum(dr.abs(cosine), 1e-6)
        density = dr.maximum(density, 1e-20)
        light = dr.select(is_lit, emitter.emission / density, 0)
        return _Sample(to_emitter / distance, distance, light, density)

    return dr.if_stmt((share, pick, point), is_sky, sample_sky, sample_emitter, mode="symbolic")


def _power_weight(density: Float, other: Float) -> Float:
    """Power heuristic, written so that large densities do not overflow."""
    return 1 / (1 + dr.square(other / dr.maximum(density, 1e-20)))


def _clamped(world: World, light: Color3, is_direct: Bool) -> Color3:
    scale = dr.minimum(1, world.clamp_indirect / dr.maximum(dr.max(light), 1e-20))
    return light * dr.select(is_direct, 1, scale)
