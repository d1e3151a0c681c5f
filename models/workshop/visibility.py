"""What rays meet.

All pass holes that textures cut, and what is blended as often as it does not cover. The camera's pass backs
that the page does not draw.
"""

from __future__ import annotations

from dataclasses import dataclass

from .llvm import dr, mi
from .tables import RAY_OFFSET, SLOT_BASE_COLOR, Geometry, Materials, packet
from .triangle import triangle_at

Bool, Float, UInt = mi.Bool, mi.Float, mi.UInt32
Vector2, Vector3 = mi.Vector2f, mi.Vector3f


@dataclass
class Hit:
    """Nearest surface on a ray; without one, triangle and point are the scene's first."""

    found: Bool
    triangle: UInt
    #: Weights of the second and third corner.
    weights: Vector2
    distance_m: Float


@dataclass
class _March:
    """A ray on its way through what it passes."""

    hit: Hit
    start_m: Float
    active: Bool


def closest(
    geometry: Geometry,
    materials: Materials,
    origin: Vector3,
    direction: Vector3,
    active: Bool,
    *,
    is_camera: Bool,
) -> Hit:
    """Nearest surface. What the camera sees has no backs of single-sided materials: glTF culls them."""
    count = dr.width(direction)
    nothing = Hit(
        dr.zeros(Bool, count), dr.zeros(UInt, count), dr.zeros(Vector2, count), dr.zeros(Float, count)
    )

    def step(march: _March) -> _March:
        point = origin + direction * march.start_m
        met = geometry.intersect(point, direction, march.active)
        found = march.active & met.is_valid()
        triangle = dr.select(found, met.prim_index, 0)
        weights = Vector2(dr.select(found, met.prim_uv.x, 0), dr.select(found, met.prim_uv.y, 0))
        distance_m = march.start_m + dr.select(found, met.t, 0)
        passes = _passes(geometry, materials, triangle, weights, direction, found, is_camera)
        hit = Hit(found & ~passes, triangle, weights, distance_m)
        lift_m = RAY_OFFSET * (1 + dr.max(dr.abs(origin + direction * distance_m)))
        return _March(hit, distance_m + lift_m, found & passes)

    start = _March(nothing, dr.zeros(Float, count), active & dr.full(Bool, True, count))
    (march,) = dr.while_loop(
        (start,), lambda march: march.active, lambda march: (step(march),), mode="symbolic"
    )
    return march.hit


def is_blocked(
    geometry: Geometry,
    materials: Materials,
    origin: Vector3,
    direction: Vector3,
    distance_m: Float,
    active: Bool,
) -> Bool:
    """Whether something without a hole there lies between the origin and that distance."""
    blocked = geometry.is_blocked(origin, direction, distance_m, active)

    def look(origin: Vector3, direction: Vector3, distance_m: Float) -> Bool:
        hit = closest(geometry, materials, origin, direction, Bool(True), is_camera=Bool(False))
        return hit.found & (hit.distance_m < distance_m * (1 - 1e-4))

    return dr.if_stmt(
        (origin, direction, distance_m),
        blocked & materials.has_holes,
        look,
        lambda origin, direction, distance_m: blocked,
        mode="symbolic",
    )


def _passes(
    geometry: Geometry,
    materials: Materials,
    triangle: UInt,
    weights: Vector2,
    direction: Vector3,
    found: Bool,
    is_camera: Bool,
) -> Bool:
    """Whether a ray goes on where it met a triangle."""

    def look(triangle: UInt, weights: Vector2, direction: Vector3) -> Bool:
        record = triangle_at(geometry, triangle)
        flags, slots = (packet(materials.materials, record.material * 4 + part) for part in (1, 3))
        is_back = is_camera & (flags.y == 0) & (dr.dot(record.front(), direction) > 0)
        uv = record.uv_at(*weights)
        slot = dr.select(flags.w != 0, slots[SLOT_BASE_COLOR], -1)
        opacity = materials.sample(slot, uv, (1, 1, 1, 1)).w
        is_uncovered = (flags.w < 0) & (_chance(direction, weights) >= -flags.w * opacity)
        return is_back | (opacity < flags.w) | is_uncovered

    return dr.if_stmt(
        (triangle, weights, direction),
        found & (is_camera | materials.has_holes),
        look,
        lambda triangle, weights, direction: dr.full(Bool, False, dr.width(direction)),
        mode="symbolic",
    )


def _chance(direction: Vector3, weights: Vector2) -> Float:
    """A number in [0,1) for each ray and place: PCG (Jarzynski and Olano 2020) of their bits."""
    state = UInt(0)
    for value in (*direction, *weights):
        state = (state ^ dr.reinterpret_array(UInt, Float(value))) * UInt(747796405) + UInt(2891336453)
        state = ((state >> ((state >> 28) + 4)) ^ state) * UInt(277803737)
        state = (state >> 22) ^ state
    return Float(state >> 8) * 2.0**-24
