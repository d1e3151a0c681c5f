"""A small pair of frames with its reprojected history, which shader and training are both tested against."""

from __future__ import annotations

import numpy as np
import torch

from .history import View, Warp, add_indirect, find_warp, warp_back
from .shot import Camera

#: Low-res and output (height, width); their ratio is not the same each way.
SIZE, OUTPUT_SIZE = (9, 14), (18, 27)
#: A wall behind a floor, and a card in front of both that moves to the right.
WALL_Z, FLOOR_Y, CARD_Z = -5.0, -1.0, -3.0
CARD_STEP = 0.35
EXPOSURES = (1.4, 0.9)


def camera(position: tuple[float, float, float], yaw: float, jitter: tuple[float, float]) -> Camera:
    """Camera turned about the vertical; jitter in low-res pixels as the page's `jitterOffset`."""
    world = np.eye(4)
    world[:3, :3] = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    world[:3, 3] = position
    plain = np.array([[1.2, 0, 0, 0], [0, 1.8, 0, 0], [0, 0, -1, -0.1], [0, 0, -1, 0]], float)
    jittered = plain.copy()
    jittered[:2, 2] = 2 * jitter[0] / SIZE[1], 2 * jitter[1] / SIZE[0]
    return Camera(world, jittered, jittered, plain)


def trace(eye: Camera, card_x: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """World position (h,w,3) and normal (h,w,3) of what each pixel shows, and 1 on the card (h,w)."""
    height, width = SIZE
    p = eye.projection
    x = ((np.arange(width) + 0.5) / width * 2 - 1 + p[0, 2]) / p[0, 0]
    y = (1 - (np.arange(height) + 0.5) / height * 2 + p[1, 2]) / p[1, 1]
    ray = np.stack(np.broadcast_arrays(x[None], y[:, None], -1.0), -1) @ eye.matrix_world[:3, :3].T
    origin = eye.matrix_world[:3, 3]
    wall, card = ((z - origin[2]) / ray[..., 2] for z in (WALL_Z, CARD_Z))
    floor = (FLOOR_Y - origin[1]) / np.minimum(ray[..., 1], -1e-6)
    place = origin + ray * card[..., None]
    on_card = (np.abs(place[..., 0] - card_x) < 0.6) & (np.abs(place[..., 1] - 0.1) < 0.6)
    on_floor = ~on_card & (floor < wall)
    distance = np.where(on_card, card, np.where(on_floor, floor, wall))
    normal = np.where(on_floor[..., None], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0])
    return origin + ray * distance[..., None], normal, on_card


def view(eye: Camera, position: np.ndarray, normal: np.ndarray) -> View:
    to_view = np.linalg.inv(eye.matrix_world)
    depth_m = -(position @ to_view[2, :3] + to_view[2, 3])
    turned = normal @ to_view[:3, :3].T
    return View(torch.from_numpy(turned).float(), torch.from_numpy(depth_m).float(), eye)


def pixels(eye: Camera, position: np.ndarray) -> np.ndarray:
    """Output pixels (h,w,2) of world positions, y down, unjittered."""
    clip = np.concatenate((position, np.ones((*SIZE, 1))), -1) @ np.linalg.inv(eye.matrix_world).T
    clip = clip @ eye.unjittered_projection.T
    ndc = clip[..., :2] / clip[..., 3:]
    return (ndc * [0.5, -0.5] + 0.5) * OUTPUT_SIZE[::-1]


def frame_pair() -> tuple[View, View, np.ndarray, np.ndarray]:
    """This frame, the last one, the motion (h,w,2) in output pixels, and this frame's world positions."""
    eyes = camera((0.2, 0.1, -0.25), 0.04, (0.3, -0.2)), camera((0, 0, 0), 0, (-0.4, 0.1))
    (place, normal, on_card), (place_before, normal_before, _) = (
        trace(eye, card_x) for eye, card_x in zip(eyes, (CARD_STEP, 0.0), strict=True)
    )
    came_from = place - on_card[..., None] * [CARD_STEP, 0, 0]
    motion = pixels(eyes[1], came_from) - pixels(eyes[0], place)
    return view(eyes[0], place, normal), view(eyes[1], place_before, normal_before), motion, place


def history_case(seed: int = 4) -> dict:
    """Inputs and result of the history stage; images are lists of rows of texels, matrices column-major."""
    now, before, motion, _ = frame_pair()
    motion = torch.from_numpy(motion).float()
    random = np.random.default_rng(seed)
    # Indirect light is what is more than the direct light, and may be less.
    indirect = torch.from_numpy(random.uniform(-2, 20, (1, 3, *SIZE))).float()
    direct = torch.from_numpy(random.uniform(1, 20, (1, 3, *SIZE))).float()
    warp = Warp.stack([find_warp(now, before, motion, OUTPUT_SIZE)])
    moved, validity = warp_back(indirect, warp)
    ratio = EXPOSURES[0] / EXPOSURES[1]
    moved = add_indirect(direct, moved, torch.tensor([ratio])) * (validity > 0)

    def texels(*parts: torch.Tensor) -> list:
        return torch.cat(parts, -1).reshape(-1, 4).numpy().astype(float).round(6).tolist()

    none = torch.zeros(*SIZE, 1)
    to_before = np.linalg.inv(before.camera.matrix_world) @ now.camera.matrix_world
    shift = [(c.projection - c.unjittered_projection)[:2, 2] for c in (now.camera, before.camera)]
    return {
        "size": SIZE[::-1],
        "outputSize": OUTPUT_SIZE[::-1],
        "motion": texels(motion, now.depth_m[..., None], none),
        "normal": texels(now.normal, none),
        "direct": texels(direct[0].permute(1, 2, 0), none),
        "indirectBefore": texels(indirect[0].permute(1, 2, 0), before.depth_m[..., None]),
        "normalBefore": texels(before.normal, none),
        "projection": terms(now.camera),
        "projectionBefore": terms(before.camera),
        "toBefore": to_before.T.round(9).ravel().tolist(),
        "shiftPx": ((shift[0] - shift[1]) * [SIZE[1] / 2, -SIZE[0] / 2]).round(9).tolist(),
        "exposureRatio": ratio,
        "history": texels(torch.cat((moved, validity), 1)[0].permute(1, 2, 0)),
    }


def terms(eye: Camera) -> list[float]:
    """(P0, P5, P8, P9) of the jittered projection."""
    p = eye.projection
    return [float(value) for value in (p[0, 0], p[1, 1], p[0, 2], p[1, 2])]
