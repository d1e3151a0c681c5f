"""Contact sheets of evaluations: one row a frame, one column a view, and the error of a view as a heat map.

python -m workshop.sheet EVALUATION... --views raw,resolve,ai,reference --error ai --out sheet.jpg
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

#: Absolute error that saturates the heat map.
FULL_ERROR = 0.25
LABEL_PX = 16


def heat(error: np.ndarray) -> np.ndarray:
    """Black, blue, red, yellow, white for errors from 0 to FULL_ERROR; (h,w) to (h,w,3) 8-bit."""
    x = np.clip(error / FULL_ERROR, 0, 1)
    stops = np.array([[0, 0, 0], [40, 40, 160], [220, 40, 40], [250, 210, 60], [255, 255, 255]], np.float64)
    positions = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(x, positions, stops[:, c]) for c in range(3)], -1).astype(np.uint8)


def choose_frames(metrics: dict, view: str, count: int) -> list[int]:
    """Frames from the worst to the best of a view, evenly over the ranking."""
    ranked = sorted(metrics["frames"], key=lambda frame: frame["views"][view].get("psnr", 0.0))
    picks = np.linspace(0, len(ranked) - 1, min(count, len(ranked))).round().astype(int)
    return [ranked[i]["frame"] for i in picks]


def row(folder: Path, frame: int, views: list[str], error_of: str | None, metrics: dict) -> Image.Image:
    """One frame: the views side by side, each with its name and PSNR, then the error."""
    directory = folder / f"frame-{frame:04d}"
    scores = next(entry["views"] for entry in metrics["frames"] if entry["frame"] == frame)
    tiles: list[tuple[str, np.ndarray]] = []
    for view in views:
        picture = np.asarray(Image.open(directory / f"{view}.png").convert("RGB"))
        psnr = scores.get(view, {}).get("psnr")
        tiles.append((view if psnr is None else f"{view} {psnr:.1f} dB", picture))
    if error_of:
        pair = [
            np.asarray(Image.open(directory / f"{name}.png").convert("RGB"), np.float64) / 255
            for name in (error_of, "reference")
        ]
        tiles.append((f"error of {error_of}", heat(np.abs(pair[0] - pair[1]).mean(-1))))
    height, width = tiles[0][1].shape[:2]
    strip = Image.new("RGB", (width * len(tiles), height))
    draw = ImageDraw.Draw(strip)
    for i, (label, picture) in enumerate(tiles):
        strip.paste(Image.fromarray(picture), (i * width, 0))
        text = f"{metrics['scene']} {label}" if i == 0 else label
        draw.rectangle((i * width, 0, i * width + 7 * len(text) + 8, LABEL_PX), fill=(0, 0, 0))
        draw.text((i * width + 4, 3), text, fill=(255, 255, 255))
    return strip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("evaluations", nargs="+", type=Path, help="folders that evaluate wrote")
    parser.add_argument("--views", default="raw,resolve,ai,reference", help="columns")
    parser.add_argument("--error", default="ai", help="view whose error is shown last; empty for none")
    parser.add_argument(
        "--frames", type=int, default=2, help="rows an evaluation, from the worst frame to the best"
    )
    parser.add_argument("--frame", type=int, help="just this frame")
    parser.add_argument("--scale", type=float, default=0.5, help="size of the sheet relative to the pictures")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    views = options.views.split(",")
    rows: list[Image.Image] = []
    for folder in options.evaluations:
        metrics = json.loads((folder / "metrics.json").read_text())
        frames = (
            [options.frame] if options.frame is not None else choose_frames(metrics, "ai", options.frames)
        )
        rows += [row(folder, frame, views, options.error, metrics) for frame in frames]
    sheet = Image.new("RGB", (max(strip.width for strip in rows), sum(strip.height for strip in rows)))
    top = 0
    for strip in rows:
        sheet.paste(strip, (0, top))
        top += strip.height
    size = (round(sheet.width * options.scale), round(sheet.height * options.scale))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    # The quality counts for JPEG, where large sheets belong: a fifth of the bytes.
    sheet.resize(size, Image.Resampling.LANCZOS).save(options.out, optimize=True, quality=90)
    print(f"{options.out}: {len(rows)} rows, {size[0]}x{size[1]}")


if __name__ == "__main__":
    main()
