"""The path tracer against closed forms, quadrature and itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scenes import floor, look_down, model, quad, room, sphere

from workshop.closed_form import Finish, brdf
from workshop.flatten import pick_table
from workshop.gltf import Material, Texture
from workshop.llvm import dr
from workshop.render import RenderOptions, Scene, render_lighting, render_reference
from workshop.shot import Light
from workshop.targets import valid_mask

RAW = RenderOptions(has_denoiser=False, clamp=1e9)
SIZE = (8, 8)
UP = np.array([0.0, 1.0, 0.0])
GREY = Material((0.5, 0.5, 0.5), metalness=0.0, roughness=0.8)


def reflected(material: Material, light: np.ndarray) -> np.ndarray:
    """BRDF times cosine towards a viewer straight above; of a grey material."""
    light = light / np.linalg.norm(light, axis=-1, keepdims=True)
    finish = Finish(material.base_color, material.metalness, material.roughness)
    return brdf(finish, material.roughness, UP, UP, light)[..., 0] * light[..., 1]


def mean_radiance(scene: Scene, *lights: Light, spp: int = 64, options: RenderOptions = RAW) -> np.ndarray:
    return render_reference(scene, look_down(2.0, *lights), SIZE, spp, options).mean(axis=(0, 1))


@pytest.mark.parametrize("material", [GREY, Material((0.9, 0.9, 0.9), 1.0, 0.5)], ids=["grey", "metal"])
def test_directional_light_on_a_plane(material: Material) -> None:
    light = Light("directional", (3.0, 2.0, 1.0), direction=(0.6, -0.8, 0.0))
    expected = np.array([3.0, 2.0, 1.0]) * reflected(material, np.array([-0.6, 0.8, 0.0]))
    np.testing.assert_allclose(mean_radiance(Scene(model([floor()], material)), light), expected, rtol=0.01)


def test_point_light_on_a_plane() -> None:
    position = np.array([0.5, 1.5, 0.2])
    light = Light("point", (10.0, 10.0, 10.0), tuple(position), radius_m=0.02)
    expected = 10 / (position @ position) * reflected(GREY, position)
    np.testing.assert_allclose(mean_radiance(Scene(model([floor()], GREY)), light), expected, rtol=0.01)


@pytest.mark.parametrize(("aim_x", "share"), [(0.0, 1.0), (0.45, None), (1.2, 0.0)])
def test_spot_light_on_a_plane(aim_x: float, share: float | None) -> None:
    angle, penumbra, height = 0.5, 0.4, 1.5
    aim = np.array([aim_x, -1.0, 0.0]) / np.hypot(aim_x, 1.0)
    light = Light(
        "spot", (9.0, 9.0, 9.0), (0, height, 0), tuple(aim), 0.01, angle_rad=angle, penumbra=penumbra
    )
    if share is None:
        outer, inner = np.cos(angle), np.cos(angle * (1 - penumbra))
        t = np.clip((-aim[1] - outer) / (inner - outer), 0, 1)
        share = t * t * (3 - 2 * t)
    expected = 9 / height**2 * share * reflected(GREY, UP)
    np.testing.assert_allclose(
        mean_radiance(Scene(model([floor()], GREY)), light), expected, rtol=0.015, atol=1e-6
    )


def test_emissive_square_lights_a_plane() -> None:
    lamp = quad((0.8, 1.0, 0.0), (0.3, 0, 0), (0, 0, 0.3), 1)  # looks down
    glow = Material((0, 0, 0), 0.0, 1.0, emissive=(5.0, 5.0, 5.0))
    radiance = mean_radiance(
        Scene(model([floor(), lamp], GREY, glow)), spp=256, options=RenderOptions(0, False, 2)
    )
    grid = (np.arange(64) + 0.5) / 64 * 0.6 - 0.3
    x, z = np.meshgrid(0.8 + grid, grid)
    to_lamp = np.stack([x, np.ones_like(x), z], axis=-1)
    distance2 = (to_lamp**2).sum(axis=-1)
    solid_angle = 0.36 / 64**2 / distance2**1.5  # the lamp's cosine is 1 / distance
    np.testing.assert_allclose(radiance, (5 * reflected(GREY, to_lamp) * solid_angle).sum(), rtol=0.01)


def test_single_sided_emitters_shine_from_their_front_only() -> None:
    for is_double_sided, is_lit in ((False, False), (True, True)):
        lamp = quad((0.8, 1.0, 0.0), (0, 0, 0.3), (0.3, 0, 0), 1)  # looks up
        glow = Material((0, 0, 0), 0.0, 1.0, emissive=(5.0, 5.0, 5.0), double_sided=is_double_sided)
        radiance = mean_radiance(Scene(model([floor(), lamp], GREY, glow)))
        assert (radiance.max() > 1e-3) == is_lit


def test_emission_may_change_between_frames() -> None:
    lamp = quad((0.8, 1.0, 0.0), (0.3, 0, 0), (0, 0, 0.3), 1)
    glow = Material((0, 0, 0), 0.0, 1.0, emissive=(5.0, 5.0, 5.0))
    scene, frame = Scene(model([floor(), lamp], GREY, glow)), look_down(2.0)
    pictures = []
    for color in ((5.0, 5.0, 5.0), (10.0, 5.0, 0.0), (0.0, 0.0, 0.0)):
        # The test scenes are one node, so the floor glows along: its own emission is taken off.
        glowing = replace(frame, emissive={"mesh-0": color})
        pictures.append(render_reference(scene, glowing, SIZE, 64, RAW).mean(axis=(0, 1)) - color)
    base = render_reference(scene, frame, SIZE, 64, RAW).mean(axis=(0, 1))
    assert base[0] > 0.01 and np.allclose(pictures[2], 0)
    np.testing.assert_allclose(pictures[1] / pictures[0], [2, 1, 0], atol=0.02)


def test_white_furnace_of_a_rough_metal_sphere() -> None:
    """White metal under a white sky must vanish: three's compensation restores lost energy."""
    white = Material((1.0, 1.0, 1.0), 1.0, 0.6)
    scene = Scene(model([sphere(0.5, rings=64)], white), np.ones((16, 32, 3)))
    radiance = render_reference(scene, look_down(2.0, angle_deg=20), (16, 16), 256, RAW)
    np.testing.assert_allclose(radiance.mean(), 1.0, atol=0.01)
    assert np.abs(radiance - 1).max() < 0.08


def test_closed_box_converges_to_the_geometric_series() -> None:
    """Inside a glowing grey box the radiance is emission / (1 - reflectance)."""
    glowing = Material((0.5, 0.5, 0.5), 0.0, 1.0, emissive=(1.0, 1.0, 1.0))
    frame = look_down(0.0, angle_deg=60)
    radiance = render_reference(
        Scene(model(room(), glowing)), frame, SIZE, 128, RenderOptions(0, False, 40, 1e9)
    )
    light = np.random.default_rng(0).normal(size=(200000, 3))
    light[:, 1] = np.abs(light[:, 1])
    reflectance = 2 * np.pi * reflected(glowing, light).mean()
    np.testing.assert_allclose(radiance.mean(), 1 / (1 - reflectance), rtol=0.03)


@pytest.mark.parametrize("roughness", [0.15, 0.9])
@pytest.mark.parametrize("has_sky", [False, True], ids=["emitter", "emitter and sky"])
def test_light_sampling_agrees_with_bsdf_sampling(roughness: float, has_sky: bool) -> None:
    lamp = quad((0.2, 0.8, 0.0), (0.4, 0, 0), (0, 0, 0.4), 1)
    materials = (Material((0.7, 0.5, 0.3), 0.5, roughness), Material(emissive=(4.0, 4.0, 4.0)))
    sky = np.full((16, 32, 3), 0.2) if has_sky else None
    if sky is not None:
        sky[5:7, 3:6] = 20.0
    scene = Scene(model([floor(2.0), lamp], *materials), sky)
    frame = look_down(0.7, angle_deg=60)
    both = render_reference(scene, frame, SIZE, 512, RAW)
    only = render_reference(
        scene, frame, SIZE, 4096, RenderOptions(1, False, clamp=1e9, has_light_sampling=False)
    )
    np.testing.assert_allclose(both.mean(axis=(0, 1)), only.mean(axis=(0, 1)), rtol=0.02)


def test_focused_light_is_spread_and_not_lost() -> None:
    """Behind a wide lobe a mirror counts as half rough: every seed finds what it throws on a matte floor."""
    light = Light("spot", (9.0, 9.0, 9.0), (0, 0.4, 0), (1, 0, 0), 0.01, angle_rad=0.6)

    def thrown(roughness: float, seed: int) -> float:
        mirror = quad((0.8, 0.4, 0.0), (0, 0.4, 0), (0, 0, -0.4), 1)  # looks at the lamp
        scene = Scene(model([floor(), mirror], GREY, Material((1, 1, 1), 1.0, roughness)))
        return float(mean_radiance(scene, light, spp=4096, options=replace(RAW, seed=seed)).mean())

    assert thrown(0.05, 0) > 1e-3
    # Without it the three differ by factors: the chance to meet such a lobe is one in thousands.
    np.testing.assert_allclose([thrown(0.05, 1), thrown(0.3, 2)], thrown(0.05, 0), rtol=0.05)


def test_mirrors_in_mirrors_stay_sharp() -> None:
    """Camera, smooth floor, smooth ceiling, lamp: the ceiling shows its own lobe, not a spread one."""
    height, roughness = 1.0, 0.15
    light = Light("spot", (9.0, 9.0, 9.0), (0, 0.4, 0), (0, 1, 0), 1e-3, angle_rad=0.6)
    ceiling = quad((0, height, 0), (1, 0, 0), (0, 0, 1), 1)  # looks down
    scene = Scene(
        model([floor(), ceiling], Material((1, 1, 1), 1.0, 0.02), Material((1, 1, 1), 1.0, roughness))
    )
    radiance = render_reference(scene, look_down(0.7, light, angle_deg=0.2), SIZE, 256, RAW).mean()
    expected = 9 / 0.6**2 * reflected(Material((1, 1, 1), 1.0, roughness), UP)
    # The floor's own lobe blurs the peak a little; that of roughness 0.3 would be 16 times lower.
    np.testing.assert_allclose(radiance, expected, rtol=0.2)


def test_shadow_of_a_point_light() -> None:
    light = Light("point", (10.0, 10.0, 10.0), (0.5, 1.5, 0.0), radius_m=0.01)
    blocker = quad((0.25, 0.75, 0.0), (0, 0, 0.1), (0.1, 0, 0), 0)
    black = Material((0.0, 0.0, 0.0), 0.0, 1.0)
    scene = Scene(model([floor(), blocker], black))
    frame = look_down(0.5, light)
    assert render_reference(scene, frame, SIZE, 16, RenderOptions(0, False, 2)).max() < 1e-6


def test_lighting_times_material_is_the_picture() -> None:
    image = np.random.default_rng(3).integers(40, 255, (8, 8, 4), np.uint8)
    textured = Material((1.0, 0.8, 0.6), 0.0, 0.9, base_color_texture=Texture(0))
    light = Light("directional", (np.pi, np.pi, np.pi), direction=(0.0, -1.0, 0.0))
    scene = Scene(model([floor()], textured, images=(image,)))
    lighting = render_lighting(scene, look_down(2.0, light, angle_deg=40), (32, 32), 4, RAW)
    assert lighting.shape == (32, 32, 4) and lighting.dtype == np.float32
    assert lighting[..., 3].min() == 1
    # Texture detail is in M and cancels; what is left is how M and the BRDF disagree.
    assert np.abs(lighting[..., :3] - 1).max() < 0.1
    # The diffuse part of M is 0.98 where three has 0.93 to 0.96, so dark texels, which shine more, differ.
    assert lighting[..., :3].std() < 0.02


def test_vertex_colours_tint_the_base_colour() -> None:
    light = Light("directional", (np.pi, np.pi, np.pi), direction=(0.0, -1.0, 0.0))
    white = replace(GREY, base_color=(1.0, 1.0, 1.0))
    plain = replace(GREY, base_color=(0.2, 0.4, 0.6))
    tints = np.tile([0.2, 0.4, 0.6], (2, 3, 1))
    tinted = replace(floor(), colors=tints)
    # Others stand before it, so that rows of one are not taken for those of another.
    others = [
        quad((9, 0, 0), (0, 0, 1), (1, 0, 0)),
        replace(quad((5, 0, 0), (0, 0, 1), (1, 0, 0)), colors=1 - tints),
    ]
    found = mean_radiance(Scene(model([*others, tinted], white)), light)
    np.testing.assert_allclose(found, mean_radiance(Scene(model([floor()], plain)), light), rtol=1e-3)


def test_background_is_transparent_in_lighting_and_sky_in_the_reference() -> None:
    scene = Scene(model([floor(0.1)], GREY), np.full((8, 16, 3), 0.25))
    frame = look_down(2.0, angle_deg=30)
    lighting = render_lighting(scene, frame, (16, 16), 8)
    picture = render_reference(scene, frame, (16, 16), 8, RAW)
    assert lighting[0, 0, 3] == 0 and lighting[8, 8, 3] == 1 and not lighting[0, 0, :3].any()
    np.testing.assert_allclose(picture[0, 0], 0.25, rtol=1e-5)


def test_sky_directions_follow_three() -> None:
    """The pixel at the image centre sees +z in three's equirect mapping at u = 0.75; row 0 is up."""
    sky = np.zeros((16, 32, 3))
    sky[:8] = [1, 0, 0]
    sky[8:, 24] = sky[8:, 23] = [0, 1, 0]
    scene = Scene(model([quad((0, 0, -5), (0.1, 0, 0), (0, 0.1, 0))], GREY), sky)
    frame = look_down(0.0, angle_deg=2)
    axes = np.diag([-1.0, 1.0, -1.0])  # turned round: looks along +z
    tilt = np.radians(20)
    down = np.array([[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]])
    for rotation, channel in ((axes @ down, 1), (axes @ down.T, 0)):
        frame.camera.matrix_world[:3, :3] = rotation
        assert render_reference(scene, frame, (2, 2), 4, RAW).mean(axis=(0, 1)).argmax() == channel


def test_denoising_keeps_the_mean_and_removes_noise() -> None:
    glow = Material((0, 0, 0), 0.0, 1.0, emissive=(20.0, 20.0, 20.0))
    scene = Scene(model([*room(), quad((0, 0.9, 0), (0.2, 0, 0), (0, 0, 0.2), 1)], GREY, glow))
    frame = look_down(0.5, angle_deg=60)
    noisy = render_lighting(scene, frame, (48, 48), 8, RAW)
    clean = render_lighting(scene, frame, (48, 48), 8, RenderOptions(clamp=1e9))
    np.testing.assert_allclose(clean[..., :3].mean(), noisy[..., :3].mean(), rtol=0.03)
    assert np.abs(np.diff(clean[..., 0], axis=1)).mean() < 0.3 * np.abs(np.diff(noisy[..., 0], axis=1)).mean()


def test_kernels_are_compiled_once_for_all_scenes() -> None:
    first = Scene(model([floor()], GREY))
    render_lighting(first, look_down(2.0), (8, 8), 4, RAW)
    image = np.full((4, 4, 4), 128, np.uint8)
    glow = Material((0.2, 0.3, 0.4), 0.5, 0.3, emissive=(1.0, 2.0, 3.0), emissive_texture=Texture(0))
    other = Scene(model([*room(), sphere(0.3, 1)], GREY, glow, images=(image,)), np.ones((8, 16, 3)))
    lights = [Light("point", (1.0, 1.0, 1.0), (0, 0.5, 0)), Light("directional", (1.0, 1.0, 1.0))]
    frame = look_down(0.9, *lights, angle_deg=60, exposure=3.0)
    with dr.scoped_set_flag(dr.JitFlag.KernelHistory, True):
        dr.kernel_history_clear()
        render_lighting(other, frame, (24, 16), 8, RenderOptions(seed=7, has_denoiser=False, max_depth=3))
        history = [kernel for kernel in dr.kernel_history() if kernel["type"] == dr.KernelType.JIT]
    assert history and all(kernel["cache_hit"] for kernel in history)


def test_pick_table_reaches_everything_with_the_stated_probability() -> None:
    weights = np.array([0.0, 1.0, 3.0, 1e-12, 96.0])
    table, probability = pick_table(weights, 1 << 12)
    np.testing.assert_allclose(np.bincount(table) / len(table), probability)
    assert np.isclose(probability.sum(), 1) and probability.min() > 0
    np.testing.assert_allclose(probability, weights / weights.sum(), atol=2e-3)


def test_valid_mask_drops_pixels_where_the_depths_differ() -> None:
    mask = valid_mask(
        np.array([1.0, 1.0, 1.0, 0.0]), np.array([1.0, 1.03, 1.0, 0.0]), np.array([1.01, 1.0, 0.0, 1.0])
    )
    np.testing.assert_array_equal(mask, [1, 0, 0, 0])
