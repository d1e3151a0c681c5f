"""Noise of the targets: renders some of them again with another seed and compares.

    python -m workshop.noise DATA --count 24

Prints the PSNR (dB, display-referred, over surfaces) between the two renders of each picture, their mean and
the worst. `workshop.baseline` gives the error of a network in the same terms. Render options must be what
DATA was made with; nothing in DATA is changed.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from . import color
from .features import material_of
from .shot import load_shot
from .targets import Job, add_render_options, render_shot, shot_directories

#: Far from any seed that a person would give.
OTHER_SEED = 0x5EED


def rendered_jobs(data: Path, count: int) -> list[Job]:
    """Up to `count` low-resolution targets, evenly over the shots that have them."""
    shots = [load_shot(folder) for folder in shot_directories(data)]
    jobs = [Job(shot, frame, False) for shot in shots for frame in shot.frames]
    jobs = [job for job in jobs if job.path.exists()]
    chosen = np.linspace(0, len(jobs) - 1, min(count, len(jobs))).round().astype(int)
    return [jobs[i] for i in chosen]


def difference_db(job: Job, first: np.ndarray, second: np.ndarray) -> float:
    """PSNR between two targets (h,w,4), as pictures, over the pixels that both call a surface."""
    folder = job.path.parent
    albedo, normal, emissive = (
        np.load(folder / f"{name}.npy").astype(np.float32) for name in ("albedo", "normal", "emissive")
    )
    surface = (torch.from_numpy(image) for image in (albedo, normal))
    factor = material_of(*surface, job.frame.camera.projection).numpy()
    shown = [color.display(target[..., :3] * factor + emissive[..., :3]) for target in (first, second)]
    mask = (first[..., 3] > 0.5) & (second[..., 3] > 0.5)
    error = float(np.mean((shown[0] - shown[1])[mask] ** 2)) if mask.any() else 0.0
    return -10 * math.log10(max(error, 1e-10))


def differences_db(jobs: list[Job], options: argparse.Namespace) -> Iterator[tuple[Job, float]]:
    """Renders each target again with another seed."""
    again = argparse.Namespace(**{**vars(options), "seed": options.seed + OTHER_SEED})
    for _, group in groupby(jobs, lambda job: job.shot.directory):
        of_shot = list(group)
        for job, second in render_shot(of_shot[0].shot, of_shot, again):
            yield job, difference_db(job, np.load(job.path).astype(np.float32), second)


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of shots with targets")
    parser.add_argument("--count", type=int, default=24, help="pictures to render again (default 24)")
    add_render_options(parser)
    options = parser.parse_args()
    jobs = rendered_jobs(options.data, options.count)
    if not jobs:
        parser.error(f"{options.data} has no targets: python -m workshop.targets makes them")
    results = []
    for job, db in tqdm(differences_db(jobs, options), total=len(jobs), unit="picture", desc="noise"):
        results.append(db)
        tqdm.write(f"{job.shot.directory.name} frame {job.frame.index}: {db:.1f} dB")
    mean, worst = np.mean(results), min(results)
    print(f"{len(results)} targets against another seed: mean {mean:.1f} dB, worst {worst:.1f} dB")


if __name__ == "__main__":
    main()
