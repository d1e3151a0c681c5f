"""Renders the path-traced lighting targets of captured shots.

Adds frame-NNNN/target.npy, and target-full.npy where the frame has a guide, to every shot under DATA.
Frames that have them are skipped, so the command can be stopped and started again, and several can run with
different --shard values.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .shot import Frame, Shot, load_shot

#: The rasteriser and the path tracer see different surfaces where their depths differ by more than this.
DEPTH_TOLERANCE = 0.02
POLL_S = 5.0
MAX_HALF = 65504.0


@dataclass(frozen=True)
class Job:
    """One picture to render."""

    shot: Shot
    frame: Frame
    is_full: bool

    @property
    def path(self) -> Path:
        name = "target-full.npy" if self.is_full else "target.npy"
        return self.shot.directory / self.frame.folder_name / name

    @property
    def posed_frame(self) -> Frame:
        """The frame through the projection of the grid it is rendered on: the guide has its own jitter."""
        if not self.is_full:
            return self.frame
        camera = replace(self.frame.camera, projection=self.frame.camera.guide_projection)
        return replace(self.frame, camera=camera)

    @property
    def size(self) -> tuple[int, int]:
        return self.shot.output_size if self.is_full else self.shot.input_size

    @property
    def motion_path(self) -> Path:
        """Captured image whose third channel is the depth on this job's grid."""
        return self.path.with_name("guide-motion.npy" if self.is_full else "motion.npy")

    @property
    def key(self) -> int:
        """Stable number of the frame, for shards and seeds."""
        return zlib.crc32(f"{self.shot.directory.name}/{self.frame.index}".encode())


def valid_mask(mask: np.ndarray, depth_m: np.ndarray, captured_depth_m: np.ndarray) -> np.ndarray:
    """1 where both renderers hit a surface at the same depth; all (height, width)."""
    difference = np.abs(depth_m - captured_depth_m)
    agrees = (captured_depth_m > 0) & (difference <= DEPTH_TOLERANCE * captured_depth_m)
    return ((mask > 0.5) & agrees).astype(np.float32)


def save_atomically(path: Path, image: np.ndarray) -> None:
    """Writes a .npy that readers see complete or not at all."""
    partial = path.with_name(f".{path.stem}-{os.getpid()}.npy")
    np.save(partial, image)
    partial.replace(path)


def shot_directories(data: Path) -> list[Path]:
    """Complete shots under DATA, or DATA itself if it is one."""
    folders = (
        [data] if (data / "shot.json").exists() else sorted(path.parent for path in data.glob("*/shot.json"))
    )
    return [folder for folder in folders if (folder / "scene.glb").exists()]


def open_jobs(shot: Shot, shard: tuple[int, int]) -> list[Job]:
    """Pictures of a shot that are missing, captured already and in this shard."""
    jobs = [
        Job(shot, frame, is_full) for frame in shot.frames for is_full in (False, True)[: 1 + frame.has_guide]
    ]
    index, count = shard
    return [
        job for job in jobs if job.key % count == index and not job.path.exists() and job.motion_path.exists()
    ]


def render_shot(shot: Shot, jobs: list[Job], options: argparse.Namespace) -> Iterator[tuple[Job, np.ndarray]]:
    """Renders jobs of one shot; yields each with its target (h,w,4): rgb = lighting L, a = 1 where valid."""
    # Imported late: --help and an idle --watch must not need the path tracer.
    from .render import RenderOptions, Scene, render_lighting_and_depth

    scene = Scene(shot.load_model(), shot.load_environment())
    quality = RenderOptions(
        max_depth=options.max_depth, clamp=options.clamp, has_denoiser=not options.no_denoise
    )
    for job in jobs:
        spp = options.full_spp if job.is_full else options.spp
        seeded = replace(quality, seed=(options.seed + job.key) & 0x7FFFFFFF)
        target, depth_m = render_lighting_and_depth(scene, job.posed_frame, job.size, spp, seeded)
        captured = np.load(job.motion_path)[..., 2].astype(np.float32)
        if captured.shape != depth_m.shape:
            raise ValueError(f"{job.motion_path}: {captured.shape} instead of {depth_m.shape} pixels")
        target[..., 3] = valid_mask(target[..., 3], depth_m, captured)
        yield job, np.clip(target, 0, MAX_HALF)


def render_missing(data: Path, options: argparse.Namespace) -> int:
    """Renders everything that is missing now; returns the number of pictures."""
    work: list[tuple[Shot, list[Job]]] = []
    for folder in shot_directories(data):
        try:
            shot = load_shot(folder)
        except json.JSONDecodeError:
            # The capture is still writing this file; the next round of --watch finds it complete.
            tqdm.write(f"{folder}: shot.json is incomplete, skipped")
            continue
        jobs = open_jobs(shot, options.shard)
        if jobs:
            work.append((shot, jobs))
    total = sum(len(jobs) for _, jobs in work)
    if not total:
        return 0
    with tqdm(total=total, unit="picture", desc="targets", smoothing=0.1) as bar:
        for shot, jobs in work:
            bar.set_postfix_str(shot.directory.name)
            for job, target in render_shot(shot, jobs, options):
                save_atomically(job.path, target.astype(np.float16))
                bar.update()
    return total


def shard(text: str) -> tuple[int, int]:
    """Parses "i/n", the i-th (from 0) of n parts."""
    try:
        index, count = (int(part) for part in text.split("/"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not i/n") from None
    if not 0 <= index < count:
        raise argparse.ArgumentTypeError(f"{text!r}: need 0 <= i < n")
    return index, count


def add_render_options(parser: argparse.ArgumentParser) -> None:
    """The options that decide what a target looks like."""
    parser.add_argument("--spp", type=int, default=64, help="samples a pixel of target.npy (default 64)")
    parser.add_argument(
        "--full-spp", type=int, default=32, help="samples a pixel of target-full.npy (default 32)"
    )
    parser.add_argument("--max-depth", type=int, default=16, help="most edges of a path (default 16)")
    parser.add_argument(
        "--clamp",
        type=float,
        default=400.0,
        help="limit of an indirect sample in units of the mean lighting (default 400)",
    )
    parser.add_argument("--no-denoise", action="store_true", help="keep the noise")
    parser.add_argument("--seed", type=int, default=0)


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of shots, or one shot")
    add_render_options(parser)
    parser.add_argument(
        "--shard", type=shard, default=(0, 1), metavar="i/n", help="render only this part of the frames"
    )
    parser.add_argument("--watch", action="store_true", help="wait for new shots until DATA/complete exists")
    options = parser.parse_args()
    if not options.data.is_dir() and not options.watch:
        parser.error(f"{options.data} is not a folder")
    while True:
        # Looked up before the scan: a shot that lands in between is then still found.
        is_last = not options.watch or (options.data / "complete").exists()
        rendered = render_missing(options.data, options)
        if is_last:
            break
        if not rendered:
            time.sleep(POLL_S)


if __name__ == "__main__":
    main()
