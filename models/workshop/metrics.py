"""Image metrics of rendered frames against their path-traced reference, at output size.

Pictures are display-referred sRGB, as 8-bit or as floats in [0,1], (h,w,3), top row first.
The command fills DIR/metrics.json from DIR/frame-0000/<view>.png and reference.png.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import flip_evaluator
import numpy as np
from PIL import Image
from tqdm import tqdm

REFERENCE = "reference"
#: PSNR of identical pictures is infinite, which JSON cannot hold.
MAX_PSNR_DB = 100.0
#: A pixel whose reference changes by no more than this between frames counts as static.
STATIC_CHANGE = 2 / 255

_SSIM_SIGMA, _SSIM_RADIUS = 1.5, 5
_SSIM_C1, _SSIM_C2 = 0.01**2, 0.03**2

Numbers = dict[str, float | None]


def as_float(picture: np.ndarray) -> np.ndarray:
    """Picture as float64 in [0,1] without alpha."""
    scale = 255.0 if picture.dtype == np.uint8 else 1.0
    return np.clip(picture[..., :3].astype(np.float64) / scale, 0, 1)


def psnr(picture: np.ndarray, reference: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB, peak 1, over all channels."""
    return _psnr_of(float(np.mean((as_float(picture) - as_float(reference)) ** 2)))


def ssim(picture: np.ndarray, reference: np.ndarray) -> float:
    """Structural similarity, Gaussian 11x11 window of sigma 1.5, mean over channels and inner pixels."""
    a, b = as_float(picture), as_float(reference)
    mean_a, mean_b = _blur(a), _blur(b)
    variance_a, variance_b = _blur(a * a) - mean_a**2, _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    numerator = (2 * mean_a * mean_b + _SSIM_C1) * (2 * covariance + _SSIM_C2)
    denominator = (mean_a**2 + mean_b**2 + _SSIM_C1) * (variance_a + variance_b + _SSIM_C2)
    return float(np.mean(numerator / denominator))


def flip(picture: np.ndarray, reference: np.ndarray) -> float:
    """Mean LDR-FLIP at the default 67 pixels per degree; lower is better."""
    a, b = (np.ascontiguousarray(as_float(p), np.float32) for p in (picture, reference))
    return float(flip_evaluator.evaluate(b, a, "LDR", applyMagma=False)[1])


def temporal_psnr(frames: Sequence[np.ndarray], references: Sequence[np.ndarray]) -> float | None:
    """PSNR of the frame-to-frame differences against the reference's, over the sequence."""
    errors = [float(np.mean(((b - a) - (rb - ra)) ** 2)) for a, b, ra, rb in _neighbours(frames, references)]
    return _psnr_of(float(np.mean(errors))) if errors else None


def static_flicker(frames: Sequence[np.ndarray], references: Sequence[np.ndarray]) -> float | None:
    """Mean change between frames, in 8-bit steps, where the reference stands still; None if nothing does."""
    change, count = 0.0, 0
    for a, b, ra, rb in _neighbours(frames, references):
        static = np.abs(rb - ra).max(-1) <= STATIC_CHANGE
        change += float(np.abs(b - a)[static].sum())
        count += int(static.sum()) * 3
    return 255 * change / count if count else None


def evaluate_directory(directory: Path) -> dict:
    """Reads the metrics.json skeleton of DIR and returns it with every number filled in."""
    report = json.loads((directory / "metrics.json").read_text())
    views = view_names(directory, report["frames"])
    references = [load(directory, frame, REFERENCE) for frame in report["frames"]]
    sequences: dict[str, list[np.ndarray]] = {view: [] for view in views}
    for frame, reference in zip(tqdm(report["frames"], desc="metrics"), references, strict=True):
        frame["views"] = {}
        for view in views:
            picture = load(directory, frame, view)
            if picture.shape != reference.shape:
                raise ValueError(
                    f"frame {frame['frame']}: {view}.png is {picture.shape[1]}x{picture.shape[0]}, "
                    f"the reference {reference.shape[1]}x{reference.shape[0]}"
                )
            sequences[view].append(picture)
            frame["views"][view] = {
                "psnr": round(psnr(picture, reference), 3),
                "ssim": round(ssim(picture, reference), 4),
                "flip": round(flip(picture, reference), 4),
            }
    report["mean"] = {view: _mean([f["views"][view] for f in report["frames"]]) for view in views}
    neighbours = [{"frame": number} for number in report.get("sequence", [])]
    close_references = [load(directory, frame, REFERENCE) for frame in neighbours]
    report["temporal"] = {}
    for view, pictures in [*sequences.items(), (REFERENCE, references)]:
        close = [load(directory, frame, view) for frame in neighbours]
        report["temporal"][view] = {
            **_temporal_numbers(pictures, references, ("tpsnr", "flicker")),
            **_temporal_numbers(close, close_references, ("sequenceTpsnr", "sequenceFlicker")),
        }
    return report


def _temporal_numbers(
    pictures: Sequence[np.ndarray], references: Sequence[np.ndarray], names: tuple[str, str]
) -> Numbers:
    """PSNR of the changes (dB) and flicker (8-bit steps) under the given names."""
    values = temporal_psnr(pictures, references), static_flicker(pictures, references)
    return {name: _rounded(value, 3) for name, value in zip(names, values, strict=True)}


def view_names(directory: Path, frames: Sequence[dict]) -> list[str]:
    """Views that the first frame has a picture of; every other frame must have the same."""
    if not frames:
        raise ValueError(f"{directory / 'metrics.json'} lists no frames")
    found = {p.stem for p in frame_folder(directory, frames[0]).glob("*.png")} - {REFERENCE}
    return sorted(found)


def frame_folder(directory: Path, frame: dict) -> Path:
    return directory / f"frame-{frame['frame']:04d}"


def load(directory: Path, frame: dict, view: str) -> np.ndarray:
    path = frame_folder(directory, frame) / f"{view}.png"
    if not path.is_file():
        raise ValueError(f"{path}: missing")
    return np.asarray(Image.open(path).convert("RGB"))


def _neighbours(
    frames: Sequence[np.ndarray], references: Sequence[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    for i in range(len(frames) - 1):
        yield tuple(as_float(p) for p in (frames[i], frames[i + 1], references[i], references[i + 1]))


def _psnr_of(mse: float) -> float:
    return MAX_PSNR_DB if mse <= 0 else min(MAX_PSNR_DB, -10 * math.log10(mse))


def _blur(image: np.ndarray) -> np.ndarray:
    """Separable Gaussian over the pixels whose window lies inside the image."""
    offsets = np.arange(-_SSIM_RADIUS, _SSIM_RADIUS + 1)
    kernel = np.exp(-(offsets**2) / (2 * _SSIM_SIGMA**2))
    kernel /= kernel.sum()
    for axis in (0, 1):
        if image.shape[axis] < len(kernel):
            raise ValueError(f"SSIM needs pictures of at least {len(kernel)} pixels, got {image.shape[:2]}")
        image = np.lib.stride_tricks.sliding_window_view(image, len(kernel), axis) @ kernel
    return image


def _mean(entries: Sequence[dict[str, float]]) -> Numbers:
    return {name: _rounded(float(np.mean([e[name] for e in entries])), 4) for name in entries[0]}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m workshop.metrics", description=__doc__)
    parser.add_argument("directory", type=Path, help="an evaluation's output, with its metrics.json")
    options = parser.parse_args(arguments)
    try:
        report = evaluate_directory(options.directory)
    except (OSError, ValueError) as error:
        raise SystemExit(f"metrics: {error}") from error
    text = json.dumps(report, indent=2, allow_nan=False) + "\n"
    (options.directory / "metrics.json").write_text(text)
    for view, numbers in report["mean"].items():
        known = {n: v for n, v in (numbers | report["temporal"][view]).items() if v is not None}
        print(f"{view:12} " + "  ".join(f"{name} {value:.4g}" for name, value in known.items()))


if __name__ == "__main__":
    main()
