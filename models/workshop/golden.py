"""Writes the golden vectors that every language's version of the maths is tested against."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from .closed_form import CASES, Case, direct_radiance, energy_table
from .color import decode_lighting, display, encode_lighting, luminance
from .features import INPUTS, network_inputs, network_outputs
from .golden_history import history_case
from .material import material_factor
from .network import CANDIDATES, compose

GOLDEN_DIRECTORY = Path(__file__).resolve().parents[2] / "tests" / "golden"
ROWS = 32
#: Where the calibration surfaces are looked at; on the sphere, the directions from its centre.
PLANE_POINTS = ((0, 0, 0), (-0.8, 0, 0.4), (0.5, 0, -0.5), (-0.5, 0, -0.8), (0.3, 0, 0.9))
SPHERE_NORMALS = ((0, 0.3, 1), (-0.5, 0.6, 0.8), (-0.3, 0.2, 1), (-0.7, 0.3, 0.6), (-0.2, 0.8, 0.6))


def material_rows(seed: int = 1) -> list[dict]:
    """Seeded material inputs with their factor M, corner cases first."""
    random = np.random.default_rng(seed)
    values = random.random((ROWS, 6)).round(6)
    values[:4, 3:] = [[0, 0, 0], [1, 0, 1], [0, 1, 0.5], [1, 1, 0]]
    values[4, :3] = 0.0
    rows = []
    factors = material_factor(values[:, :3], values[:, 3], values[:, 4], values[:, 5])
    for (*albedo, metalness, roughness, n_dot_v), factor in zip(values.tolist(), factors, strict=True):
        rows.append(
            {
                "albedo": albedo,
                "metalness": metalness,
                "roughness": roughness,
                "nDotV": n_dot_v,
                "factor": factor.tolist(),
            }
        )
    return rows


def color_rows(seed: int = 2) -> list[dict]:
    """Seeded linear colours with their luminance, log encoding and display value; corner cases first."""
    random = np.random.default_rng(seed)
    colors = (2.0 ** random.uniform(-8, 5, (ROWS, 3))).round(6)
    exposures = (2.0 ** random.uniform(-4, 4, ROWS)).round(6)
    colors[0], colors[1], colors[2] = 0.0, 500.0, 0.18
    rows = []
    for linear, exposure in zip(colors, exposures.tolist(), strict=True):
        log_lighting = encode_lighting(linear, exposure)
        rows.append(
            {
                "linear": linear.tolist(),
                "exposure": exposure,
                "luminance": float(luminance(linear)),
                "log": log_lighting.tolist(),
                "decoded": decode_lighting(log_lighting, exposure).tolist(),
                "display": display(linear).tolist(),
            }
        )
    return rows


def compose_rows(seed: int = 3) -> list[dict]:
    """Seeded network inputs and outputs of single pixels with the relit lighting that they make."""
    random = np.random.default_rng(seed)
    channels = len(network_inputs(history=False))
    inputs = random.uniform(0, 6, (ROWS, channels, 1, 1)).round(6).astype(np.float32)
    outputs = (
        random.normal(0, 2, (ROWS, len(network_outputs(history=False)), 1, 1)).round(6).astype(np.float32)
    )
    # Far below zero, and shares of nothing and of everything.
    outputs[0, :3], outputs[1, 6:], outputs[2, 6:] = -20, -30, 30
    # Lightings that agree, and a residual that leads away from them.
    firsts = [INPUTS.index(name) for name in ("lit_r", *CANDIDATES)]
    for row, away in ((3, -2), (4, 2)):
        for first in firsts:
            inputs[row, first : first + 3] = inputs[row, :3] + np.float32(0.001 * first)
        outputs[row, :3] = away
    relit = compose(torch.from_numpy(inputs), torch.from_numpy(outputs))[:, :3, 0, 0]

    def colour(row: int, name: str) -> list[float]:
        first = INPUTS.index(name)
        return inputs[row, first : first + 3, 0, 0].tolist()

    return [
        {
            "lit": colour(row, "lit_r"),
            "candidates": [colour(row, name) for name in CANDIDATES],
            "residual": outputs[row, :3, 0, 0].tolist(),
            "shares": outputs[row, 6:, 0, 0].tolist(),
            "relit": relit[row].tolist(),
        }
        for row in range(ROWS)
    ]


def calibration() -> dict:
    """The calibration scenes with the radiance of a few points, and three's energy compensation."""
    return {
        # [N·V][roughness], texel centres of a 16x16 texture.
        "energy": energy_table().astype(float).round(6).tolist(),
        "cases": [_calibration_case(case) for case in CASES],
    }


def _calibration_case(case: Case) -> dict:
    light, finish = case.light, case.finish
    points = np.array(PLANE_POINTS if case.shape == "plane" else SPHERE_NORMALS, float)
    normals = case.normals(points)
    points = normals * case.radius_m if case.shape == "sphere" else points
    return {
        "scene": case.scene,
        "shape": case.shape,
        "radiusM": case.radius_m,
        "material": {
            "albedo": list(finish.albedo),
            "metalness": finish.metalness,
            "roughness": finish.roughness,
        },
        "light": {
            "type": light.kind,
            "color": list(light.color),
            "position": list(light.position),
            "direction": list(light.direction),
            "radiusM": light.radius_m,
            "angularDiameterDeg": light.angular_diameter_deg,
            "angleRad": light.angle_rad,
            "penumbra": light.penumbra,
        },
        "eye": list(case.eye),
        "points": [
            {"position": point.tolist(), "normal": normal.tolist(), "radiance": radiance.tolist()}
            for point, normal, radiance in zip(
                points.round(6), normals.round(6), direct_radiance(case, points).round(6), strict=True
            )
        ],
    }


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=GOLDEN_DIRECTORY, help="folder of the golden files")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    files = {
        "material": material_rows(),
        "color": color_rows(),
        "compose": compose_rows(),
        "history": history_case(),
        "calibration": calibration(),
    }
    for name, content in files.items():
        (out / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
        print(out / f"{name}.json")


if __name__ == "__main__":
    main()
