"""Reader for the GLB files that the page exports: triangles, PBR materials, embedded images."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

GLB_MAGIC, CHUNK_JSON, CHUNK_BINARY = 0x46546C67, 0x4E4F534A, 0x004E4942
COMPONENT_TYPES = {
    5120: np.int8,
    5121: np.uint8,
    5122: np.int16,
    5123: np.uint16,
    5125: np.uint32,
    5126: np.float32,
}
COMPONENT_COUNTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
TRIANGLES, REPEAT = 4, 10497
SUPPORTED_EXTENSIONS = {
    *("KHR_materials_emissive_strength", "KHR_texture_transform"),
    *("KHR_lights_punctual", "KHR_mesh_quantization"),
}


class GltfError(ValueError):
    """The file is not a GLB, or uses something that the path tracer does not know."""


@dataclass(frozen=True)
class Texture:
    """Image and how to look it up."""

    image: int
    wrap: tuple[int, int] = (REPEAT, REPEAT)
    #: 2x3 matrix from TEXCOORD_0 to image coordinates (0,0 = top left).
    transform: np.ndarray = field(default_factory=lambda: np.eye(2, 3))


@dataclass(frozen=True)
class Material:
    """Metallic-roughness material; colours linear, emissive in radiance including its strength."""

    base_color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    metalness: float = 1.0
    roughness: float = 1.0
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    double_sided: bool = False
    normal_scale: float = 1.0
    #: Alpha of the base colour texture below which there is nothing; 0 = no holes.
    alpha_cutoff: float = 0.0
    #: How much a blended material covers of what is behind it, times the alpha of its texture.
    opacity: float | None = None
    base_color_texture: Texture | None = None
    metallic_roughness_texture: Texture | None = None
    emissive_texture: Texture | None = None
    normal_texture: Texture | None = None


@dataclass(frozen=True)
class Primitive:
    """Triangle soup in the local space of its node."""

    positions: np.ndarray  # (triangles, 3 corners, 3)
    normals: np.ndarray  # (triangles, 3 corners, 3)
    uvs: np.ndarray  # (triangles, 3 corners, 2)
    material: int
    #: Linear, times the base colour: (triangles, 3 corners, 3), or None.
    colors: np.ndarray | None = None


@dataclass(frozen=True)
class Node:
    """One drawn node; `matrix` is its world matrix in the file."""

    name: str
    matrix: np.ndarray  # (4, 4), column vectors
    primitives: tuple[Primitive, ...]


@dataclass(frozen=True)
class Model:
    """Everything of a GLB that the path tracer draws."""

    nodes: tuple[Node, ...]
    materials: tuple[Material, ...]
    images: tuple[np.ndarray, ...]  # (height, width, 4) uint8 as stored, top row first

    def with_emissive(self, emissive: dict[str, tuple[float, float, float]]) -> Model:
        """The model with other emission for the materials of the named nodes."""
        materials = list(self.materials)
        for node in self.nodes:
            for primitive in node.primitives if node.name in emissive else ():
                index = primitive.material
                materials[index] = replace(materials[index], emissive=emissive[node.name])
        return replace(self, materials=tuple(materials))


def load_glb(path: Path) -> Model:
    """Reads one GLB file."""
    try:
        return parse_glb(Path(path).read_bytes())
    except GltfError as error:
        raise GltfError(f"{path}: {error}") from error


def parse_glb(data: bytes) -> Model:
    """Reads a GLB from memory."""
    reader = _Reader(*split_chunks(data))
    # Index -1 of a primitive means the glTF default material, kept as the last one.
    materials = [reader.material(entry) for entry in reader.json.get("materials", [])] + [Material()]
    images = [reader.image(entry) for entry in reader.json.get("images", [])]
    return Model(tuple(reader.nodes()), tuple(materials), tuple(images))


def split_chunks(data: bytes) -> tuple[dict, bytes]:
    """JSON document and binary chunk of a GLB; raises GltfError for what is none."""
    if len(data) < 20 or struct.unpack_from("<I", data)[0] != GLB_MAGIC:
        raise GltfError("not a GLB file")
    chunks, offset = {}, 12
    while offset + 8 <= len(data):
        size, kind = struct.unpack_from("<II", data, offset)
        chunks[kind] = data[offset + 8 : offset + 8 + size]
        offset += 8 + size
    if CHUNK_JSON not in chunks:
        raise GltfError("no JSON chunk")
    document = json.loads(chunks[CHUNK_JSON])
    unknown = set(document.get("extensionsRequired", [])) - SUPPORTED_EXTENSIONS
    if unknown:
        raise GltfError(f"unsupported extensions {sorted(unknown)}")
    return document, chunks.get(CHUNK_BINARY, b"")


class _Reader:
    def __init__(self, document: dict, binary: bytes) -> None:
        self.json, self.binary = document, binary

    def accessor(self, index: int) -> np.ndarray:
        """Values (count, components), normalised integers as floats."""
        entry = self.json["accessors"][index]
        if "sparse" in entry or "bufferView" not in entry:
            raise GltfError("sparse accessors are not supported")
        view = self.json["bufferViews"][entry["bufferView"]]
        dtype, columns = np.dtype(COMPONENT_TYPES[entry["componentType"]]), COMPONENT_COUNTS[entry["type"]]
        start = view.get("byteOffset", 0) + entry.get("byteOffset", 0)
        stride = view.get("byteStride", dtype.itemsize * columns)
        values = np.ndarray(
            (entry["count"], columns), dtype, self.binary, start, strides=(stride, dtype.itemsize)
        )
        if entry.get("normalized"):
            return np.maximum(values.astype(np.float32) / np.iinfo(dtype).max, -1.0)
        return values

    def image(self, entry: dict) -> np.ndarray:
        if "bufferView" not in entry:
            raise GltfError("only embedded images are supported")
        view = self.json["bufferViews"][entry["bufferView"]]
        start = view.get("byteOffset", 0)
        picture = Image.open(io.BytesIO(self.binary[start : start + view["byteLength"]]))
        return np.asarray(picture.convert("RGBA"))

    def texture(self, info: dict | None) -> Texture | None:
        if info is None:
            return None
        transform = info.get("extensions", {}).get("KHR_texture_transform", {})
        if transform.get("texCoord", info.get("texCoord", 0)) != 0:
            raise GltfError("only TEXCOORD_0 is supported")
        entry = self.json["textures"][info["index"]]
        if "source" not in entry:
            raise GltfError("only PNG and JPEG textures are supported")
        samplers = self.json.get("samplers", [])
        sampler = samplers[entry["sampler"]] if "sampler" in entry else {}
        wrap = (sampler.get("wrapS", REPEAT), sampler.get("wrapT", REPEAT))
        return Texture(entry["source"], wrap, _texture_matrix(transform))

    def material(self, entry: dict) -> Material:
        pbr = entry.get("pbrMetallicRoughness", {})
        extension = entry.get("extensions", {}).get("KHR_materials_emissive_strength", {})
        strength = extension.get("emissiveStrength", 1.0)
        return Material(
            base_color=tuple(pbr.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0))[:3]),
            metalness=pbr.get("metallicFactor", 1.0),
            roughness=pbr.get("roughnessFactor", 1.0),
            emissive=tuple(strength * value for value in entry.get("emissiveFactor", (0.0, 0.0, 0.0))),
            double_sided=entry.get("doubleSided", False),
            alpha_cutoff=_alpha_cutoff(entry),
            opacity=_opacity(entry),
            normal_scale=(entry.get("normalTexture") or {}).get("scale", 1.0),
            base_color_texture=self.texture(pbr.get("baseColorTexture")),
            metallic_roughness_texture=self.texture(pbr.get("metallicRoughnessTexture")),
            emissive_texture=self.texture(entry.get("emissiveTexture")),
            normal_texture=self.texture(entry.get("normalTexture")),
        )

    def primitive(self, entry: dict) -> Primitive:
        if entry.get("mode", TRIANGLES) != TRIANGLES:
            raise GltfError("only triangle lists are supported")
        attributes = entry["attributes"]
        positions = self.accessor(attributes["POSITION"]).astype(np.float64)
        indices = self.accessor(entry["indices"])[:, 0] if "indices" in entry else np.arange(len(positions))
        corners = positions[indices].reshape(-1, 3, 3)
        if "NORMAL" in attributes:
            normals = self.accessor(attributes["NORMAL"]).astype(np.float64)[indices].reshape(-1, 3, 3)
        else:
            face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            normals = np.repeat(face[:, None], 3, axis=1)
        if "TEXCOORD_0" in attributes:
            uvs = self.accessor(attributes["TEXCOORD_0"]).astype(np.float64)[indices].reshape(-1, 3, 2)
        else:
            uvs = np.zeros((len(corners), 3, 2))
        colors = None
        if "COLOR_0" in attributes:
            colors = self.accessor(attributes["COLOR_0"]).astype(np.float64)[indices, :3].reshape(-1, 3, 3)
        return Primitive(corners, normals, uvs, entry.get("material", -1), colors)

    def nodes(self) -> list[Node]:
        """Drawn nodes of the default scene with their world matrices."""
        scenes = self.json.get("scenes", [])
        roots = scenes[self.json.get("scene", 0)].get("nodes", []) if scenes else []
        found: list[Node] = []
        pending = [(index, np.eye(4)) for index in reversed(roots)]
        while pending:
            index, parent = pending.pop()
            entry = self.json["nodes"][index]
            matrix = parent @ _node_matrix(entry)
            if "mesh" in entry:
                mesh = self.json["meshes"][entry["mesh"]]
                primitives = tuple(self.primitive(primitive) for primitive in mesh["primitives"])
                name = entry.get("name") or mesh.get("name") or f"node-{index}"
                found.append(Node(name, matrix, primitives))
            pending.extend((child, matrix) for child in reversed(entry.get("children", [])))
        return found


def _alpha_cutoff(material: dict) -> float:
    """Cut-off of a masked material, as one of its texture alone."""
    if material.get("alphaMode") != "MASK":
        return 0.0
    factor = material.get("pbrMetallicRoughness", {}).get("baseColorFactor", (1, 1, 1, 1))[3]
    return material.get("alphaCutoff", 0.5) / max(factor, 1e-6)


def _opacity(material: dict) -> float | None:
    """How much a blended material covers, its texture's alpha apart."""
    if material.get("alphaMode") != "BLEND":
        return None
    return material.get("pbrMetallicRoughness", {}).get("baseColorFactor", (1, 1, 1, 1))[3]


def _texture_matrix(transform: dict) -> np.ndarray:
    """2x3 matrix of KHR_texture_transform: scale first, then rotation, then offset, as the extension says."""
    (sx, sy), (ox, oy) = transform.get("scale", (1, 1)), transform.get("offset", (0, 0))
    cos, sin = np.cos(transform.get("rotation", 0.0)), np.sin(transform.get("rotation", 0.0))
    return np.array([[sx * cos, sy * sin, ox], [-sx * sin, sy * cos, oy]])


def _node_matrix(entry: dict) -> np.ndarray:
    if "matrix" in entry:
        return np.array(entry["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = entry.get("rotation", (0, 0, 0, 1))
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.array(entry.get("scale", (1, 1, 1)))
    matrix[:3, 3] = entry.get("translation", (0, 0, 0))
    return matrix
