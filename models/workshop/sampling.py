"""Random numbers and the warps from the unit square, on Dr.Jit arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .llvm import dr, mi

Float, UInt, Vector2, Vector3 = mi.Float, mi.UInt32, mi.Vector2f, mi.Vector3f


@dataclass
class Sampler:
    """Owen-scrambled Sobol points, decorrelated between pixels and between dimensions.

    Burley, "Practical Hash-based Owen Scrambling" (JCGT 2020). Successive samples of one pixel are
    well spread, which halves the noise of white noise at 64 samples.
    """

    index: UInt  # number of the sample in its pixel
    pixel: UInt  # hash of pixel and seed

    def next_2d(self, dimension: UInt) -> Vector2:
        """Point of [0,1)² of a dimension pair."""
        seed = mix_bits(self.pixel ^ mix_bits(dimension + 0x9E3779B9))
        shuffled = dr.brev(_permute(dr.brev(self.index), seed))
        x = _permute(shuffled, mix_bits(seed ^ 0x68BC21EB))
        y = _permute(_second_sobol(shuffled), mix_bits(seed ^ 0x02E5BE93))
        return Vector2(_unit(dr.brev(x)), _unit(dr.brev(y)))


def mix_bits(x: UInt) -> UInt:
    """Integer hash (lowbias32)."""
    x = UInt(x)
    x = (x ^ (x >> 16)) * UInt(0x7FEB352D)
    x = (x ^ (x >> 15)) * UInt(0x846CA68B)
    return x ^ (x >> 16)


def _permute(x: UInt, seed: UInt) -> UInt:
    """Laine-Karras permutation: an Owen scramble of bit-reversed values, with Vegdahl's constants."""
    x = x ^ (x * UInt(0x3D20ADEA))
    x = x + seed
    x = x * ((seed >> 16) | UInt(1))
    x = x ^ (x * UInt(0x05526C56))
    return x ^ (x * UInt(0x53A22864))


def _second_sobol(x: UInt) -> UInt:
    """Second Sobol dimension, bits reversed: Pascal's triangle modulo 2 times the index."""
    for shift, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF), (16, 0x0000FFFF)):
        x = x ^ ((x >> shift) & UInt(mask))
    return x


def _unit(x: UInt) -> Float:
    return Float(x >> 8) * Float(2.0**-24)


def disc(u: Vector2) -> Vector2:
    """Uniform point of the unit disc."""
    radius, angle = dr.sqrt(u.x), 2 * np.pi * u.y
    sin, cos = dr.sincos(angle)
    return Vector2(radius * cos, radius * sin)


def cosine_hemisphere(u: Vector2) -> Vector3:
    """Direction around +z with density cos / pi."""
    point = disc(u)
    return Vector3(point.x, point.y, dr.safe_sqrt(1 - u.x))


def cone(u: Vector2, one_minus_cos: Float) -> Vector3:
    """Uniform direction in a cone around +z."""
    height = u.x * one_minus_cos  # 1 - cos of the sample, exact for narrow cones
    radius = dr.safe_sqrt(height * (2 - height))
    sin, cos = dr.sincos(2 * np.pi * u.y)
    return Vector3(radius * cos, radius * sin, 1 - height)


def triangle(u: Vector2) -> Vector2:
    """Barycentric coordinates of the second and third corner, uniform over the area."""
    root = dr.sqrt(u.x)
    return Vector2(root * (1 - u.y), root * u.y)


def ggx_visible_normal(wo: Vector3, alpha: Float, u: Vector2) -> Vector3:
    """Microfacet normal seen from `wo`.

    Dupuy and Benyoub, "Sampling Visible GGX Normals with Spherical Caps" (2023).
    """
    stretched = dr.normalize(Vector3(alpha * wo.x, alpha * wo.y, wo.z))
    sin, cos = dr.sincos(2 * np.pi * u.x)
    z = (1 - u.y) * (1 + stretched.z) - stretched.z
    radius = dr.safe_sqrt(1 - z * z)
    half = Vector3(radius * cos, radius * sin, z) + stretched
    return dr.normalize(Vector3(alpha * half.x, alpha * half.y, dr.maximum(half.z, 1e-7)))
