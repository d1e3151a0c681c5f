import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workshop import metrics


def picture(seed: int, size: tuple[int, int] = (48, 64)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : size[0], 0 : size[1]] / 16
    base = 0.5 + 0.3 * np.sin(x[..., None] + rng.uniform(0, 6, 3)) * np.cos(y[..., None])
    return (255 * base).round().astype(np.uint8)


def test_identical_pictures() -> None:
    a = picture(0)
    assert metrics.psnr(a, a) == metrics.MAX_PSNR_DB
    assert metrics.ssim(a, a) == pytest.approx(1)
    assert metrics.flip(a, a) == pytest.approx(0, abs=1e-6)


def test_psnr_of_a_known_error() -> None:
    a = np.full((16, 16, 3), 0.5)
    assert metrics.psnr(a + 0.1, a) == pytest.approx(20)
    assert metrics.psnr(np.full((16, 16, 3), 128, np.uint8), np.full((16, 16, 3), 118, np.uint8)) == (
        pytest.approx(20 * np.log10(25.5))
    )


def test_worse_pictures_score_worse() -> None:
    a = picture(0)
    noise = np.random.default_rng(1).normal(0, 1, a.shape)
    mild, strong = (np.clip(a + s * noise, 0, 255).astype(np.uint8) for s in (4, 24))
    assert metrics.psnr(mild, a) > metrics.psnr(strong, a)
    assert metrics.ssim(mild, a) > metrics.ssim(strong, a)
    assert metrics.flip(mild, a) < metrics.flip(strong, a)


def test_temporal_metrics_see_flicker_and_ignore_a_constant_error() -> None:
    references = [picture(0)] * 3
    tinted = [np.clip(r.astype(int) + 8, 0, 255).astype(np.uint8) for r in references]
    flickering = [
        np.clip(r.astype(int) + d, 0, 255).astype(np.uint8)
        for r, d in zip(references, (0, 4, 0), strict=True)
    ]
    assert metrics.temporal_psnr(tinted, references) == metrics.MAX_PSNR_DB
    assert metrics.static_flicker(tinted, references) == 0
    assert metrics.static_flicker(flickering, references) == pytest.approx(4, abs=0.05)
    assert metrics.temporal_psnr(flickering, references) < 40
    assert metrics.temporal_psnr(references[:1], references[:1]) is None
    moving = [np.zeros((12, 12, 3)), np.ones((12, 12, 3))]
    assert metrics.static_flicker(moving, moving) is None


def write_evaluation(directory: Path) -> None:
    frames = [{"frame": n, "timeS": n / 60} for n in (0, 1)]
    skeleton = {
        "scene": "test", "size": "64x48", "quality": "performance", "model": "m", "backend": "wasm",
        "frames": frames,
    }  # fmt: skip
    (directory / "metrics.json").write_text(json.dumps(skeleton))
    for frame in frames:
        folder = directory / f"frame-{frame['frame']:04d}"
        folder.mkdir()
        reference = picture(frame["frame"])
        noise = np.random.default_rng(frame["frame"]).normal(0, 9, reference.shape)
        noisy = np.clip(reference + noise, 0, 255)
        for view, image in (("reference", reference), ("ai", reference), ("raw", noisy.astype(np.uint8))):
            Image.fromarray(image).save(folder / f"{view}.png")


def test_command_fills_the_skeleton(tmp_path: Path) -> None:
    write_evaluation(tmp_path)
    metrics.main([str(tmp_path)])
    report = json.loads((tmp_path / "metrics.json").read_text())
    assert report["backend"] == "wasm"
    assert set(report["mean"]) == {"ai", "raw"}
    assert set(report["frames"][1]["views"]["raw"]) == {"psnr", "ssim", "flip"}
    assert report["mean"]["ai"]["psnr"] == metrics.MAX_PSNR_DB > report["mean"]["raw"]["psnr"]
    assert report["temporal"]["raw"]["tpsnr"] < metrics.MAX_PSNR_DB
    # Without a sequence there is nothing to say about neighbouring frames.
    assert report["temporal"]["raw"]["sequenceTpsnr"] is None
    # A second run starts from its own output and changes nothing.
    metrics.main([str(tmp_path)])
    assert json.loads((tmp_path / "metrics.json").read_text()) == report


def test_sequences_are_measured_apart(tmp_path: Path) -> None:
    write_evaluation(tmp_path)
    path = tmp_path / "metrics.json"
    report = json.loads(path.read_text())
    report |= {"frames": report["frames"][:1], "sequence": [0, 1]}
    path.write_text(json.dumps(report))
    metrics.main([str(tmp_path)])
    temporal = json.loads(path.read_text())["temporal"]
    assert temporal["raw"]["tpsnr"] is None
    assert temporal["ai"]["sequenceTpsnr"] == metrics.MAX_PSNR_DB > temporal["raw"]["sequenceTpsnr"]


def test_missing_picture_is_named(tmp_path: Path) -> None:
    write_evaluation(tmp_path)
    (tmp_path / "frame-0001" / "ai.png").unlink()
    with pytest.raises(SystemExit, match=r"frame-0001.ai\.png: missing"):
        metrics.main([str(tmp_path)])
