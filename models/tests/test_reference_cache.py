import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from glb_builder import GlbBuilder
from synthetic import write_shot

from workshop.reference_cache import Quality, frame_key, keep, shot_digest, take
from workshop.shot import load_shot

QUALITY = Quality(size=(64, 36), spp=8, seed=0, max_depth=6, clamp=40.0, is_denoised=True)


def glb(pictures: list[bytes], order: list[int]) -> bytes:
    """A scene of nothing but pictures, written in this order."""
    builder = GlbBuilder()
    views = {i: builder.view(pictures[i]) for i in order}
    builder.document["images"] = [
        {"bufferView": views[i], "mimeType": "image/png"} for i in range(len(pictures))
    ]
    return builder.build()


def shot_in(folder: Path):
    directory = write_shot(folder, "a", frames=1)
    (directory / "scene.glb").write_bytes(glb([b"wood", b"wall"], [0, 1]))
    return load_shot(directory)


def test_the_key_does_not_depend_on_the_place(tmp_path: Path) -> None:
    shots = [shot_in(tmp_path / name) for name in ("x", "y")]
    keys = {frame_key(shot_digest(shot), shot.frames[0], QUALITY) for shot in shots}
    assert len(keys) == 1


def test_the_key_depends_on_scene_frame_and_quality(tmp_path: Path) -> None:
    shot = shot_in(tmp_path)
    frame, digest = shot.frames[0], shot_digest(shot)
    moved = replace(frame, camera=replace(frame.camera, matrix_world=np.diag([1.0, 1, 1, 2])))
    keys = {
        frame_key(digest, frame, QUALITY),
        frame_key("another scene", frame, QUALITY),
        frame_key(digest, moved, QUALITY),
        frame_key(digest, replace(frame, nodes={"mesh-0": np.eye(4)}), QUALITY),
        frame_key(digest, replace(frame, emissive={"mesh-0": (1.0, 0.0, 0.0)}), QUALITY),
        *(frame_key(digest, frame, replace(QUALITY, **part)) for part in ({"spp": 9}, {"seed": 1})),
    }
    assert len(keys) == 7


def test_what_the_page_draws_does_not_matter(tmp_path: Path) -> None:
    shot = shot_in(tmp_path)
    digest, frame = shot_digest(shot), shot.frames[0]
    camera = replace(frame.camera, projection=np.eye(4), guide_projection=np.eye(4))
    redrawn = replace(frame, index=7, exposure=3.0, has_guide=not frame.has_guide, camera=camera)
    assert frame_key(digest, frame, QUALITY) == frame_key(digest, redrawn, QUALITY)


def test_the_digest_covers_geometry_and_sky(tmp_path: Path) -> None:
    shot = shot_in(tmp_path)
    first = shot_digest(shot)
    (shot.directory / "scene.glb").write_bytes(glb([b"wall", b"wood"], [0, 1]))
    second = shot_digest(shot)
    meta = json.loads((shot.directory / "shot.json").read_text()) | {"environment": "environment.npy"}
    (shot.directory / "shot.json").write_text(json.dumps(meta))
    np.save(shot.directory / "environment.npy", np.ones((2, 4, 3)))
    assert len({first, second, shot_digest(load_shot(shot.directory))}) == 3


def test_the_digest_does_not_depend_on_where_a_picture_is_written(tmp_path: Path) -> None:
    shot = shot_in(tmp_path)
    first = shot_digest(shot)
    (shot.directory / "scene.glb").write_bytes(glb([b"wood", b"wall"], [1, 0]))
    assert shot_digest(shot) == first


def test_kept_references_come_back(tmp_path: Path) -> None:
    source, target, cache = tmp_path / "source", tmp_path / "target", tmp_path / "cache"
    source.mkdir()
    for suffix in ("png", "exr"):
        (source / f"reference.{suffix}").write_bytes(suffix.encode())
    assert not take(cache, "abc", target)
    keep(cache, "abc", source)
    assert take(cache, "abc", target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        "reference.png": b"png",
        "reference.exr": b"exr",
    }
