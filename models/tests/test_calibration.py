"""The path tracer against the closed form of the calibration scenes.

tests/gpu/calibration.test.ts holds the page to the same file, so the two agree with each other.
"""

from __future__ import annotations

import numpy as np
import pytest
from scenes import floor, look_at, model, sphere
from stored import assert_current, load

from workshop import golden
from workshop.calibrate import failures, relative_errors
from workshop.closed_form import CASES, Case
from workshop.gltf import Material
from workshop.render import RenderOptions, Scene, render_reference

RAW = RenderOptions(has_denoiser=False, max_depth=2)
GOLDEN = load("calibration")


def test_golden_file_is_current() -> None:
    assert_current(golden.calibration(), "calibration", rel=1e-5, abs_=2e-6)


@pytest.mark.parametrize(
    ("case", "entry"),
    list(zip(CASES, GOLDEN["cases"], strict=True)),
    ids=[case.scene.removeprefix("calibration-") for case in CASES],
)
def test_path_tracer_agrees_with_the_closed_form(case: Case, entry: dict) -> None:
    """Each point is a picture of its own, through an angle that sees nothing else."""
    finish = case.finish
    material = Material(finish.albedo, finish.metalness, finish.roughness)
    surface = floor(15.0) if case.shape == "plane" else sphere(case.radius_m, rings=96)
    scene = Scene(model([surface], material))
    for point in entry["points"]:
        frame = look_at(case.eye, point["position"], case.light, angle_deg=0.01)
        radiance = render_reference(scene, frame, (4, 4), 16, RAW).mean(axis=(0, 1))
        np.testing.assert_allclose(radiance, point["radiance"], rtol=0.01)
        assert min(point["radiance"]) > 0.01


def row(scene: str, **errors: float) -> dict:
    """A line of the report in which everything else is perfect."""
    return {"scene": scene, "mean": 0.0, "p95": 0.0, "closedMean": 0.0, "tracerMean": 0.0, **errors}


def test_limits_name_what_exceeds_them() -> None:
    good = [row("calibration-plane-spot", p95=0.009), row("calibration-sphere-spot", mean=0.015, p95=0.2)]
    assert failures(good) == []
    bad = [row("calibration-plane-spot", p95=0.02), row("calibration-sphere-spot", mean=float("nan"))]
    assert [text.split(" ")[:2] for text in failures(bad)] == [
        ["calibration-plane-spot:", "p95"],
        ["calibration-sphere-spot:", "mean"],
    ]


def test_relative_errors_weigh_channels_by_their_light() -> None:
    errors = relative_errors(np.array([[1.1, 1.0, 0.0]]), np.array([[1.0, 1.0, 0.0]]))
    np.testing.assert_allclose(errors, [0.05])
