"""Error of the targets: renders some of them again, and measures how far they are from the truth.

    python -m workshop.noise DATA --spp 96 --count 24 --truth-spp 1024

Prints, as PSNR in dB, display-referred, over surfaces, for each picture, on average and at worst,
- against another seed: between the target and the same with other random numbers. What the denoiser does to
  both alike is no part of it;
- against the truth: from two long renders without a denoiser, A and B. Their noise is independent, so the
  mean of (target - A) (target - B) is the squared error of the target alone.
`workshop.baseline` gives the error of a network in the same terms. Render options must be what DATA was made
with; nothing in DATA is changed.
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
OTHER_SEEDS = (0x5EED, 0xA11CE, 0xB0B)


def rendered_jobs(data: Path, count: int) -> list[Job]:
    """Up to `count` low-resolution targets, evenly over the shots that have them."""
    shots = [load_shot(folder) for folder in shot_directories(data)]
    jobs = [Job(shot, frame, False) for shot in shots for frame in shot.frames]
    jobs = [job for job in jobs if job.path.exists()]
    chosen = np.linspace(0, len(jobs) - 1, min(count, len(jobs))).round().astype(int)
    return [jobs[i] for i in chosen]


def error_db(job: Job, target: np.ndarray, first: np.ndarray, second: np.ndarray | None = None) -> float:
    """PSNR of a target (h,w,4), as a picture, against a render, or against what two noisy ones show.

    Counts the pixels that all call a surface.
    """
    folder = job.path.parent
    albedo, normal, emissive = (
        np.load(folder / f"{name}.npy").astype(np.float32) for name in ("albedo", "normal", "emissive")
    )
    surface = (torch.from_numpy(image) for image in (albedo, normal))
    factor = material_of(*surface, job.frame.camera.projection).numpy()
    lightings = (target, first, first if second is None else second)
    shown, a, b = (color.display(one[..., :3] * factor + emissive[..., :3]) for one in lightings)
    mask = np.logical_and.reduce([one[..., 3] > 0.5 for one in lightings])
    error = float(np.mean(((shown - a) * (shown - b))[mask])) if mask.any() else 0.0
    return -10 * math.log10(max(error, 1e-10))


def errors_db(jobs: list[Job], options: argparse.Namespace) -> Iterator[tuple[Job, float, float | None]]:
    """Error of each target against another seed and, where `truth_spp` > 0, against the truth."""

    def render(shot_jobs: list[Job], seed: int, **changed: object) -> Iterator[np.ndarray]:
        again = argparse.Namespace(**{**vars(options), "seed": options.seed + seed, **changed})
        return (target for _, target in render_shot(shot_jobs[0].shot, shot_jobs, again))

    for _, group in groupby(jobs, lambda job: job.shot.directory):
        of_shot = list(group)
        others = render(of_shot, OTHER_SEEDS[0])
        long = {"spp": options.truth_spp, "no_denoise": True}
        truths = [render(of_shot, seed, **long) for seed in OTHER_SEEDS[1:]] if options.truth_spp else []
        for job, other in zip(of_shot, others, strict=True):
            target = np.load(job.path).astype(np.float32)
            truth = error_db(job, target, *(next(one) for one in truths)) if truths else None
            yield job, error_db(job, target, other), truth


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of shots with targets")
    parser.add_argument("--count", type=int, default=24, help="pictures to render again (default 24)")
    parser.add_argument(
        "--truth-spp",
        type=int,
        default=0,
        help="samples a pixel of each long render (default 0: not compared with the truth)",
    )
    add_render_options(parser)
    options = parser.parse_args()
    jobs = rendered_jobs(options.data, options.count)
    if not jobs:
        parser.error(f"{options.data} has no targets: python -m workshop.targets makes them")
    results: dict[str, list[float]] = {"another seed": [], "the truth": []}
    for job, seed, truth in tqdm(errors_db(jobs, options), total=len(jobs), unit="picture", desc="noise"):
        found = {"another seed": seed} | ({} if truth is None else {"the truth": truth})
        for name, db in found.items():
            results[name].append(db)
        line = ", ".join(f"{db:.1f} dB against {name}" for name, db in found.items())
        tqdm.write(f"{job.shot.directory.name} frame {job.frame.index}: {line}")
    for name, values in results.items():
        if values:
            mean, worst = np.mean(values), min(values)
            print(f"{len(values)} targets against {name}: mean {mean:.1f} dB, worst {worst:.1f} dB")


if __name__ == "__main__":
    main()
