"""Material factor M that separates lighting from material colour; same maths as src/core/material.ts.

Works on NumPy arrays and torch tensors alike: colours are (..., 3), scalars (...) without that axis.
"""

from __future__ import annotations

import sys
from typing import Any

Array = Any  # numpy.ndarray or torch.Tensor

DIELECTRIC_F0 = 0.04
MIN_MATERIAL_FACTOR = 0.02


def exp2(x: Array) -> Array:
    """2**x for either array library (and for plain floats through NumPy)."""
    return _library(x).exp2(x)


def clamp(x: Array, low: float | None = None, high: float | None = None) -> Array:
    """Limits x to [low, high]; None leaves that side open."""
    return _library(x).clip(x, low, high)


def env_brdf(f0: Array, roughness: Array, n_dot_v: Array) -> Array:
    """Split-sum specular reflectance: EnvBRDFApprox, Karis, "Physically Based Shading on Mobile" (2014)."""
    rx, ry = 1.0 - roughness, 0.0425 - 0.0275 * roughness
    rz, rw = 1.04 - 0.572 * roughness, 0.022 * roughness - 0.04
    library = _library(rx)
    a004 = library.minimum(rx * rx, exp2(-9.28 * n_dot_v)) * rx + ry
    return f0 * (-1.04 * a004 + rz) + (1.04 * a004 + rw)


def material_factor(albedo: Array, metalness: Array, roughness: Array, n_dot_v: Array) -> Array:
    """M per channel, at least 0.02: radiance = M * lighting. Linear albedo, roughness as authored."""
    roughness, n_dot_v = clamp(roughness, 0.0, 1.0)[..., None], clamp(n_dot_v, 0.0, 1.0)[..., None]
    metalness = metalness[..., None]
    f0 = DIELECTRIC_F0 * (1.0 - metalness) + albedo * metalness
    factor = albedo * (1.0 - metalness) + env_brdf(f0, roughness, n_dot_v)
    return clamp(factor, MIN_MATERIAL_FACTOR, None)


def _library(x: Array) -> Any:
    # torch is looked up instead of imported: the path tracer must not pay for loading it.
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.Tensor):
        return torch
    import numpy

    return numpy
