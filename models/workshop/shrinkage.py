"""Chooses how much of a network's residual to keep, on the validation scenes of its run.

A network trained on few scenes is over-confident on others: a part of its residual brings it closer to the
truth than all of it. Writes RUN/shrinkage.json, which export applies to the weights of the last layer.
Held-out scenes play no part.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch

from .baseline import Scores, frame_scores, mean_scores
from .checkpoint import load_network, write_atomically
from .dataset import load_frames
from .split import find_shots, refuse_held_out, scene_of

FILE = "shrinkage.json"
SCALES = (0.25, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)


def choose_scale(run: Path, data: Sequence[Path]) -> tuple[float, dict[float, Scores]]:
    """The scale with the best PSNR at low resolution, and the scores of each."""
    config = load_network(run)[1]
    shots = [shot for shot in find_shots(data) if scene_of(shot) in config.validation_scenes]
    if not shots:
        raise SystemExit(f"shrinkage: no validation scene of {run} in the data ({config.validation_scenes})")
    refuse_held_out(shots)
    frames = load_frames(shots, progress=False)
    scores: dict[float, Scores] = {}
    for scale in SCALES:
        net = load_network(run)[0]
        net.scale_residual(scale)
        scores[scale] = mean_scores([frame_scores(net, frame, torch.device("cpu")) for frame in frames])
        print(f"{scale:.2f}  " + "  ".join(f"{name} {value:.3f}" for name, value in scores[scale].items()))
    return max(scores, key=lambda scale: scores[scale]["ai"]), scores


def read_scale(run: Path) -> float:
    """The chosen scale of a run, 1 where none was chosen."""
    path = run / FILE
    return float(json.loads(path.read_text())["scale"]) if path.exists() else 1.0


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m workshop.shrinkage", description=__doc__)
    parser.add_argument("run", type=Path, help="training run directory")
    parser.add_argument("data", type=Path, nargs="+", help="the data it was trained on")
    options = parser.parse_args(arguments)
    scale, scores = choose_scale(options.run, options.data)
    report = {"scale": scale, "validation": {str(key): value for key, value in scores.items()}}
    write_atomically(options.run / FILE, (json.dumps(report, indent=2) + "\n").encode())
    print(f"kept {scale} of the residual")


if __name__ == "__main__":
    main()
