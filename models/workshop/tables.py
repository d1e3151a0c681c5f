"""Flat tables on the Dr.Jit side: uploads, texture and sky lookups, ray casts.

Everything that differs between scenes is array content or an opaque scalar, never a literal of the kernel:
Dr.Jit then compiles each kernel once and finds it in its cache for every other scene.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .flatten import ATLAS_BLOCK, HOLE_COLUMN, MaterialTables, SkyTables, TriangleTables
from .llvm import dr, mi

Bool, Float, UInt, Int = mi.Bool, mi.Float, mi.UInt32, mi.Int32
Color3, Vector2, Vector3, Vector4 = mi.Color3f, mi.Vector2f, mi.Vector3f, mi.Vector4f

#: Bytes; one cache line.
ALIGNMENT = 64
#: Rays start this far off the surface, relative to the size of the coordinates.
RAY_OFFSET = 1e-4
SLOT_BASE_COLOR, SLOT_METALLIC_ROUGHNESS, SLOT_EMISSIVE, SLOT_NORMAL = range(4)


def upload(array: np.ndarray, kind: type = Float) -> Float | UInt:
    """Flat array on the device, at least two entries long.

    Dr.Jit compiles other code for a gather from a single entry, and for one from memory (which it shares with
    NumPy) that is not aligned for packet loads.
    """
    source = np.ascontiguousarray(array, np.uint32 if kind is UInt else np.float32).ravel()
    memory = np.zeros(4 * max(source.size, 2) + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    flat = memory[start : start + 4 * max(source.size, 2)].view(source.dtype)
    flat[: source.size] = source
    return kind(flat)


def opaque(value: float, kind: type = Float) -> Float | UInt | Bool:
    """Scalar whose value the compiler does not see."""
    return dr.opaque(kind, value)


@dataclass
class Materials:
    """Device copy of MaterialTables."""

    materials: Float
    slots: Float
    atlas: Float
    #: Whether any material has holes or is blended.
    has_holes: Bool

    @classmethod
    def of(cls, tables: MaterialTables) -> Materials:
        has_holes = bool((tables.materials[:, HOLE_COLUMN] != 0).any())
        return cls(
            upload(tables.materials), upload(tables.slots), upload(tables.atlas), opaque(has_holes, Bool)
        )

    def sample(self, slot: Float, uv: Vector2, default: tuple[float, ...]) -> Vector4:
        """Bilinear texture lookup; `default` where the slot is empty."""

        def fetch(index: Float, uv: Vector2) -> Vector4:
            return self._fetch(UInt(dr.maximum(index, 0)), uv)

        def skip(index: Float, uv: Vector2) -> Vector4:
            return Vector4(*default)

        return dr.if_stmt((slot, uv), slot >= 0, fetch, skip, mode="symbolic")

    def _fetch(self, slot: UInt, uv: Vector2) -> Vector4:
        first, second, third = (packet(self.slots, slot * 3 + part) for part in range(3))
        offset, wrap, size = UInt(first.w) * ATLAS_BLOCK, UInt(second.w), Vector2(third.x, third.y)
        x = (first.x * uv.x + first.y * uv.y + first.z) * size.x - 0.5
        y = (second.x * uv.x + second.y * uv.y + second.z) * size.y - 0.5
        left, top = dr.floor(x), dr.floor(y)
        x0, x1 = _wrap(left, size.x, wrap & 3), _wrap(left + 1, size.x, wrap & 3)
        y0, y1 = _wrap(top, size.y, wrap >> 2), _wrap(top + 1, size.y, wrap >> 2)
        row0, row1 = offset + y0 * UInt(size.x), offset + y1 * UInt(size.x)
        upper = dr.lerp(packet(self.atlas, row0 + x0), packet(self.atlas, row0 + x1), x - left)
        lower = dr.lerp(packet(self.atlas, row1 + x0), packet(self.atlas, row1 + x1), x - left)
        return dr.lerp(upper, lower, y - top)


@dataclass
class Sky:
    """Device copy of SkyTables; a black texel where there is no sky."""

    radiance: Float
    size: tuple[UInt, UInt]
    cell_table: UInt
    cell_probability: Float
    cells: tuple[UInt, UInt]
    table_size: UInt
    is_lit: bool

    @classmethod
    def of(cls, tables: SkyTables | None) -> Sky:
        if tables is None:
            black = np.zeros((1, 1, 4), np.float32)
            tables = SkyTables(black, np.zeros(1, np.uint32), np.ones(1, np.float32), (1, 1))
        height, width = tables.radiance.shape[:2]
        return cls(
            radiance=upload(tables.radiance),
            size=(opaque(width, UInt), opaque(height, UInt)),
            cell_table=upload(tables.cell_table, UInt),
            cell_probability=upload(tables.cell_probability),
            cells=(opaque(tables.cells[0], UInt), opaque(tables.cells[1], UInt)),
            table_size=opaque(len(tables.cell_table), UInt),
            is_lit=bool(tables.radiance.any()),
        )

    def look(self, direction: Vector3, active: Bool) -> tuple[Color3, Float]:
        """Radiance from a direction and its sampling density; zeros where not active, which costs nothing."""
        return dr.if_stmt(
            (direction,),
            active,
            lambda direction: (self.evaluate(direction), self.density(direction)),
            lambda direction: (dr.zeros(Color3, dr.width(direction)), dr.zeros(Float, dr.width(direction))),
            mode="symbolic",
        )

    def evaluate(self, direction: Vector3) -> Color3:
        """Radiance from a direction, bilinear."""
        width, height = self.size
        u, v = _equirect(direction)
        x, y = u * Float(width) - 0.5, dr.clip(v * Float(height) - 0.5, 0, Float(height) - 1)
        left, top = dr.floor(x), dr.floor(y)
        x0, x1 = _wrap(left, Float(width), UInt(0)), _wrap(left + 1, Float(width), UInt(0))
        y0 = UInt(top)
        y1 = dr.minimum(y0 + 1, height - 1)
        upper = dr.lerp(
            packet(self.radiance, y0 * width + x0), packet(self.radiance, y0 * width + x1), x - left
        )
        lower = dr.lerp(
            packet(self.radiance, y1 * width + x0), packet(self.radiance, y1 * width + x1), x - left
        )
        value = dr.lerp(upper, lower, y - top)
        return Color3(value.x, value.y, value.z)

    def density(self, direction: Vector3) -> Float:
        """Probability density per solid angle with which `sample` picks a direction."""
        columns, rows = self.cells
        u, v = _equirect(direction)
        x, y = dr.minimum(UInt(u * Float(columns)), columns - 1), dr.minimum(UInt(v * Float(rows)), rows - 1)
        probability = dr.gather(Float, self.cell_probability, y * columns + x)
        sin = dr.safe_sqrt(1 - dr.square(direction.y))
        return probability * Float(columns) * Float(rows) / (2 * np.pi**2 * dr.maximum(sin, 1e-4))

    def sample(self, u: Float, point: Vector2) -> Vector3:
        """Direction towards the sky, picked by radiance."""
        columns, rows = self.cells
        entry = dr.minimum(UInt(u * Float(self.table_size)), self.table_size - 1)
        cell = dr.gather(UInt, self.cell_table, entry)
        y = cell // columns
        x = cell - y * columns
        longitude = ((Float(x) + point.x) / Float(columns) - 0.5) * (2 * np.pi)
        sin_lat, cos_lat = dr.sincos((0.5 - (Float(y) + point.y) / Float(rows)) * np.pi)
        sin, cos = dr.sincos(longitude)
        return Vector3(cos_lat * cos, sin_lat, cos_lat * sin)


class Geometry:
    """Triangles of one frame in a single Embree mesh, with the records that describe them."""

    def __init__(self, tables: TriangleTables) -> None:
        count = len(tables.corners)
        mesh = mi.Mesh("scene", vertex_count=3 * count, face_count=count)
        parameters = mi.traverse(mesh)
        parameters["vertex_positions"] = Float(tables.corners.astype(np.float32).ravel())
        parameters["faces"] = UInt(np.arange(3 * count, dtype=np.uint32))
        parameters.update()
        self.scene = mi.load_dict({"type": "scene", "mesh": mesh})
        self.triangles = upload(tables.triangles)
        self.vertex_colors = upload(tables.vertex_colors)
        self.emitter_table = upload(tables.emitter_table, UInt)
        self.emitter_entries = opaque(max(len(tables.emitter_table), 1), UInt)
        self.has_emitters = len(tables.emitter_table) > 0

    def intersect(self, origin: Vector3, direction: Vector3, active: Bool) -> mi.PreliminaryIntersection3f:
        """Nearest hit."""
        return self.scene.ray_intersect_preliminary(
            mi.Ray3f(origin, direction), coherent=False, active=active
        )

    def is_blocked(self, origin: Vector3, direction: Vector3, distance_m: Float, active: Bool) -> Bool:
        """Whether something lies between the origin and that distance."""
        ray = mi.Ray3f(origin, direction, distance_m * (1 - 1e-4), 0.0, mi.Color0f())
        return self.scene.ray_test(ray, coherent=False, active=active)


def packet(array: Float, index: UInt) -> Vector4:
    """Four floats at once."""
    return dr.gather(Vector4, array, index)


def _equirect(direction: Vector3) -> tuple[Float, Float]:
    """three's equirectUV with v counted from the top row."""
    u = dr.atan2(direction.z, direction.x) / (2 * np.pi) + 0.5
    return u, 0.5 - dr.asin(dr.clip(direction.y, -1, 1)) / np.pi


def _wrap(position: Float, size: Float, mode: UInt) -> UInt:
    """Texel number of a whole position: 0 repeats, 1 clamps, 2 mirrors."""
    repeated = position - dr.floor(position / size) * size
    folded = position - dr.floor(position / (2 * size)) * (2 * size)
    mirrored = dr.minimum(folded, 2 * size - 1 - folded)
    result = dr.select(mode == 0, repeated, dr.select(mode == 1, position, mirrored))
    return UInt(dr.clip(result, 0, size - 1))
