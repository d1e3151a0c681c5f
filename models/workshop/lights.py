"""Directions towards light: punctual lights with a physical size, emissive triangles, the sky."""

from __future__ import annotations

from dataclasses import dataclass

from . import sampling
from .llvm import dr, mi
from .surface import Surface, emitter_point
from .tables import packet
from .world import World

Bool, Float, UInt = mi.Bool, mi.Float, mi.UInt32
Color3, Vector2, Vector3 = mi.Color3f, mi.Vector2f, mi.Vector3f

#: Distance of the sun and the sky.
FAR_M = 1e8


@dataclass
class LightSample:
    """Light arriving from a sampled direction; the value is not yet times the BSDF."""

    direction: Vector3
    distance_m: Float
    value: Color3
    #: Per solid angle; 0 for punctual lights, which BSDF sampling never hits.
    density: Float


def sample_punctual(world: World, surface: Surface, pick: Float, point: Vector2) -> LightSample:
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


def _light_sample(world: World, surface: Surface, index: UInt, point: Vector2) -> LightSample:
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
    return LightSample(direction, dr.select(is_sun, FAR_M, distance), value, dr.zeros(Float))


def _cone(cosine: Float, outer: Float, inner: Float) -> Float:
    """three's getSpotAttenuation: smoothstep between the cosines of the cone."""
    t = dr.clip((cosine - outer) / dr.maximum(inner - outer, 1e-6), 0, 1)
    return t * t * (3 - 2 * t)


def sample_area(world: World, surface: Surface, pick: Float, point: Vector2) -> LightSample:
    """A direction towards an emissive triangle or the sky."""
    is_sky = pick < world.sky_probability
    share = dr.select(is_sky, world.sky_probability, 1 - world.sky_probability)
    start = dr.select(is_sky, 0, world.sky_probability)
    pick = dr.clip((pick - start) / dr.maximum(share, 1e-6), 0, 0.9999999)

    def sample_sky(share: Float, pick: Float, point: Vector2) -> LightSample:
        direction = world.sky.sample(pick, point)
        radiance, density = world.sky.look(direction, Bool(True))
        density = dr.maximum(share * density, 1e-20)
        return LightSample(direction, dr.full(Float, FAR_M, dr.width(pick)), radiance / density, density)

    def sample_emitter(share: Float, pick: Float, point: Vector2) -> LightSample:
        emitter = emitter_point(world.geometry, world.materials, pick, sampling.triangle(point))
        to_emitter = emitter.position - surface.ray_origin
        distance2 = dr.maximum(dr.squared_norm(to_emitter), 1e-12)
        distance = dr.sqrt(distance2)
        cosine = -dr.dot(emitter.normal, to_emitter) / distance
        is_lit = (cosine > 0) | (emitter.is_double_sided > 0)
        density = share * emitter.density * distance2 / dr.maximum(dr.abs(cosine), 1e-6)
        density = dr.maximum(density, 1e-20)
        light = dr.select(is_lit, emitter.emission / density, 0)
        return LightSample(to_emitter / distance, distance, light, density)

    return dr.if_stmt((share, pick, point), is_sky, sample_sky, sample_emitter, mode="symbolic")
