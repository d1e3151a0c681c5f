"""GLB reading on a file built here."""

from __future__ import annotations

import io

import numpy as np
import pytest
from glb_builder import GlbBuilder
from PIL import Image

from workshop.gltf import GltfError, parse_glb

POSITIONS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
UVS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
INDICES = np.array([0, 1, 2, 0, 2, 3], np.uint16)


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def square() -> GlbBuilder:
    """Textured, glowing square under a moved parent, and a second one without indices or normals."""
    builder = GlbBuilder()
    position = builder.accessor(POSITIONS, "VEC3", 5126)
    normal = builder.accessor(np.tile(np.float32([0, 0, 1]), (4, 1)), "VEC3", 5126)
    uv, index = builder.accessor(UVS, "VEC2", 5126), builder.accessor(INDICES, "SCALAR", 5123)
    corners = builder.accessor(POSITIONS[INDICES], "VEC3", 5126)
    pixels = np.zeros((2, 4, 3), np.uint8)
    pixels[0] = [255, 0, 0]
    transform = {"offset": [0.5, 0.25], "scale": [2, 3]}
    texture = {"index": 0, "extensions": {"KHR_texture_transform": transform}}
    builder.document |= {
        "images": [{"bufferView": builder.view(png(pixels)), "mimeType": "image/png"}],
        "samplers": [{"wrapS": 33071, "wrapT": 33648}],
        "textures": [{"source": 0, "sampler": 0}],
        "materials": [
            {
                "pbrMetallicRoughness": {
                    "baseColorFactor": [0.5, 0.25, 1, 1],
                    "metallicFactor": 0.2,
                    "roughnessFactor": 0.7,
                    "baseColorTexture": texture,
                    "metallicRoughnessTexture": {"index": 0},
                },
                "emissiveFactor": [1, 0.5, 0],
                "doubleSided": True,
                "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 6}},
            }
        ],
        "meshes": [
            {
                "primitives": [
                    {
                        "attributes": {"POSITION": position, "NORMAL": normal, "TEXCOORD_0": uv},
                        "indices": index,
                        "material": 0,
                    }
                ]
            },
            {"primitives": [{"attributes": {"POSITION": corners}}]},
        ],
        "nodes": [
            {"children": [1], "translation": [1, 2, 3]},
            {"name": "mesh-0", "mesh": 0, "scale": [2, 2, 2]},
            {"name": "mesh-1", "mesh": 1, "rotation": [0, 0.7071068, 0, 0.7071068]},
        ],
        "scenes": [{"nodes": [0, 2]}],
        "extensionsUsed": ["KHR_texture_transform", "KHR_materials_emissive_strength"],
    }
    return builder


@pytest.mark.parametrize(
    ("fields", "cutoff"),
    [
        ({}, 0),
        ({"alphaMode": "BLEND"}, 0),
        ({"alphaMode": "MASK"}, 0.5),
        ({"alphaMode": "MASK", "alphaCutoff": 0.3}, 0.3),
    ],
)
def test_masked_materials_have_holes(fields: dict, cutoff: float) -> None:
    builder = square()
    builder.document["materials"][0] |= fields
    builder.document["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"][3] = 0.75
    # The cut-off is one of the texture alone, whose alpha the factor scales.
    assert parse_glb(builder.build()).materials[0].alpha_cutoff == pytest.approx(cutoff / 0.75)


@pytest.mark.parametrize(("mode", "opacity"), [("OPAQUE", None), ("MASK", None), ("BLEND", 0.75)])
def test_blended_materials_have_an_opacity(mode: str, opacity: float | None) -> None:
    builder = square()
    builder.document["materials"][0]["alphaMode"] = mode
    builder.document["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"][3] = 0.75
    assert parse_glb(builder.build()).materials[0].opacity == opacity


def test_geometry() -> None:
    model = parse_glb(square().build())
    first, second = model.nodes
    assert [node.name for node in model.nodes] == ["mesh-0", "mesh-1"]
    np.testing.assert_allclose(first.matrix[:3, 3], [1, 2, 3])
    np.testing.assert_allclose(np.diag(first.matrix), [2, 2, 2, 1])
    np.testing.assert_allclose(first.primitives[0].positions[1], POSITIONS[[0, 2, 3]])
    np.testing.assert_allclose(first.primitives[0].uvs[0], UVS[[0, 1, 2]])
    # A quarter turn around y takes x to -z.
    np.testing.assert_allclose(second.matrix[:3, :3] @ [1, 0, 0], [0, 0, -1], atol=1e-6)
    np.testing.assert_allclose(second.primitives[0].normals[..., 2], 1)


def test_vertex_colours() -> None:
    builder = square()
    colors = np.array([[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [51, 102, 153, 0]], np.uint8)
    index = builder.accessor(colors, "VEC4", 5121)
    builder.document["accessors"][index]["normalized"] = True
    builder.document["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"] = index
    tinted, plain = (node.primitives[0] for node in parse_glb(builder.build()).nodes)
    assert plain.colors is None
    np.testing.assert_allclose(tinted.colors[0], np.eye(3))
    np.testing.assert_allclose(tinted.colors[1, 2], [0.2, 0.4, 0.6], rtol=1e-6)


def test_material() -> None:
    model = parse_glb(square().build())
    material = model.materials[0]
    assert material.base_color == (0.5, 0.25, 1)
    assert (material.metalness, material.roughness, material.double_sided) == (0.2, 0.7, True)
    assert material.emissive == (6, 3, 0)
    assert material.base_color_texture is not None and material.normal_texture is None
    assert material.base_color_texture.wrap == (33071, 33648)
    np.testing.assert_allclose(material.base_color_texture.transform, [[2, 0, 0.5], [0, 3, 0.25]])
    np.testing.assert_array_equal(model.images[0][0, 0], [255, 0, 0, 255])
    assert model.nodes[1].primitives[0].material == -1, "the default material is the last one"


def test_texture_turns_after_it_is_scaled() -> None:
    builder = square()
    turned = {"offset": [0.5, 0.25], "scale": [2, 3], "rotation": np.pi / 2}
    pbr = builder.document["materials"][0]["pbrMetallicRoughness"]
    pbr["baseColorTexture"]["extensions"]["KHR_texture_transform"] = turned
    texture = parse_glb(builder.build()).materials[0].base_color_texture
    assert texture is not None
    # The order of the glTF extension, offset x rotation x scale; with positive angles v turns towards u.
    np.testing.assert_allclose(texture.transform @ [1, 0, 1], [0.5, 0.25 - 2], atol=1e-12)
    np.testing.assert_allclose(texture.transform @ [0, 1, 1], [0.5 + 3, 0.25], atol=1e-12)


def test_matrix_node_is_column_major() -> None:
    builder = square()
    values = np.arange(16.0)
    builder.document["nodes"][2] = {"name": "mesh-1", "mesh": 1, "matrix": values.tolist()}
    np.testing.assert_array_equal(parse_glb(builder.build()).nodes[1].matrix, values.reshape(4, 4).T)


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"glTF", "not a GLB"), (b"<html>" + b" " * 40, "not a GLB")],
)
def test_other_files_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(GltfError, match=message):
        parse_glb(data)


def test_unknown_extensions_are_refused_by_name() -> None:
    builder = square()
    builder.document["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    with pytest.raises(GltfError, match="KHR_draco_mesh_compression"):
        parse_glb(builder.build())
