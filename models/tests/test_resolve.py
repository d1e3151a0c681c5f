import numpy as np
import pytest
import torch
from synthetic import GUIDE_PROJECTION, PROJECTION, surfaces

from workshop.dataset import guide_range
from workshop.resolve import (
    DEPTH_STRENGTH,
    MIN_WEIGHT,
    NORMAL_STRENGTH,
    Grids,
    Taps,
    Window,
    resolve,
    tap_costs,
    window_taps,
)
from workshop.shot import column_major

MATRIX = column_major(PROJECTION)
GUIDE_MATRIX = column_major(GUIDE_PROJECTION)


def planes(
    height: int, width: int, projection: list[float] = PROJECTION
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Normal, depth and mask of the synthetic scene."""
    image = {n: torch.from_numpy(v) for n, v in surfaces(height, width, projection).items()}
    return image["normal"][..., :3], image["motion"][..., 2], image["emissive"][..., 3]


def full_taps(low: tuple[int, int], out: tuple[int, int]) -> Taps:
    low_normal, low_depth, mask = planes(*low)
    normal, depth, _ = planes(*out, GUIDE_PROJECTION)
    costs = tap_costs(low_normal, low_depth, normal, depth, MATRIX, GUIDE_MATRIX)
    grids = Grids.of(low, out, MATRIX, GUIDE_MATRIX)
    return window_taps(costs, mask, grids, Window.full(grids))


def reference_pixel(
    lighting: np.ndarray, edges: np.ndarray, low: tuple[int, int], out: tuple[int, int], px: int, py: int
) -> np.ndarray:
    """The specification written out for one pixel, in double precision."""
    low_normal, low_depth, mask = (t.double().numpy() for t in planes(*low))
    normal, depth, _ = (t.double().numpy() for t in planes(*out, GUIDE_PROJECTION))

    def position(x: float, y: float, size: tuple[int, int], d: float, p: list[float]) -> np.ndarray:
        ndc_x, ndc_y = (x + 0.5) / size[1] * 2 - 1, 1 - (y + 0.5) / size[0] * 2
        return np.array([d * (ndc_x + p[8]) / p[0], d * (ndc_y + p[9]) / p[5], -d])

    here, n = position(px, py, out, depth[py, px], GUIDE_PROJECTION), normal[py, px]
    ray = position(px, py, out, 1, GUIDE_PROJECTION)
    qx = ((ray[0] * PROJECTION[0] - PROJECTION[8]) * 0.5 + 0.5) * low[1] - 0.5
    qy = ((ray[1] * PROJECTION[5] - PROJECTION[9]) * -0.5 + 0.5) * low[0] - 0.5
    cx = np.clip(int(np.floor(qx + 0.5)), 0, low[1] - 1)
    cy = np.clip(int(np.floor(qy + 0.5)), 0, low[0] - 1)
    o_normal, o_depth, o_width = edges[:, cy, cx]
    spatial, weights, values = [], [], []
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            tx, ty = np.clip(cx + dx, 0, low[1] - 1), np.clip(cy + dy, 0, low[0] - 1)
            near = np.exp(-2 * 2**o_width * ((tx - qx) ** 2 + (ty - qy) ** 2)) * mask[ty, tx]
            cosine = max(float(low_normal[ty, tx] @ n), 0)
            plane = abs(float(n @ (position(tx, ty, low, low_depth[ty, tx], PROJECTION) - here)))
            reject = NORMAL_STRENGTH * 2**o_normal * (1 - cosine)
            reject += DEPTH_STRENGTH * 2**o_depth * plane / max(depth[py, px], 1e-3)
            spatial.append(near)
            weights.append(near * np.exp(-reject))
            values.append(lighting[:, ty, tx])
    w = np.array(weights if sum(weights) >= MIN_WEIGHT else spatial)
    return lighting[:, cy, cx] if w.sum() == 0 else w @ np.array(values) / w.sum()


@pytest.mark.parametrize("out", [(32, 48), (48, 72), (54, 81), (64, 96), (96, 144)])
def test_matches_the_specification(out: tuple[int, int]) -> None:
    low = (32, 48)
    rng = np.random.default_rng(1)
    lighting, edges = rng.uniform(0, 4, (3, *low)), rng.uniform(-3, 3, (3, *low))
    taps = full_taps(low, out)
    actual = resolve(torch.tensor(lighting[None]).float(), torch.tensor(edges[None]).float(), taps)[0].numpy()
    _, depth, mask = planes(*out, GUIDE_PROJECTION)
    for py in range(0, out[0], 5):
        for px in range(0, out[1], 7):
            # On the sky the result is not used.
            if mask[py, px] > 0.5:
                expected = reference_pixel(lighting, edges, low, out, px, py)
                np.testing.assert_allclose(actual[:, py, px], expected, rtol=3e-3, atol=3e-3)
    assert float(depth.max()) > 1


def test_constant_lighting_stays_constant() -> None:
    taps = full_taps((32, 48), (64, 96))
    lighting = torch.tensor([0.5, 1.0, 2.0]).reshape(1, 3, 1, 1).expand(1, 3, 32, 48)
    resolved = resolve(lighting, torch.randn(1, 3, 32, 48), taps)
    torch.testing.assert_close(resolved, lighting[..., :1, :1].expand_as(resolved))


def test_a_plane_has_no_edges() -> None:
    # A tilted plane: every tap lies on it, so neither normals nor plane distance reject anything.
    def tilted(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
        normal = torch.nn.functional.normalize(torch.tensor([0.3, 0.4, 0.9]), dim=0)
        ndc_x = (torch.arange(width) + 0.5) / width * 2 - 1
        ndc_y = 1 - (torch.arange(height) + 0.5) / height * 2
        x, y = (ndc_x + PROJECTION[8]) / PROJECTION[0], (ndc_y + PROJECTION[9]) / PROJECTION[5]
        slope = normal[0] * x[None] + normal[1] * y[:, None] - normal[2]
        return normal.expand(height, width, 3), -3 / slope

    (low_normal, low_depth), (normal, depth) = tilted(16, 24), tilted(32, 48)
    normal_cost, depth_cost = tap_costs(low_normal, low_depth, normal, depth, MATRIX, MATRIX)
    assert 2 < float(depth.min()) < float(depth.max()) < 20
    assert normal_cost.max() < 1e-3
    assert depth_cost.max() < 1e-2


def test_same_size_with_a_narrow_kernel_is_the_identity() -> None:
    low_normal, low_depth, mask = planes(32, 48)
    costs = tap_costs(low_normal, low_depth, low_normal, low_depth, MATRIX, MATRIX)
    grids = Grids((32, 48), (32, 48))
    taps = window_taps(costs, mask, grids, Window.full(grids))
    lighting = torch.rand(1, 3, 32, 48)
    narrow = torch.zeros(1, 3, 32, 48)
    narrow[:, 2] = 4
    surface = mask > 0.5
    resolved = resolve(lighting, narrow, taps)
    torch.testing.assert_close(resolved[..., surface], lighting[..., surface], atol=1e-6, rtol=0)


def test_lighting_does_not_cross_a_depth_edge() -> None:
    # Left half 2 m away and lit, right half 6 m away and dark, both facing the camera.
    depth = torch.cat((torch.full((16, 12), 2.0), torch.full((16, 12), 6.0)), 1)
    facing = torch.tensor([0.0, 0.0, 1.0]).expand(16, 24, 3)
    full_depth = depth.repeat_interleave(2, 0).repeat_interleave(2, 1)
    full_facing = torch.tensor([0.0, 0.0, 1.0]).expand(32, 48, 3)
    costs = tap_costs(facing, depth, full_facing, full_depth, MATRIX, MATRIX)
    grids = Grids((16, 24), (32, 48))
    taps = window_taps(costs, torch.ones(16, 24), grids, Window.full(grids))
    lit = (depth < 3).float().expand(1, 3, 16, 24)
    resolved = resolve(lit, torch.zeros(1, 3, 16, 24), taps)[0, 0]
    torch.testing.assert_close(resolved, (full_depth < 3).float(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("out", [(64, 96), (54, 82)])
def test_a_window_agrees_with_the_whole_image(out: tuple[int, int]) -> None:
    low, (y, x), (height, width) = (32, 48), (8, 13), (16, 32)
    low_normal, low_depth, mask = planes(*low)
    normal, depth, _ = planes(*out, GUIDE_PROJECTION)
    costs = tap_costs(low_normal, low_depth, normal, depth, MATRIX, GUIDE_MATRIX)
    grids = Grids.of(low, out, MATRIX, GUIDE_MATRIX)
    (oy, oh), (ox, ow) = guide_range(y, height, low[0], out[0]), guide_range(x, width, low[1], out[1])
    taps = window_taps(costs, mask, grids, Window(oy, ox, oh, ow, y, x, height, width))
    lighting, edges = torch.rand(1, 3, *low), torch.randn(1, 3, *low)
    whole = resolve(lighting, edges, window_taps(costs, mask, grids, Window.full(grids)))
    part = resolve(
        lighting[..., y : y + height, x : x + width], edges[..., y : y + height, x : x + width], taps
    )
    inner = (slice(None), slice(None), slice(3, -3), slice(3, -3))
    torch.testing.assert_close(part[inner], whole[..., oy : oy + oh, ox : ox + ow][inner])


def test_gradients_reach_lighting_and_edges() -> None:
    taps = full_taps((16, 24), (32, 48))
    lighting = torch.rand(1, 3, 16, 24, requires_grad=True)
    edges = torch.zeros(1, 3, 16, 24, requires_grad=True)
    resolve(lighting, edges, taps).pow(2).sum().backward()
    for gradient in (lighting.grad, edges.grad):
        assert torch.isfinite(gradient).all()
        assert gradient.abs().sum() > 0
