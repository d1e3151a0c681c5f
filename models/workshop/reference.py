"""Renders anti-aliased path-traced references of a shot: frame-NNNN/reference.exr (linear) and reference.png.

Folders in --out are numbered like the frames of shot.json. Finished frames are skipped, and with --cache
those that an earlier evaluation rendered are taken from there.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from .color import display
from .reference_cache import Quality, frame_key, keep, shot_digest, take
from .shot import Frame, Shot, load_shot
from .targets import shard


def save_exr(path: Path, radiance: np.ndarray) -> None:
    """Linear RGB (height, width, 3), top row first, as half floats; appears complete or not at all."""
    from .llvm import mi

    partial = path.with_name(f".{path.name}")
    bitmap = mi.Bitmap(np.ascontiguousarray(radiance, np.float32)).convert(
        component_format=mi.Struct.Type.Float16
    )
    bitmap.write(str(partial), mi.Bitmap.FileFormat.OpenEXR)
    partial.replace(path)


def save_png(path: Path, radiance: np.ndarray) -> None:
    """Display-referred 8-bit picture of linear radiance."""
    levels = np.round(display(np.maximum(radiance.astype(np.float64), 0)) * 255)
    Image.fromarray(levels.astype(np.uint8)).save(path)


def quality_of(shot: Shot, options: argparse.Namespace) -> Quality:
    """The render options as the cache knows them."""
    size = options.size or shot.output_size
    return Quality(size, options.spp, options.seed, options.max_depth, options.clamp, not options.no_denoise)


def take_kept(shot: Shot, frames: list[Frame], options: argparse.Namespace) -> list[Frame]:
    """Takes what the cache has and returns the frames that it has not."""
    if not options.cache:
        return frames
    digest, quality = shot_digest(shot), quality_of(shot, options)
    missing = [
        frame
        for frame in frames
        if not take(options.cache, frame_key(digest, frame, quality), options.out / frame.folder_name)
    ]
    print(f"{shot.scene}: {len(frames) - len(missing)} references kept, {len(missing)} to render", flush=True)
    return missing


def render_frames(shot: Shot, frames: list[Frame], options: argparse.Namespace) -> None:
    """Renders and saves the frames, in the cache too."""
    # Imported late: --help and a finished folder must not need the path tracer.
    from .render import RenderOptions, Scene, render_reference

    scene = Scene(shot.load_model(), shot.load_environment())
    quality = RenderOptions(
        max_depth=options.max_depth, clamp=options.clamp, has_denoiser=not options.no_denoise
    )
    # One seed for all frames: then noise does not change where nothing else does.
    quality = replace(quality, seed=(options.seed * 7919) & 0x7FFFFFFF)
    size = options.size or shot.output_size
    digest = shot_digest(shot) if options.cache else ""
    for frame in tqdm(frames, unit="frame", desc="references"):
        folder = options.out / frame.folder_name
        folder.mkdir(parents=True, exist_ok=True)
        radiance = render_reference(scene, frame, size, options.spp, quality)
        # The EXR comes last, because it marks the frame as finished.
        save_png(folder / "reference.png", radiance)
        save_exr(folder / "reference.exr", radiance)
        if options.cache:
            keep(options.cache, frame_key(digest, frame, quality_of(shot, options)), folder)


def picture_size(text: str) -> tuple[int, int]:
    """Parses WIDTHxHEIGHT."""
    try:
        width, height = (int(part) for part in text.split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT") from None
    if min(width, height) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is empty")
    return width, height


def frame_list(text: str) -> set[int]:
    """Parses 3,4."""
    return {int(part) for part in text.split(",")}


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shot", type=Path, help="folder with shot.json and scene.glb")
    parser.add_argument("--out", type=Path, required=True, help="folder for frame-NNNN/reference.{exr,png}")
    parser.add_argument("--spp", type=int, default=128, help="samples a pixel (default 128)")
    parser.add_argument("--size", type=picture_size, help="WIDTHxHEIGHT instead of the shot's output size")
    parser.add_argument("--max-depth", type=int, default=16, help="most edges of a path (default 16)")
    parser.add_argument(
        "--clamp",
        type=float,
        default=400.0,
        help="limit of an indirect sample in units of the mean lighting (default 400)",
    )
    parser.add_argument("--no-denoise", action="store_true", help="keep the noise")
    parser.add_argument(
        "--shard", type=shard, default=(0, 1), metavar="i/n", help="render every n-th frame from the i-th"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="folder that keeps references between evaluations")
    parser.add_argument("--only", type=frame_list, help="numbers of the frames, as in 3,4; default all")
    options = parser.parse_args()
    shot = load_shot(options.shot)
    index, count = options.shard
    frames = [
        frame
        for frame in shot.frames[index::count]
        if (options.only is None or frame.index in options.only)
        and not (options.out / frame.folder_name / "reference.exr").exists()
    ]
    frames = take_kept(shot, frames, options)
    if frames:
        render_frames(shot, frames, options)


if __name__ == "__main__":
    main()
