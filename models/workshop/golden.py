"""Writes the golden vectors that every language's version of the maths is tested against."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from .color import decode_lighting, display, encode_lighting, luminance
from .material import material_factor

GOLDEN_DIRECTORY = Path(__file__).resolve().parents[2] / "tests" / "golden"
ROWS = 32


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


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=GOLDEN_DIRECTORY, help="folder of the golden files")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in (("material", material_rows()), ("color", color_rows())):
        (out / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n")
        print(f"{out / f'{name}.json'}: {len(rows)} rows")


if __name__ == "__main__":
    main()
