"""Material factor M that separates lighting from material colour; same maths as src/core/material.ts.

Works on NumPy arrays and torch tensors alike: colours are (..., 3), scalars (...) without that axis.
"""

from __future__ import annotations

import sys
from typing import Any

Array = Any  # numpy.ndarray or torch.Tensor

DIELECTRIC_F0 = 0.04
MIN_MATERIAL_FACTOR = 0.02
#: Share of the light that enters a dielectric and comes back coloured.
DIFFUSE_SHARE = 0.98
#: SPECULAR_FIT and FRESNEL_EXPONENTS of src/core/material.ts.
LOSS, SHADOWING = 0.72, 40.0
FRESNEL_EXPONENTS = (-5.55473, -6.98316)


def exp2(x: Array) -> Array:
    """2**x for either array library (and for plain floats through NumPy)."""
    return _library(x).exp2(x)


def clamp(x: Array, low: float | None = None, high: float | None = None) -> Array:
    """Limits x to [low, high]; None leaves that side open."""
    return _library(x).clip(x, low, high)


def fresnel_weight(cosine: Array) -> Array:
    """(1 - cosine)⁵ as three has it, a spherical Gaussian (Lagarde 2012)."""
    return exp2((FRESNEL_EXPONENTS[0] * cosine + FRESNEL_EXPONENTS[1]) * cosine)


def specular_reflectance(f0: Array, roughness: Array, n_dot_v: Array) -> Array:
    """What three's multiple-scattering GGX lobe makes of light from everywhere; see src/core/material.ts."""
    turned = roughness * (1.0 - n_dot_v)
    rim = fresnel_weight(n_dot_v) / (1.0 + SHADOWING * turned * turned * turned)
    loss = LOSS * roughness * roughness * roughness
    return f0 * (1.0 - loss * (1.0 - f0)) + (1.0 - f0) * rim


def material_factor(albedo: Array, metalness: Array, roughness: Array, n_dot_v: Array) -> Array:
    """M per channel, at least 0.02: radiance = M * lighting. Linear albedo, roughness as authored."""
    roughness, n_dot_v = clamp(roughness, 0.0, 1.0)[..., None], clamp(n_dot_v, 0.0, 1.0)[..., None]
    metalness = metalness[..., None]
    f0 = DIELECTRIC_F0 * (1.0 - metalness) + albedo * metalness
    factor = DIFFUSE_SHARE * albedo * (1.0 - metalness) + specular_reflectance(f0, roughness, n_dot_v)
    return clamp(factor, MIN_MATERIAL_FACTOR, None)


def _library(x: Array) -> Any:
    # torch is looked up instead of imported: the path tracer must not pay for loading it.
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.Tensor):
        return torch
    import numpy

    return numpy
