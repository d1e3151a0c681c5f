"""One frame of a scene as the kernels see it: tables and opaque scalars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .llvm import dr, mi
from .tables import Geometry, Materials, Sky, opaque, upload

Bool, Float, UInt = mi.Bool, mi.Float, mi.UInt32


@dataclass(frozen=True)
class PathOptions:
    """Length and noise limits of the paths."""

    #: Most edges of a path: 2 = direct light only.
    max_depth: int = 16
    #: Largest radiance that one indirect sample may bring; smaller = fewer fireflies, darker caustics.
    clamp_indirect: float = 1e6
    #: Whether emission and sky seen by the camera count.
    has_primary_emission: bool = True
    #: False leaves emitters and sky to BSDF sampling (a check on the weights, far noisier).
    has_light_sampling: bool = True


@dataclass
class World:
    """One frame of a scene as the kernel sees it."""

    geometry: Geometry
    materials: Materials
    sky: Sky
    lights: Float
    light_count: UInt
    #: Probability of sampling the sky instead of the emissive triangles.
    sky_probability: Float
    #: 1 where there is something to sample besides the punctual lights.
    samples_area: Bool
    max_depth: UInt
    clamp_indirect: Float
    primary_emission: Float
    has_sky: Bool

    @classmethod
    def of(
        cls,
        geometry: Geometry,
        materials: Materials,
        sky: Sky,
        lights: np.ndarray,
        light_count: int,
        options: PathOptions,
    ) -> World:
        has_area = (geometry.has_emitters or sky.is_lit) and options.has_light_sampling
        probability = {(False, True): 1.0, (True, True): 0.5}.get((geometry.has_emitters, sky.is_lit), 0.0)
        return cls(
            geometry=geometry,
            materials=materials,
            sky=sky,
            lights=upload(lights),
            light_count=opaque(light_count, UInt),
            sky_probability=opaque(probability if has_area else 0.0),
            samples_area=opaque(has_area, Bool),
            max_depth=opaque(options.max_depth, UInt),
            clamp_indirect=opaque(options.clamp_indirect),
            primary_emission=opaque(float(options.has_primary_emission)),
            has_sky=opaque(sky.is_lit, Bool),
        )

    def emitter_share(self) -> Float:
        """Probability of sampling the emissive triangles."""
        return dr.select(self.samples_area, 1 - self.sky_probability, 0)
