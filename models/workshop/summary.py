"""Table of evaluations in Markdown, and the same figures into a model's contract.

    python -m workshop.summary EVALUATION... [--contract relight-m.json]

Means over scenes weigh every scene alike, whatever its number of frames.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import fmean

VIEWS = ("raw", "bilinear", "fsr1", "taau", "classic", "resolve", "ai")
QUALITY = ("psnr", "ssim", "flip")
TEMPORAL = ("tpsnr", "flicker")


def scene_figures(metrics: dict) -> dict[str, dict[str, float]]:
    """Mean figures of each view over the frames of one evaluation."""
    figures: dict[str, dict[str, float]] = {}
    for view in VIEWS:
        if view not in metrics["mean"]:
            continue
        merged = metrics["mean"][view] | metrics["temporal"].get(view, {})
        figures[view] = {key: merged[key] for key in QUALITY + TEMPORAL if merged.get(key) is not None}
    return figures


def mean_figures(scenes: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Mean over scenes of what every one of them has."""
    views = [view for view in VIEWS if all(view in scene for scene in scenes)]
    return {
        view: {
            key: fmean(scene[view][key] for scene in scenes)
            for key in QUALITY + TEMPORAL
            if all(key in scene[view] for scene in scenes)
        }
        for view in views
    }


def table(evaluations: list[dict], scenes: list[dict[str, dict[str, float]]]) -> str:
    """One row a scene, PSNR and FLIP of every view, then the mean."""
    views = list(mean_figures(scenes))
    head = ["scene", "frames", *(f"{view} PSNR (dB) / FLIP" for view in views), "AI − resolve (dB)"]
    lines = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]

    def line(name: str, frames: int, figures: dict[str, dict[str, float]]) -> str:
        cells = [f"{figures[view]['psnr']:.2f} / {figures[view]['flip']:.3f}" for view in views]
        gain = figures["ai"]["psnr"] - figures["resolve"]["psnr"]
        return "| " + " | ".join([name, str(frames), *cells, f"{gain:+.2f}"]) + " |"

    for metrics, figures in zip(evaluations, scenes, strict=True):
        lines.append(line(metrics["scene"], len(metrics["frames"]), figures))
    total = sum(len(metrics["frames"]) for metrics in evaluations)
    lines.append(line("**mean over scenes**", total, mean_figures(scenes)))
    return "\n".join(lines)


def temporal_table(mean: dict[str, dict[str, float]]) -> str:
    """SSIM and the temporal figures, mean over scenes."""
    lines = ["| view | SSIM | tPSNR (dB) | flicker (8-bit steps) |", "| --- | --- | --- | --- |"]
    for view, figures in mean.items():
        cells = [f"{figures[key]:.3f}" if key in figures else "–" for key in ("ssim", "tpsnr", "flicker")]
        lines.append(f"| {view} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("evaluations", nargs="+", type=Path, help="folders that evaluate wrote")
    parser.add_argument("--contract", type=Path, help="contract whose `metrics` to replace")
    options = parser.parse_args()
    evaluations = [json.loads((folder / "metrics.json").read_text()) for folder in options.evaluations]
    scenes = [scene_figures(metrics) for metrics in evaluations]
    mean = mean_figures(scenes)
    print(table(evaluations, scenes))
    print()
    print(temporal_table(mean))
    if options.contract:
        contract = json.loads(options.contract.read_text())
        names = [metrics["scene"] for metrics in evaluations]
        first = evaluations[0]
        contract["metrics"] = {
            "scenes": names,
            "frames": sum(len(metrics["frames"]) for metrics in evaluations),
            "size": first["size"],
            "quality": first["quality"],
            "mean": {view: {k: round(v, 4) for k, v in figures.items()} for view, figures in mean.items()},
        }
        options.contract.write_text(json.dumps(contract, indent=2) + "\n")


if __name__ == "__main__":
    main()
