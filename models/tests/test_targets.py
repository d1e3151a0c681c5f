"""The commands on a small shot on disk."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from test_gltf import square

from workshop import noise, reference, targets
from workshop.llvm import mi


def column_major(matrix: np.ndarray) -> list[float]:
    return matrix.T.ravel().tolist()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One shot of a square of 2 m, seen from 4 m; the second frame has a guide."""
    shot = tmp_path / "data" / "square"
    shot.mkdir(parents=True)
    (shot / "scene.glb").write_bytes(square().build())
    world, projection = (
        np.eye(4),
        np.array([[3, 0, 0.01, 0], [0, 3, 0.02, 0], [0, 0, -1, -0.2], [0, 0, -1, 0.0]]),
    )
    world[:3, 3] = [0, 0, 4]
    node = np.diag([2.0, 2.0, 1.0, 1.0])
    node[:3, 3] = [-1, -1, 0]
    hidden = np.eye(4)
    hidden[:3, 3] = [0, 0, 50]
    camera = {"matrixWorld": column_major(world), "projectionMatrix": column_major(projection)}
    camera["unjitteredProjectionMatrix"] = column_major(projection)
    light = {"type": "directional", "color": [3, 3, 3], "position": [0, 0, 0], "direction": [0, 0, -1]}
    frames = [
        {
            "frame": index,
            "timeS": 0,
            "guide": index == 1,
            "exposure": 1.0,
            "flatAmbient": [0, 0, 0],
            "camera": camera,
            "lights": [light],
            "nodes": {"mesh-0": column_major(node), "mesh-1": column_major(hidden)},
        }
        for index in range(2)
    ]
    entry = {
        "scene": "square",
        "inputSize": [16, 16],
        "outputSize": [32, 32],
        "environment": None,
        "frames": frames,
    }
    (shot / "shot.json").write_text(json.dumps(entry | {"quality": "performance", "glb": "scene.glb"}))
    for index in range(2):
        folder = shot / f"frame-{index:04d}"
        folder.mkdir()
        motion = np.full((16, 16, 4), 4.0, np.float16)
        motion[:, :4, 2] = 3.0
        np.save(folder / "motion.npy", motion)
    np.save(shot / "frame-0001" / "guide-motion.npy", np.full((32, 32, 4), 4.0, np.float16))
    return tmp_path / "data"


def run(module, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["workshop", *(str(argument) for argument in arguments)])
    module.main()


def test_targets(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(targets, monkeypatch, data, "--spp", 4, "--full-spp", 2)
    first = np.load(data / "square/frame-0000/target.npy")
    assert first.shape == (16, 16, 4) and first.dtype == np.float16
    assert first[8, 8, 3] == 1 and first[0, 0, 3] == 0, "the corner is background"
    assert first[8, 2, 3] == 0, "the captured depth differs there"
    assert np.load(data / "square/frame-0001/target-full.npy").shape == (32, 32, 4)
    assert not (data / "square/frame-0000/target-full.npy").exists()
    assert not list(data.rglob(".*")), "no partial files stay"


def test_targets_resume(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = data / "square/frame-0000/target.npy"
    kept.write_bytes(b"kept")
    (data / "complete").touch()
    run(targets, monkeypatch, data, "--spp", 1, "--full-spp", 1, "--watch")
    assert kept.read_bytes() == b"kept"
    assert (data / "square/frame-0001/target.npy").exists()


def test_shards_split_the_frames(data: Path) -> None:
    shot = targets.load_shot(data / "square")
    parts = [{job.path for job in targets.open_jobs(shot, (index, 2))} for index in range(2)]
    assert not parts[0] & parts[1] and len(parts[0] | parts[1]) == 3


def test_noise_tells_the_error_of_targets_from_that_of_what_they_are_measured_against(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The sun of half a degree on a square has no noise; the sky light below has.
    shot = json.loads((data / "square/shot.json").read_text())
    np.save(data / "square/sky.npy", np.random.default_rng(2).uniform(0, 4, (8, 16, 3)).astype(np.float32))
    (data / "square/shot.json").write_text(json.dumps(shot | {"environment": "sky.npy"}))
    options = ["--spp", 64, "--full-spp", 1, "--no-denoise"]
    run(targets, monkeypatch, data, *options)
    for name in ("albedo", "normal", "emissive"):
        for index in range(2):
            image = (
                np.ones((16, 16, 4), np.float16) * (0, 0, 1, 1)
                if name == "normal"
                else np.full((16, 16, 4), 0.5)
            )
            np.save(data / f"square/frame-{index:04d}/{name}.npy", image.astype(np.float16))
    run(noise, monkeypatch, data, *options, "--count", 1, "--truth-spp", 64)
    seed, truth = (float(db) for db in re.findall(r"mean ([\d.]+) dB", capsys.readouterr().out))
    # Two renders as noisy as each other differ by twice the error of one, 3 dB; 256 pixels tell 0.5 dB.
    # What is measured against, as noisy as the target itself here, is no part of it.
    assert seed + 1.5 < truth < seed + 4.5


@pytest.mark.parametrize("text", ["1", "2/2", "a/b", "-1/2"])
def test_bad_shards_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        targets.shard(text)


def test_reference(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(reference, monkeypatch, data / "square", "--out", tmp_path / "out", "--spp", 2, "--shard", "1/2")
    assert not (tmp_path / "out/frame-0000").exists()
    bitmap = mi.Bitmap(str(tmp_path / "out/frame-0001/reference.exr"))
    assert np.array(bitmap).shape == (32, 32, 3)
    assert (tmp_path / "out/frame-0001/reference.png").stat().st_size > 0


def test_noise_is_the_difference_of_two_seeds(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(noise, monkeypatch, data)
    assert "has no targets" in capsys.readouterr().err
    for folder in (data / "square").glob("frame-*"):
        np.save(folder / "albedo.npy", np.full((16, 16, 4), [0.5, 0.5, 0.5, 0], np.float16))
        np.save(folder / "normal.npy", np.full((16, 16, 4), [0, 0, 1, 1], np.float16))
        np.save(folder / "emissive.npy", np.zeros((16, 16, 4), np.float16))
    run(targets, monkeypatch, data, "--spp", 4, "--full-spp", 1)
    kept = np.load(data / "square/frame-0000/target.npy")
    run(noise, monkeypatch, data, "--spp", 4, "--count", 2)
    # A square under a light of no width has no noise but that of 16 bits.
    assert "2 targets against another seed" in capsys.readouterr().out
    assert np.array_equal(kept, np.load(data / "square/frame-0000/target.npy"))
    job = noise.rendered_jobs(data, 1)[0]
    darker = kept.astype(np.float32) * [0.5, 0.5, 0.5, 1]
    assert noise.error_db(job, kept, darker) < 20 < noise.error_db(job, kept, kept)
