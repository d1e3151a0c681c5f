import numpy as np
import pytest
import torch
from synthetic import IDENTITY, PROJECTION, lighting, rays, surfaces

from workshop import features
from workshop.color import luminance
from workshop.material import material_factor
from workshop.shot import Camera, column_major

SIZE = (32, 48)


def camera(matrix_world: list[float] = IDENTITY) -> Camera:
    projection = column_major(PROJECTION)
    return Camera(column_major(matrix_world), projection, projection, projection)


@pytest.fixture
def images() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    low = surfaces(*SIZE)
    lights = ("light", "unshadowed", "probe", "ao", "lit", "mirror", "bounce")
    noise = {n: rng.uniform(0, 1, (*SIZE, 4)).astype(np.float32) for n in lights}
    return noise | {n: low[n] for n in ("albedo", "normal", "motion", "emissive")}


def channel(packed: np.ndarray, name: str) -> np.ndarray:
    return packed[features.INPUTS.index(name)]


def test_channels_follow_the_specification(images: dict[str, np.ndarray]) -> None:
    e = 0.7
    packed = features.pack_inputs(images, camera(), e)
    assert packed.shape == (len(features.INPUTS), *SIZE)
    assert packed.dtype == np.float32
    surface = images["emissive"][..., 3] > 0.5
    direction = rays(*SIZE)
    view = -direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    facing = np.clip((images["normal"][..., :3] * view).sum(-1), 0, 1)
    factor = material_factor(
        images["albedo"][..., :3], images["albedo"][..., 3], images["normal"][..., 3], facing
    )
    expected = {
        "lit_g": np.log2(1 + 4 * e * images["lit"][..., 1]),
        "visibility": images["light"][..., 3],
        "unshadowed": np.log2(1 + 4 * e * luminance(images["unshadowed"][..., :3]) / luminance(factor)),
        "probe_b": np.log2(1 + 4 * e * images["probe"][..., 2]),
        "albedo_r": images["albedo"][..., 0],
        "normal_z": images["normal"][..., 2],
        "up": images["normal"][..., 1],
        "roughness": images["normal"][..., 3],
        "metalness": images["albedo"][..., 3],
        "mirror_b": np.log2(1 + 4 * e * images["mirror"][..., 2]),
        "mirror_hit": images["mirror"][..., 3],
        "bounce_r": np.log2(1 + 4 * e * images["bounce"][..., 0]),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(
            channel(packed, name)[surface], values[surface], rtol=2e-4, atol=2e-4, err_msg=name
        )


def test_background_has_nothing(images: dict[str, np.ndarray]) -> None:
    packed = features.pack_inputs(images, camera(), 1.0)
    sky = images["emissive"][..., 3] < 0.5
    assert sky.any()
    assert not packed[:, sky].any()
    assert packed[:, ~sky].any(axis=0).all()


def test_up_is_the_world_normal_of_a_rolled_camera(images: dict[str, np.ndarray]) -> None:
    # A camera rolled by 90 degrees: its x axis is the world's y axis.
    rolled = [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    packed = features.pack_inputs(images, camera(rolled), 1.0)
    np.testing.assert_allclose(channel(packed, "up"), channel(packed, "normal_x"), atol=1e-6)


def test_uniform_light_level_cancels_against_the_exposure(images: dict[str, np.ndarray]) -> None:
    brighter = dict(images)
    for name in ("light", "unshadowed", "lit", "probe", "emissive", "mirror", "bounce"):
        brighter[name] = images[name].copy()
        brighter[name][..., :3] *= 8
    before = features.pack_inputs(images, camera(), 1.0)
    after = features.pack_inputs(brighter, camera(), 1 / 8)
    np.testing.assert_allclose(before, after, rtol=1e-4, atol=1e-5)


def test_padding_repeats_the_edge() -> None:
    padded = features.pad_to_alignment(torch.arange(90.0).reshape(1, 1, 90, 1).expand(1, 28, 90, 160))
    assert padded.shape == (1, 28, 96, 160)
    assert (padded[..., 90:, :] == 89).all()


def test_auto_exposure_is_one_over_the_mean_luminance() -> None:
    position = surfaces(*SIZE)["position"]
    mask = torch.from_numpy(position[..., 3])
    lit = torch.from_numpy(lighting(position, 2.0)[..., :3])
    mean = float(luminance(lit)[mask > 0.5].mean())
    assert features.auto_exposure(lit, mask) == pytest.approx(1 / mean, rel=1e-4)
