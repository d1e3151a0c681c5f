"""Scene to flat NumPy tables, the only form in which kernels see it.

Every scene becomes tables of the same layout, so that the compiled kernels never depend on the scene.
Rows are multiples of four floats because that is what one packet load fetches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .color import linear_from_srgb, luminance
from .gltf import Material, Model, Primitive, Texture
from .shot import Frame, Light

TRIANGLE_FLOATS, MATERIAL_FLOATS, SLOT_FLOATS, LIGHT_FLOATS = 28, 16, 12, 16
#: Atlas offsets are kept in floats; in blocks of this many texels they stay exact up to 2^30 texels.
ATLAS_BLOCK = 64
#: Entries of the pick tables: the probability of an item is its share of entries.
EMITTER_TABLE_SIZE, SKY_TABLE_SIZE = 1 << 16, 1 << 18
MAX_SKY_CELLS = (256, 128)
LIGHT_KINDS = {"directional": 0, "point": 1, "spot": 2}
#: Column of a material row that says where holes begin.
HOLE_COLUMN = 7
WRAP_CODES = {10497: 0, 33071: 1, 33648: 2}
EMISSION_PROBES = 16


@dataclass(frozen=True)
class MaterialTables:
    """materials: base color, metalness | roughness, double sided, bump scale, hole | emissive, emits | slots.

    `hole` is the alpha of the base colour texture below which there is nothing, 0 without holes. Of what is
    blended it is negative: the opacity, which that alpha scales.

    slots: two matrix rows (each 3 + offset in blocks, wrap code) | width, height, 0, 0.
    atlas: RGBA texels, linear, of all textures.
    """

    materials: np.ndarray
    slots: np.ndarray
    atlas: np.ndarray


@dataclass(frozen=True)
class TriangleTables:
    """triangles: p0, material | e1, emitter density | e2, side | n0, u0 | n1, v0 | n2, u1 | v1, u2, v2, tint.

    `tint` is one plus the row of vertex_colors that holds the first of the corners' colours, 0 for white.
    `side` is -1 where the node mirrors, which turns the winding round. `emitter density` is the probability
    density per area with which emitter_table picks a point on the triangle.
    """

    corners: np.ndarray  # (triangles, 3, 3) world space, metres
    triangles: np.ndarray
    emitter_table: np.ndarray  # triangle numbers, empty without emitters
    vertex_colors: np.ndarray  # (corners, 4) linear RGB0


@dataclass(frozen=True)
class SkyTables:
    """Equirectangular radiance (height, width, 4), row 0 up, and the cells that the pick table holds."""

    radiance: np.ndarray
    cell_table: np.ndarray
    cell_probability: np.ndarray
    cells: tuple[int, int]  # (width, height)


def pick_table(weights: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Table in which item i fills a share of entries close to its weight, and the exact shares.

    Each item gets at least one entry, so a lookup with a uniform index reaches everything.
    """
    count = len(weights)
    while size < 4 * count:
        size *= 2
    weights = np.maximum(weights, 1e-30)
    share = weights / weights.sum() * (size - count)
    bounds = np.round(np.cumsum(share)).astype(np.int64)
    entries = np.diff(bounds, prepend=0) + 1
    entries[-1] += size - entries.sum()
    return np.repeat(np.arange(count, dtype=np.uint32), entries), entries / size


def flatten_materials(model: Model) -> MaterialTables:
    """Materials, texture slots and the atlas of a model."""
    slots: list[np.ndarray] = []
    texels: list[np.ndarray] = []
    offsets: dict[tuple[int, bool], int] = {}
    rows = np.zeros((len(model.materials), MATERIAL_FLOATS), np.float32)
    rows[:, 8:12] = emission_columns(model)
    for row, material in zip(rows, model.materials, strict=True):
        row[:4] = [*material.base_color, material.metalness]
        row[4:8] = [
            material.roughness,
            float(material.double_sided),
            material.normal_scale,
            material.alpha_cutoff if material.opacity is None else -max(material.opacity, 1e-6),
        ]
        row[12:] = -1.0
        for index, (texture, is_srgb) in enumerate(_textures(material)):
            if texture is None:
                continue
            key = (texture.image, is_srgb)
            if key not in offsets:
                offsets[key] = sum(len(block) for block in texels) // ATLAS_BLOCK
                texels.append(_atlas_block(model.images[texture.image], is_srgb))
            row[12 + index] = len(slots)
            slots.append(_slot(texture, offsets[key], model.images[texture.image].shape))
    empty = np.zeros((1, SLOT_FLOATS), np.float32)
    atlas = np.concatenate(texels) if texels else np.zeros((ATLAS_BLOCK, 4), np.float32)
    return MaterialTables(rows, np.array(slots, np.float32) if slots else empty, atlas)


def emission_columns(model: Model) -> np.ndarray:
    """Emission of each material and 1 where there is any: the columns that may differ between frames."""
    return np.array(
        [[*material.emissive, max(material.emissive) > 0] for material in model.materials], np.float32
    )


def flatten_triangles(model: Model, frame: Frame) -> TriangleTables:
    """World-space triangles of one frame."""
    parts = [
        _world_triangles(primitive, frame.nodes.get(node.name, node.matrix), len(model.materials))
        for node in model.nodes
        for primitive in node.primitives
        if len(primitive.positions)
    ]
    if not parts:
        raise ValueError("the scene has no triangles")
    corners = np.concatenate([part[0] for part in parts])
    triangles = np.concatenate([part[1] for part in parts])
    colors = _add_tints(triangles, [(len(part[0]), part[2]) for part in parts])
    table = _add_emitters(triangles, model)
    return TriangleTables(corners, triangles, table, colors)


def flatten_lights(lights: tuple[Light, ...]) -> np.ndarray:
    """Rows: color, kind | position, radius | direction, 1 - cos of the sun's half angle | cone cosines."""
    rows = np.zeros((max(len(lights), 1), LIGHT_FLOATS), np.float32)
    for row, light in zip(rows, lights, strict=False):
        direction = np.array(light.direction) / np.linalg.norm(light.direction)
        row[:4] = [*light.color, LIGHT_KINDS[light.kind]]
        row[4:8] = [*light.position, light.radius_m]
        # 1 - cos instead of cos: the sun's cone is too narrow for a float near 1.
        row[8:12] = [*direction, 2 * np.sin(np.radians(light.angular_diameter_deg) / 4) ** 2]
        row[12:14] = [np.cos(light.angle_rad), np.cos(light.angle_rad * (1 - light.penumbra))]
    return rows


def flatten_sky(environment: np.ndarray) -> SkyTables:
    """Sky and the table that importance samples it."""
    radiance = np.asarray(environment, np.float32)[..., :3]
    height, width = radiance.shape[:2]
    cells_x, cells_y = min(width, MAX_SKY_CELLS[0]), min(height, MAX_SKY_CELLS[1])
    latitude = (np.arange(height) + 0.5) / height * np.pi
    weight = luminance(radiance) * np.sin(latitude)[:, None]
    columns, rows = np.arange(width) * cells_x // width, np.arange(height) * cells_y // height
    cells = np.zeros((cells_y, cells_x))
    np.add.at(cells, (rows[:, None], columns[None, :]), weight)
    # A bilinear lookup reaches into the neighbour cell: share a little with it.
    table, probability = pick_table(cells.ravel() + 0.05 * cells.mean(), SKY_TABLE_SIZE)
    padded = np.concatenate([radiance, np.zeros((height, width, 1), np.float32)], axis=-1)
    return SkyTables(padded, table, probability.astype(np.float32), (cells_x, cells_y))


def _textures(material: Material) -> tuple[tuple[Texture | None, bool], ...]:
    return (
        (material.base_color_texture, True),
        (material.metallic_roughness_texture, False),
        (material.emissive_texture, True),
        (material.normal_texture, False),
    )


def _atlas_block(image: np.ndarray, is_srgb: bool) -> np.ndarray:
    values = np.arange(256, dtype=np.float32) / 255.0
    decoded = (linear_from_srgb(values) if is_srgb else values)[image].reshape(-1, 4)
    decoded[:, 3] = values[image[..., 3]].ravel()  # alpha is never encoded
    padding = -len(decoded) % ATLAS_BLOCK
    return np.concatenate([decoded, np.zeros((padding, 4), np.float32)])


def _slot(texture: Texture, offset: int, shape: tuple[int, ...]) -> np.ndarray:
    wrap = WRAP_CODES.get(texture.wrap[0], 0) + 4 * WRAP_CODES.get(texture.wrap[1], 0)
    top, bottom = texture.transform
    return np.array([*top, offset, *bottom, wrap, shape[1], shape[0], 0, 0], np.float32)


def _world_triangles(
    primitive: Primitive, matrix: np.ndarray, material_count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    linear = matrix[:3, :3]
    corners = primitive.positions @ linear.T + matrix[:3, 3]
    # The cofactor matrix is the inverse transpose without a division, so flattened objects are fine.
    cofactor = np.stack(
        [np.cross(linear[1], linear[2]), np.cross(linear[2], linear[0]), np.cross(linear[0], linear[1])]
    )
    side = np.sign(np.linalg.det(linear)) or 1.0
    normals = primitive.normals @ (side * cofactor).T
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-20)
    rows = np.zeros((len(corners), TRIANGLE_FLOATS), np.float32)
    rows[:, 0:3], rows[:, 3] = corners[:, 0], primitive.material % material_count
    rows[:, 4:7], rows[:, 8:11] = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    rows[:, 11] = side
    rows[:, 12:15], rows[:, 16:19], rows[:, 20:23] = normals[:, 0], normals[:, 1], normals[:, 2]
    uv = primitive.uvs
    rows[:, 15], rows[:, 19], rows[:, 23] = uv[:, 0, 0], uv[:, 0, 1], uv[:, 1, 0]
    rows[:, 24], rows[:, 25], rows[:, 26] = uv[:, 1, 1], uv[:, 2, 0], uv[:, 2, 1]
    return corners, rows, primitive.colors


def _add_tints(triangles: np.ndarray, parts: list[tuple[int, np.ndarray | None]]) -> np.ndarray:
    """Fills the tints of parts, each a number of triangles; returns the colours that they point at."""
    # Packets cannot be gathered from an empty table.
    rows, first = [np.zeros((2, 4))], 0
    for count, colors in parts:
        if colors is not None:
            start = sum(len(part) for part in rows)
            triangles[first : first + count, 27] = 1 + start + 3 * np.arange(count)
            rows.append(np.concatenate([colors.reshape(-1, 3), np.zeros((3 * count, 1))], axis=1))
        first += count
    return np.concatenate(rows).astype(np.float32)


def _add_emitters(triangles: np.ndarray, model: Model) -> np.ndarray:
    """Fills the emitter densities and returns the table of emitting triangles."""
    emits = np.array([max(material.emissive) > 0 for material in model.materials])
    found = np.flatnonzero(emits[triangles[:, 3].astype(int)])
    area = 0.5 * np.linalg.norm(np.cross(triangles[found, 4:7], triangles[found, 8:11]), axis=-1)
    found, area = found[area > 0], area[area > 0]
    if not len(found):
        return np.zeros(0, np.uint32)
    power = area * _mean_emission(triangles[found], model)
    table, probability = pick_table(power, EMITTER_TABLE_SIZE)
    triangles[found, 7] = probability / area
    return found.astype(np.uint32)[table]


def _mean_emission(triangles: np.ndarray, model: Model) -> np.ndarray:
    """Mean luminance of the emission of each triangle, textures probed at a few points."""
    random = np.random.default_rng(0)
    a, b = random.random((2, EMISSION_PROBES))
    a, b = np.where(a + b > 1, 1 - a, a), np.where(a + b > 1, 1 - b, b)
    u = triangles[:, 15:16] * (1 - a - b) + triangles[:, 23:24] * a + triangles[:, 25:26] * b
    v = triangles[:, 19:20] * (1 - a - b) + triangles[:, 24:25] * a + triangles[:, 26:27] * b
    result = np.zeros(len(triangles))
    for index in np.unique(triangles[:, 3]).astype(int):
        material, rows = model.materials[index], triangles[:, 3] == index
        emissive = np.broadcast_to(np.array(material.emissive), (rows.sum(), EMISSION_PROBES, 3))
        if material.emissive_texture is not None:
            texture = material.emissive_texture
            image = model.images[texture.image]
            (ux, uy, uo), (vx, vy, vo) = texture.transform
            x = (ux * u[rows] + uy * v[rows] + uo) % 1.0 * image.shape[1]
            y = (vx * u[rows] + vy * v[rows] + vo) % 1.0 * image.shape[0]
            emissive = emissive * linear_from_srgb(image[y.astype(int), x.astype(int), :3] / 255.0)
        result[rows] = luminance(emissive).mean(axis=1)
    # A dark sample must not hide a triangle whose bright texels were missed.
    return result + 0.05 * result.mean()
