"""What a ray found: position, normals and material of a hit."""

from __future__ import annotations

from dataclasses import dataclass

from .bsdf import Bsdf, make_bsdf
from .llvm import dr, mi
from .tables import (
    RAY_OFFSET,
    SLOT_BASE_COLOR,
    SLOT_EMISSIVE,
    SLOT_METALLIC_ROUGHNESS,
    SLOT_NORMAL,
    Geometry,
    Materials,
    packet,
)
from .triangle import Triangle, triangle_at
from .visibility import Hit

Bool, Float, UInt = mi.Bool, mi.Float, mi.UInt32
Color3, Vector2, Vector3, Vector4 = mi.Color3f, mi.Vector2f, mi.Vector3f, mi.Vector4f

#: Smooth normals may turn away from the viewer at silhouettes; the BSDF keeps at least this cosine.
MIN_VIEW_COSINE = 0.01


@dataclass
class Surface:
    """Shading point; both normals are on the viewer's side."""

    position: Vector3
    #: Where rays start: off the surface, and lifted to the smooth surface that the normals describe.
    ray_origin: Vector3
    geometric_normal: Vector3
    normal: Vector3
    albedo: Color3
    metalness: Float
    roughness: Float
    emission: Color3
    #: Density per area with which emitter sampling picks this point, 0 for what does not emit.
    emitter_density: Float

    def bsdf(self, to_viewer: Vector3) -> tuple[Bsdf, mi.Frame3f]:
        """BSDF and its local frame."""
        lack = dr.maximum(MIN_VIEW_COSINE - dr.dot(self.normal, to_viewer), 0)
        frame = mi.Frame3f(dr.normalize(self.normal + lack * to_viewer))
        wo = frame.to_local(to_viewer)
        wo.z = dr.maximum(wo.z, MIN_VIEW_COSINE)
        return make_bsdf(self.albedo, self.metalness, self.roughness, dr.normalize(wo)), frame


def surface_at(geometry: Geometry, materials: Materials, hit: Hit, ray_direction: Vector3) -> Surface:
    """Surface at a hit; missed lanes hold the first triangle."""
    record = triangle_at(geometry, hit.triangle)
    b1, b2 = hit.weights
    b0 = 1 - b1 - b2
    uv = record.uv_at(b1, b2)
    position = record.p0 + record.e1 * b1 + record.e2 * b2
    front = record.front()
    facing = dr.select(dr.dot(front, ray_direction) > 0, Float(-1), Float(1))
    n0, n1, n2 = record.normals
    smooth = dr.normalize(n0 * b0 + n1 * b1 + n2 * b2)

    factors, flags, emissive, slots = (
        packet(materials.materials, record.material * 4 + part) for part in range(4)
    )
    base = materials.sample(slots[SLOT_BASE_COLOR], uv, (1, 1, 1, 1))
    tint = _vertex_color(geometry, record.tint, Vector3(b0, b1, b2))
    rough_metal = materials.sample(slots[SLOT_METALLIC_ROUGHNESS], uv, (1, 1, 1, 1))
    bump = materials.sample(slots[SLOT_NORMAL], uv, (0.5, 0.5, 1, 1))
    normal = facing * _bumped(smooth, bump, flags.z, record)
    offset = _smooth_offset(record, position, facing, (b0, b1, b2))
    lift = RAY_OFFSET * (1 + dr.max(dr.abs(position)))
    return Surface(
        position=position,
        ray_origin=position + offset + facing * front * lift,
        geometric_normal=facing * front,
        normal=normal,
        albedo=Color3(factors.x * base.x, factors.y * base.y, factors.z * base.z) * tint,
        metalness=factors.w * rough_metal.z,
        roughness=flags.x * rough_metal.y,
        emission=_emission(materials, emissive, slots, uv) * _emits(facing, flags.y),
        emitter_density=record.emitter_density,
    )


@dataclass
class EmitterPoint:
    """Point picked on an emitting triangle."""

    position: Vector3
    normal: Vector3  # front side
    is_double_sided: Float
    emission: Color3
    density: Float  # per area


def emitter_point(geometry: Geometry, materials: Materials, u: Float, barycentric: Vector2) -> EmitterPoint:
    """Point on an emitter, picked about by power."""
    entry = dr.minimum(UInt(u * Float(geometry.emitter_entries)), geometry.emitter_entries - 1)
    record = triangle_at(geometry, dr.gather(UInt, geometry.emitter_table, entry))
    b1, b2 = barycentric.x, barycentric.y
    uv = record.uv_at(b1, b2)
    flags, emissive, slots = (packet(materials.materials, record.material * 4 + part) for part in (1, 2, 3))
    return EmitterPoint(
        position=record.p0 + record.e1 * b1 + record.e2 * b2,
        normal=record.front(),
        is_double_sided=flags.y,
        emission=_emission(materials, emissive, slots, uv),
        density=record.emitter_density,
    )


def _vertex_color(geometry: Geometry, tint: Float, weights: Vector3) -> Color3:
    """Vertex colours of a triangle at a point, white where it has none."""

    def fetch(tint: Float, weights: Vector3) -> Color3:
        first = UInt(dr.maximum(tint, 1)) - 1
        corners = [packet(geometry.vertex_colors, first + corner) for corner in range(3)]
        mean = corners[0] * weights.x + corners[1] * weights.y + corners[2] * weights.z
        return Color3(mean.x, mean.y, mean.z)

    def skip(tint: Float, weights: Vector3) -> Color3:
        return Color3(1, 1, 1)

    return dr.if_stmt((tint, weights), tint > 0, fetch, skip, mode="symbolic")


def _emission(materials: Materials, emissive: Vector4, slots: Vector4, uv: Vector2) -> Color3:
    texel = materials.sample(dr.select(emissive.w > 0, slots[SLOT_EMISSIVE], -1), uv, (1, 1, 1, 1))
    return Color3(emissive.x * texel.x, emissive.y * texel.y, emissive.z * texel.z)


def _emits(facing: Float, is_double_sided: Float) -> Float:
    """Single-sided emitters shine from their front only."""
    return dr.select((facing > 0) | (is_double_sided > 0), Float(1), Float(0))


def _bumped(smooth: Vector3, bump: Vector4, scale: Float, record: Triangle) -> Vector3:
    """Applies a tangent-space normal map; the tangent follows the texture coordinates."""
    d1, d2 = record.uv[1] - record.uv[0], record.uv[2] - record.uv[0]
    determinant = d1.x * d2.y - d1.y * d2.x
    sign = dr.select(determinant < 0, Float(-1), Float(1))
    tangent = (record.e1 * d2.y - record.e2 * d1.y) * sign
    tangent -= smooth * dr.dot(smooth, tangent)
    length = dr.norm(tangent)
    tangent = tangent / dr.maximum(length, 1e-20)
    # glTF's bitangent points up the image, against v.
    bitangent = dr.cross(smooth, tangent) * sign * record.side
    x, y = (bump.x * 2 - 1) * scale, (bump.y * 2 - 1) * scale
    mapped = dr.normalize(tangent * x - bitangent * y + smooth * (bump.z * 2 - 1))
    is_flat = (length < 1e-12) | ((dr.abs(x) < 1e-4) & (dr.abs(y) < 1e-4))
    return dr.select(is_flat, smooth, mapped)


def _smooth_offset(
    record: Triangle, position: Vector3, facing: Float, weights: tuple[Float, Float, Float]
) -> Vector3:
    """Hanika, "Hacking the Shadow Terminator" (Ray Tracing Gems II): hides facets of round meshes."""
    corners = (record.p0, record.p0 + record.e1, record.p0 + record.e2)
    offset = Vector3(0)
    for corner, normal, weight in zip(corners, record.normals, weights, strict=True):
        outward = normal * facing
        offset -= weight * dr.minimum(dr.dot(position - corner, outward), 0) * outward
    return offset
