"""Three r187's MeshStandardMaterial as a BSDF on Dr.Jit arrays (PhysicalLightingModel.direct)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from . import sampling
from .closed_form import ENERGY_TABLE_SIZE, MIN_ROUGHNESS, energy_table
from .llvm import dr, mi
from .material import DIELECTRIC_F0, FRESNEL_EXPONENTS

Float, Color3, Vector2, Vector3, Frame3 = mi.Float, mi.Color3f, mi.Vector2f, mi.Vector3f, mi.Frame3f

MIN_LOBE_PROBABILITY = 0.1


@dataclass
class Bsdf:
    """Scattering at one point; `wo` points to the viewer, directions are in the local frame (+z = normal)."""

    diffuse: Color3
    f0: Color3
    alpha: Float
    #: three's multiScatteringCompensation: energy that single scattering loses.
    compensation: Color3
    wo: Vector3
    specular_probability: Float

    def evaluate(self, wi: Vector3) -> tuple[Color3, Float]:
        """BRDF times cosine, and the density per solid angle with which `sample` picks `wi`."""
        half = dr.normalize(self.wo + wi)
        cos_i, cos_o = dr.maximum(wi.z, 0), self.wo.z
        cos_oh = dr.clip(dr.dot(self.wo, half), 0, 1)
        grazing = dr.exp2((FRESNEL_EXPONENTS[0] * cos_oh + FRESNEL_EXPONENTS[1]) * cos_oh)
        a2 = dr.square(self.alpha)
        # 1 - NoH² from the tangential part: the difference would cancel for a mirror.
        slope = dr.square(half.x) + dr.square(half.y) + dr.square(half.z) * a2
        distribution = a2 / (np.pi * dr.square(slope))
        reach_o = dr.sqrt(a2 + (1 - a2) * dr.square(cos_o))
        reach_i = dr.sqrt(a2 + (1 - a2) * dr.square(cos_i))
        visibility = 0.5 / dr.maximum(cos_i * reach_o + cos_o * reach_i, 1e-6)
        transmitted = 1 - (DIELECTRIC_F0 * (1 - grazing) + grazing)
        specular = (self.f0 * (1 - grazing) + grazing) * self.compensation * (distribution * visibility)
        value = (self.diffuse * (transmitted / np.pi) + specular) * cos_i
        density_specular = 0.5 * distribution / (cos_o + reach_o)
        density = dr.lerp(cos_i / np.pi, density_specular, self.specular_probability)
        is_above = wi.z > 0
        return dr.select(is_above, value, 0), dr.select(is_above, density, 0)

    def sample(self, u: Vector2, choice: Float) -> Vector3:
        """Direction to follow; may point below the surface, where `evaluate` gives 0."""
        half = sampling.ggx_visible_normal(self.wo, self.alpha, u)
        mirrored = 2 * dr.dot(self.wo, half) * half - self.wo
        return dr.select(choice < self.specular_probability, mirrored, sampling.cosine_hemisphere(u))


def make_bsdf(albedo: Color3, metalness: Float, roughness: Float, wo: Vector3) -> Bsdf:
    """BSDF of a material point; roughness as authored, `wo` in the local frame with z > 0."""
    roughness = dr.clip(roughness, MIN_ROUGHNESS, 1)
    diffuse = albedo * (1 - metalness)
    f0 = dr.lerp(Color3(DIELECTRIC_F0), albedo, metalness)
    energy = _lookup_energy(roughness, wo.z)
    specular_weight = _mean(f0) + (1 - _mean(f0)) * dr.power(1 - wo.z, 5) * (1 - roughness)
    diffuse_weight = _mean(diffuse)
    probability = specular_weight / dr.maximum(specular_weight + diffuse_weight, 1e-6)
    is_mixed = diffuse_weight > 0
    probability = dr.select(is_mixed, dr.clip(probability, MIN_LOBE_PROBABILITY, 1 - MIN_LOBE_PROBABILITY), 1)
    return Bsdf(diffuse, f0, dr.square(roughness), 1 + f0 * (1 / energy - 1), wo, probability)


@cache
def _energy_array() -> Float:
    return Float(energy_table().ravel())


def _lookup_energy(roughness: Float, n_dot_v: Float) -> Float:
    last = ENERGY_TABLE_SIZE - 1
    x = dr.clip(roughness * ENERGY_TABLE_SIZE - 0.5, 0, last)
    y = dr.clip(n_dot_v * ENERGY_TABLE_SIZE - 0.5, 0, last)
    column, row = dr.minimum(mi.UInt32(x), last - 1), dr.minimum(mi.UInt32(y), last - 1)
    fx, fy = x - Float(column), y - Float(row)
    table, index = _energy_array(), row * ENERGY_TABLE_SIZE + column
    top = dr.lerp(dr.gather(Float, table, index), dr.gather(Float, table, index + 1), fx)
    index += ENERGY_TABLE_SIZE
    bottom = dr.lerp(dr.gather(Float, table, index), dr.gather(Float, table, index + 1), fx)
    return dr.lerp(top, bottom, fy)


def _mean(color: Color3) -> Float:
    return (color.x + color.y + color.z) / 3
