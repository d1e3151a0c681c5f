"""A row of the triangle table, unpacked."""

from __future__ import annotations

from dataclasses import dataclass

from .llvm import dr, mi
from .tables import Geometry, packet

Float, UInt = mi.Float, mi.UInt32
Vector2, Vector3, Vector4 = mi.Vector2f, mi.Vector3f, mi.Vector4f


@dataclass
class Triangle:
    """A triangle in world space."""

    p0: Vector3
    e1: Vector3
    e2: Vector3
    normals: tuple[Vector3, Vector3, Vector3]
    uv: tuple[Vector2, Vector2, Vector2]
    material: UInt
    emitter_density: Float
    side: Float
    tint: Float

    def front(self) -> Vector3:
        """Normal of the front side, unit length."""
        return dr.normalize(dr.cross(self.e1, self.e2)) * self.side

    def uv_at(self, b1: Float, b2: Float) -> Vector2:
        """Texture coordinates at a point."""
        return self.uv[0] * (1 - b1 - b2) + self.uv[1] * b1 + self.uv[2] * b2


def triangle_at(geometry: Geometry, index: UInt) -> Triangle:
    """The triangle of a number."""
    a, b, c, d, e, f, g = (packet(geometry.triangles, index * 7 + part) for part in range(7))
    return Triangle(
        p0=_xyz(a),
        e1=_xyz(b),
        e2=_xyz(c),
        normals=(_xyz(d), _xyz(e), _xyz(f)),
        uv=(Vector2(d.w, e.w), Vector2(f.w, g.x), Vector2(g.y, g.z)),
        material=UInt(a.w),
        emitter_density=b.w,
        side=c.w,
        tint=g.w,
    )


def _xyz(v: Vector4) -> Vector3:
    return Vector3(v.x, v.y, v.z)
