"""Linear lighting to the network's log range and to the display; the same maths as src/core/color.ts.

Every function takes NumPy arrays or torch tensors; colours have a last axis of 3, linear Rec.709.
"""

from __future__ import annotations

from .material import Array, _library, clamp, exp2

LUMINANCE = (0.2126, 0.7152, 0.0722)
LOG_GAIN = 4.0

# Rows of the matrices in three r187's acesFilmicToneMapping (ToneMappingFunctions.js).
ACES_INPUT = ((0.59719, 0.35458, 0.04823), (0.07600, 0.90834, 0.01566), (0.02840, 0.13383, 0.83777))
ACES_OUTPUT = ((1.60475, -0.53108, -0.07367), (-0.10208, 1.10813, -0.00605), (-0.00327, -0.07276, 1.07602))
ACES_EXPOSURE_BIAS = 0.6


def luminance(rgb: Array) -> Array:
    """Rec.709 luminance of the last axis, which is dropped."""
    return LUMINANCE[0] * rgb[..., 0] + LUMINANCE[1] * rgb[..., 1] + LUMINANCE[2] * rgb[..., 2]


def encode_lighting(lighting: Array, exposure: Array | float) -> Array:
    """Linear lighting L to the network's log2(1 + 4 e L)."""
    return _library(lighting).log2(1.0 + LOG_GAIN * exposure * lighting)


def decode_lighting(log_lighting: Array, exposure: Array | float) -> Array:
    """Inverse of encode_lighting."""
    return (exp2(log_lighting) - 1.0) / (LOG_GAIN * exposure)


def aces_filmic(rgb: Array, exposure: float = 1.0) -> Array:
    """Linear radiance to display-linear [0, 1] as three's ACESFilmicToneMapping."""
    rgb = _multiply(ACES_INPUT, rgb * (exposure / ACES_EXPOSURE_BIAS))
    fitted = (rgb * (rgb + 0.0245786) - 0.000090537) / (rgb * (rgb * 0.983729 + 0.4329510) + 0.238081)
    return clamp(_multiply(ACES_OUTPUT, fitted), 0.0, 1.0)


def srgb_from_linear(rgb: Array) -> Array:
    """sRGB transfer function on [0, 1]."""
    library = _library(rgb)
    # The power has an infinite slope at 0, which would poison gradients of the unused branch.
    high = 1.055 * clamp(rgb, 0.0031308, None) ** (1.0 / 2.4) - 0.055
    return library.where(rgb <= 0.0031308, 12.92 * rgb, high)


def linear_from_srgb(rgb: Array) -> Array:
    """Inverse of srgb_from_linear."""
    library = _library(rgb)
    high = ((clamp(rgb, 0.04045, None) + 0.055) / 1.055) ** 2.4
    return library.where(rgb <= 0.04045, rgb / 12.92, high)


def display(rgb: Array, exposure: float = 1.0) -> Array:
    """Linear radiance to display-referred sRGB in [0, 1]."""
    return srgb_from_linear(aces_filmic(rgb, exposure))


def _multiply(rows: tuple[tuple[float, float, float], ...], rgb: Array) -> Array:
    channels = [row[0] * rgb[..., 0] + row[1] * rgb[..., 1] + row[2] * rgb[..., 2] for row in rows]
    return _library(rgb).stack(channels, -1)
