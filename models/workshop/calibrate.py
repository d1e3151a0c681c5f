"""Compares captured calibration scenes with the path tracer; `npm run calibrate` captures them and runs this.

Direct light must agree for every kind of light; the error of the probe grid's bounced light is reported.
Writes DIR/calibration.json, prints a table, and ends with exit code 1 where a limit is exceeded.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .closed_form import CASES, Case, direct_radiance
from .color import encode_lighting
from .gltf import Model
from .material import material_factor
from .shot import Frame, Shot, load_shot

#: Largest relative error of the raw frame's direct light on a diffuse plane, mean and 95th percentile.
PLANE_LIMIT = 0.01
#: Largest mean relative error on a rough metal sphere, and of page and path tracer against the closed form.
SPHERE_LIMIT = 0.02
#: Pixels darker than this share of the brightest are left out: rounding would rule their ratios.
LIT_SHARE = 0.1
PROBE_SCENES = ("calibration-room", "calibration-courtyard")
IMAGES = ("light", "albedo", "normal", "motion", "probe", "emissive", "ao")


@dataclass(frozen=True)
class Capture:
    """First frame of a captured shot."""

    shot: Shot
    frame: Frame
    images: dict[str, np.ndarray]  # (height, width, 4) float64

    @classmethod
    def load(cls, directory: Path) -> Capture:
        shot = load_shot(directory)
        frame = shot.frames[0]
        folder = directory / frame.folder_name
        return cls(shot, frame, {name: np.load(folder / f"{name}.npy").astype(np.float64) for name in IMAGES})

    def rays(self) -> np.ndarray:
        """View-space unit directions (height, width, 3) through the pixel centres."""
        (width, height), projection = self.shot.input_size, self.frame.camera.projection
        x = ((np.arange(width) + 0.5) / width * 2 - 1 + projection[0, 2]) / projection[0, 0]
        y = (1 - (np.arange(height) + 0.5) / height * 2 + projection[1, 2]) / projection[1, 1]
        rays = np.stack(np.broadcast_arrays(x[None, :], y[:, None], -1.0), axis=-1)
        return rays / np.linalg.norm(rays, axis=-1, keepdims=True)

    def material_factor(self) -> np.ndarray:
        """M (height, width, 3)."""
        albedo, normal = self.images["albedo"], self.images["normal"]
        facing = np.clip(-(normal[..., :3] * self.rays()).sum(axis=-1), 0, 1)
        return material_factor(albedo[..., :3], albedo[..., 3], normal[..., 3], facing)


@dataclass(frozen=True)
class TraceOptions:
    """What the path tracer renders; `is_analytic_only` leaves out the sky and everything that glows."""

    spp: int
    max_depth: int = 2
    is_analytic_only: bool = True
    seed: int = 0


def trace(capture: Capture, options: TraceOptions) -> tuple[np.ndarray, np.ndarray]:
    """Path-traced lighting L (height, width, 3), and where both renderers see the same surface."""
    # Imported late: --help must not need the path tracer.
    from .render import RenderOptions, Scene, render_lighting_and_depth
    from .targets import valid_mask

    shot, frame = capture.shot, capture.frame
    model, environment = shot.load_model(), shot.load_environment()
    if options.is_analytic_only:
        model, environment, frame = _without_glow(model), None, replace(frame, emissive={})
    quality = RenderOptions(options.seed, has_denoiser=False, max_depth=options.max_depth, clamp=1e9)
    scene = Scene(model, environment)
    lighting, depth_m = render_lighting_and_depth(scene, frame, shot.input_size, options.spp, quality)
    mask = valid_mask(lighting[..., 3], depth_m, capture.images["motion"][..., 2])
    return lighting[..., :3].astype(np.float64), mask > 0


def _without_glow(model: Model) -> Model:
    return replace(model, materials=tuple(replace(m, emissive=(0.0, 0.0, 0.0)) for m in model.materials))


def relative_errors(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Sum of the channels' differences over the sum of the reference's, pixel by pixel."""
    return np.abs(values - reference).sum(axis=-1) / np.maximum(reference.sum(axis=-1), 1e-12)


def compare_direct(capture: Capture, case: Case, spp: int) -> dict:
    """Errors of the raw frame's direct light on one surface."""
    traced, is_valid = trace(capture, TraceOptions(spp))
    factor = capture.material_factor()
    light = capture.images["light"][..., :3] / factor
    level = traced.sum(axis=-1)
    is_lit = is_valid & (level > LIT_SHARE * level[is_valid].max())
    errors = relative_errors(light, traced)[is_lit]
    exact = direct_radiance(case, _surface(capture, case)) / factor
    return {
        "scene": case.scene,
        "pixels": int(is_lit.sum()),
        "mean": float(errors.mean()),
        "p95": float(np.percentile(errors, 95)),
        "bias": float(light[is_lit].sum() / traced[is_lit].sum() - 1),
        # Page and path tracer against the closed form.
        "closedMean": float(relative_errors(light, exact)[is_lit].mean()),
        "tracerMean": float(relative_errors(traced, exact)[is_lit].mean()),
    }


def _surface(capture: Capture, case: Case) -> np.ndarray:
    """Points (height, width, 3) that the pixels see."""
    to_world = capture.frame.camera.matrix_world
    eye, rays = to_world[:3, 3], capture.rays() @ to_world[:3, :3].T
    if case.shape == "plane":
        distance = -eye[1] / np.minimum(rays[..., 1], -1e-6)
    else:
        along = (rays * eye).sum(axis=-1)
        distance = -along - np.sqrt(np.maximum(along**2 - eye @ eye + case.radius_m**2, 0))
    return eye + rays * distance[..., None]


def compare_probes(capture: Capture, spp: int, max_depth: int) -> dict:
    """Errors of the probe grid against path-traced light that is not an analytic light's first hit."""
    direct, is_valid = trace(capture, TraceOptions(max(spp // 8, 1)))
    # Two independent halves tell how much of the error is the reference's own noise.
    halves = []
    for seed in (1, 2):
        lighting, _ = trace(
            capture, TraceOptions(max(spp // 2, 1), max_depth, is_analytic_only=False, seed=seed)
        )
        halves.append((lighting - direct)[is_valid])
    reference = np.maximum((halves[0] + halves[1]) / 2, 0)
    probe, occlusion = (capture.images[name][is_valid] for name in ("probe", "ao"))
    return {
        "scene": capture.shot.scene,
        "pixels": int(is_valid.sum()),
        "meanLighting": float(reference.mean()),
        "referenceNoise": float(relative_errors(halves[0], halves[1]).mean() / 2),
        "probe": _probe_errors(probe[:, :3], reference, capture.frame.exposure),
        "probeOccluded": _probe_errors(probe[:, :3] * occlusion[:, :1], reference, capture.frame.exposure),
    }


def _probe_errors(values: np.ndarray, reference: np.ndarray, exposure: float) -> dict:
    log_values, log_reference = (encode_lighting(x, exposure) for x in (values, reference))
    rmse = float(np.sqrt(np.mean((log_values - log_reference) ** 2)))
    errors = relative_errors(values, reference)
    return {
        "mean": float(errors.mean()),
        "median": float(np.median(errors)),
        "bias": float(values.sum() / reference.sum() - 1),
        # The peak is the brightest value of the reference on the network's scale.
        "psnr": float(20 * np.log10(log_reference.max() / rmse)),
        "correlation": float(np.corrcoef(log_values.ravel(), log_reference.ravel())[0, 1]),
    }


def failures(direct: list[dict]) -> list[str]:
    """What exceeds its limit, in words."""
    found = []
    for row in direct:
        is_plane = "-plane-" in row["scene"]
        limits = {"mean": PLANE_LIMIT if is_plane else SPHERE_LIMIT, "closedMean": PLANE_LIMIT}
        limits |= {"tracerMean": PLANE_LIMIT, **({"p95": PLANE_LIMIT} if is_plane else {})}
        found += [
            f"{row['scene']}: {name} {row[name]:.2%} is more than {limit:.0%}"
            for name, limit in limits.items()
            if not row[name] <= limit
        ]
    return found


def print_report(direct: list[dict], probes: list[dict]) -> None:
    """Tables of both parts."""
    columns = ("mean", "p95", "bias", "closedMean", "tracerMean")
    print(f"{'direct light':32}" + "".join(f"{name:>15}" for name in columns))
    for row in direct:
        print(f"{row['scene']:32}" + "".join(f"{row[name]:15.2%}" for name in columns))
    print(
        f"\n{'bounced light and sky':32}"
        + "".join(f"{n:>13}" for n in ("mean", "median", "bias", "PSNR", "corr"))
    )
    for row in probes:
        for name, label in (("probe", ""), ("probeOccluded", " x AO")):
            e = row[name]
            print(
                f"{row['scene'] + label:32}{e['mean']:13.1%}{e['median']:13.1%}{e['bias']:+13.1%}"
                f"{e['psnr']:10.1f} dB{e['correlation']:13.3f}"
                f"{row['referenceNoise']:13.1%}"
            )


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path, help="folder of the captured calibration scenes")
    parser.add_argument("--spp", type=int, default=16, help="samples a pixel of direct light (default 16)")
    parser.add_argument("--probe-spp", type=int, default=1024, help="of all light (default 1024)")
    parser.add_argument("--max-depth", type=int, default=12, help="most edges of a path (default 12)")
    options = parser.parse_args()
    names = [*(case.scene for case in CASES), *PROBE_SCENES]
    missing = [name for name in names if not (options.directory / name / "shot.json").exists()]
    if missing:
        parser.error(f"{options.directory} lacks {', '.join(missing)}")
    captures = {name: Capture.load(options.directory / name) for name in names}
    direct = [compare_direct(captures[case.scene], case, options.spp) for case in CASES]
    probes = [compare_probes(captures[name], options.probe_spp, options.max_depth) for name in PROBE_SCENES]
    print_report(direct, probes)
    found = failures(direct)
    report = {"direct": direct, "probes": probes, "failures": found}
    (options.directory / "calibration.json").write_text(json.dumps(report, indent=1) + "\n")
    if found:
        raise SystemExit("calibrate: page and path tracer disagree\n  " + "\n  ".join(found))


if __name__ == "__main__":
    main()
