"""Frame buffers to network channels. The one Python statement of the contract's input order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from . import color, material
from .shot import Camera

#: What a network with a memory is told of its last frame: relit log lighting moved here, and how valid it is.
HISTORY: tuple[str, ...] = ("history_r", "history_g", "history_b", "history_valid")

#: Channel order of the network input; the contract repeats those that its network takes.
INPUTS: tuple[str, ...] = (
    "lit_r", "lit_g", "lit_b", "visibility", "unshadowed", "probe_r", "probe_g", "probe_b",
    "albedo_r", "albedo_g", "albedo_b", "normal_x", "normal_y", "normal_z", "up",
    "roughness", "metalness",
    "mirror_r", "mirror_g", "mirror_b", "mirror_hit", "bounce_r", "bounce_g", "bounce_b",
    *HISTORY,
)  # fmt: skip


def network_inputs(history: bool) -> tuple[str, ...]:
    """The channels that a network takes, the first of INPUTS."""
    return INPUTS if history else INPUTS[: -len(HISTORY)]


#: Channel order of the network output.
OUTPUTS: tuple[str, ...] = (
    "residual_r", "residual_g", "residual_b", "edge_normal", "edge_depth", "edge_width",
    "mirror_share", "bounce_share", "history_share",
)  # fmt: skip


def network_outputs(history: bool) -> tuple[str, ...]:
    """The channels that a network gives, the first of OUTPUTS."""
    return OUTPUTS if history else OUTPUTS[:-1]


#: Buffers of one low-res frame, each (h,w,4).
IMAGES: tuple[str, ...] = (
    "light", "unshadowed", "albedo", "normal", "motion", "probe", "emissive", "ao", "lit", "mirror", "bounce",
)  # fmt: skip


def view_positions(depth_m: torch.Tensor, projection: np.ndarray) -> torch.Tensor:
    """View-space positions (h,w,3) of the pixel centres, from linear depth and a perspective matrix."""
    height, width = depth_m.shape[-2:]
    ndc_x = (torch.arange(width, dtype=torch.float32) + 0.5) / width * 2 - 1
    ndc_y = 1 - (torch.arange(height, dtype=torch.float32) + 0.5) / height * 2
    slope_x = (ndc_x + float(projection[0, 2])) / float(projection[0, 0])
    slope_y = (ndc_y + float(projection[1, 2])) / float(projection[1, 1])
    return torch.stack((depth_m * slope_x[None, :], depth_m * slope_y[:, None], -depth_m), -1)


def facing(normal: torch.Tensor, projection: np.ndarray) -> torch.Tensor:
    """NoV (h,w) of view-space normals (h,w,3+) seen through the projection, clamped to [0,1]."""
    position = view_positions(torch.ones(normal.shape[:2]), projection)
    toward_eye = -F.normalize(position, dim=-1)
    return (normal[..., :3] * toward_eye).sum(-1).clamp(0, 1)


def material_of(albedo: torch.Tensor, normal: torch.Tensor, projection: np.ndarray) -> torch.Tensor:
    """Material factor M (h,w,3) from the albedo and normal buffers."""
    return material.material_factor(
        albedo[..., :3], albedo[..., 3], normal[..., 3], facing(normal, projection)
    )


def auto_exposure(lit: torch.Tensor, mask: torch.Tensor) -> float:
    """Network exposure e of a frame: one over the mean luminance of lit L on its surfaces."""
    surface = color.luminance(lit) * mask
    return 1.0 / max(float(surface.sum() / mask.sum().clamp(min=1)), 1e-6)


@dataclass
class Lights:
    """Everything a channel pack needs that scales with the light; (N,h,w,C)."""

    lit: torch.Tensor
    #: Lit with what the mirror ray hits, and with near light from the gather.
    mirror: torch.Tensor
    bounce: torch.Tensor
    probe: torch.Tensor
    #: Demodulated luminance of the direct light without shadow, (N,h,w).
    unshadowed: torch.Tensor


@dataclass
class Surface:
    """Everything a channel pack needs that does not scale with the light; (N,h,w,C) or (N,h,w)."""

    visibility: torch.Tensor
    mirror_hit: torch.Tensor
    albedo: torch.Tensor
    normal: torch.Tensor
    up: torch.Tensor
    mask: torch.Tensor


def pack_channels(lights: Lights, surface: Surface, exposure: torch.Tensor) -> torch.Tensor:
    """Batched channels of INPUTS (N,C,h,w) after a cut, i.e. without history; `exposure` is (N,)."""
    e = exposure.reshape(-1, 1, 1)
    channels = torch.cat(
        (
            color.encode_lighting(lights.lit, e[..., None]),
            surface.visibility[..., None],
            color.encode_lighting(lights.unshadowed, e)[..., None],
            color.encode_lighting(lights.probe, e[..., None]),
            surface.albedo[..., :3],
            surface.normal[..., :3],
            surface.up[..., None],
            surface.normal[..., 3:],
            surface.albedo[..., 3:],
            color.encode_lighting(lights.mirror, e[..., None]),
            surface.mirror_hit[..., None],
            color.encode_lighting(lights.bounce, e[..., None]),
        ),
        -1,
    )
    channels = torch.where(surface.mask[..., None] > 0.5, channels, 0.0)
    history = torch.zeros(*surface.mask.shape, len(HISTORY), device=channels.device)
    return torch.cat((channels, history), -1).permute(0, 3, 1, 2)


def pack_inputs(images: Mapping[str, np.ndarray], camera: Camera, exposure: float) -> np.ndarray:
    """Buffers of one frame, each (h,w,4), to the network input (C,h,w) float32, not yet padded."""
    t = {name: torch.from_numpy(np.asarray(images[name], np.float32)) for name in IMAGES}
    factor = material_of(t["albedo"], t["normal"], camera.projection)
    lights = Lights(
        lit=t["lit"][None, ..., :3],
        mirror=t["mirror"][None, ..., :3],
        bounce=t["bounce"][None, ..., :3],
        probe=t["probe"][None, ..., :3],
        unshadowed=(color.luminance(t["unshadowed"][..., :3]) / color.luminance(factor))[None],
    )
    surface = Surface(
        visibility=t["light"][None, ..., 3],
        mirror_hit=t["mirror"][None, ..., 3],
        albedo=t["albedo"][None],
        normal=t["normal"][None],
        up=world_up_of(t["normal"], camera)[None],
        mask=t["emissive"][None, ..., 3],
    )
    packed = pack_channels(lights, surface, torch.tensor([exposure], dtype=torch.float32))
    return packed[0].contiguous().numpy()


def world_up_of(normal: torch.Tensor, camera: Camera) -> torch.Tensor:
    """World-space normal y of view-space normals (...,3+)."""
    x, y, z = (float(value) for value in camera.matrix_world[1, :3])
    return normal[..., 0] * x + normal[..., 1] * y + normal[..., 2] * z


def padded_size(size: int, alignment: int = 16) -> int:
    return (size + alignment - 1) // alignment * alignment


def pad_to_alignment(inputs: torch.Tensor, alignment: int = 16) -> torch.Tensor:
    """Edge replication at the right and bottom, (N,C,h,w) to multiples of `alignment`."""
    height, width = inputs.shape[-2:]
    right, bottom = padded_size(width, alignment) - width, padded_size(height, alignment) - height
    if right == 0 and bottom == 0:
        return inputs
    return F.pad(inputs, (0, right, 0, bottom), mode="replicate")
