"""The maths that every language shares: golden files, inverses and array libraries."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from stored import assert_current, load

from workshop import color, golden
from workshop.bsdf import make_bsdf
from workshop.llvm import mi
from workshop.material import material_factor


def column(rows: list[dict], key: str) -> np.ndarray:
    return np.array([row[key] for row in rows])


def test_golden_files_are_current() -> None:
    # Double precision, a dozen operations: ten digits leave room for the last bits alone.
    assert_current(golden.material_rows(), "material", rel=1e-10, abs_=1e-12)
    assert_current(golden.color_rows(), "color", rel=1e-10, abs_=1e-12)


@pytest.mark.parametrize("convert", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_material_factor_matches_the_golden_file(convert) -> None:
    rows = load("material")
    inputs = [convert(column(rows, key)) for key in ("albedo", "metalness", "roughness", "nDotV")]
    np.testing.assert_allclose(np.asarray(material_factor(*inputs)), column(rows, "factor"), rtol=1e-6)


def test_material_factor_of_a_rough_white_surface_is_about_one() -> None:
    factor = material_factor(np.ones(3), np.array(0.0), np.array(1.0), np.array(1.0))
    # 0.98 by integration of three's lobe; the fit may miss by 0.02.
    assert np.all((factor > 0.96) & (factor < 1.0))


@pytest.mark.parametrize("roughness", [0.1, 0.3, 0.5, 0.8])
def test_material_factor_of_metal_is_what_its_lobe_reflects(roughness: float) -> None:
    """Light from everywhere on the path tracer's own BSDF, integrated over the hemisphere."""
    albedo, n_dot_v = 0.75, 0.8
    u, v = (axis.ravel() for axis in np.meshgrid(*2 * [(np.arange(256) + 0.5) / 256]))
    sine = np.sqrt(1 - u**2)
    wi = mi.Vector3f(*(sine * np.cos(2 * np.pi * v), sine * np.sin(2 * np.pi * v), u))
    wo = mi.Vector3f(float(np.sqrt(1 - n_dot_v**2)), 0.0, n_dot_v)
    lobe = make_bsdf(mi.Color3f(albedo), mi.Float(1.0), mi.Float(roughness), wo)
    reflected = 2 * np.pi * np.mean(np.array(lobe.evaluate(wi)[0].x))
    factor = material_factor(np.full(3, albedo), np.array(1.0), np.array(roughness), np.array(n_dot_v))
    # Mean error of the fit is 0.006; a grid of 256² directions adds up to 0.01 for the narrowest lobe.
    np.testing.assert_allclose(factor, reflected, atol=0.03)


def test_material_factor_never_vanishes() -> None:
    assert np.all(material_factor(np.zeros(3), np.array(1.0), np.array(1.0), np.array(1.0)) >= 0.02)


@pytest.mark.parametrize("convert", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_color_matches_the_golden_file(convert) -> None:
    rows = load("color")
    linear, exposure = convert(column(rows, "linear")), convert(column(rows, "exposure"))[:, None]
    log_lighting = color.encode_lighting(linear, exposure)
    np.testing.assert_allclose(np.asarray(log_lighting), column(rows, "log"), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(color.decode_lighting(log_lighting, exposure)), linear, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(color.luminance(linear)), column(rows, "luminance"), rtol=1e-6)
    np.testing.assert_allclose(
        np.asarray(color.display(linear)), column(rows, "display"), rtol=1e-6, atol=1e-9
    )


def test_srgb_round_trip() -> None:
    values = np.linspace(0, 1, 257)
    np.testing.assert_allclose(color.linear_from_srgb(color.srgb_from_linear(values)), values, atol=1e-6)


def test_display_is_black_to_white() -> None:
    np.testing.assert_allclose(color.display(np.array([[0.0] * 3, [1e4] * 3])), [[0] * 3, [1] * 3], atol=2e-3)
