"""What rays of the path tracer pass: holes, what is blended, and backs that the page does not draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scenes import floor, look_down, model, quad

from workshop.gltf import Material, Texture
from workshop.render import RenderOptions, Scene, render_lighting_and_depth, render_reference
from workshop.shot import Light

#: Direct light only.
DIRECT = RenderOptions(has_denoiser=False, clamp=1e9, max_depth=2)
SUN = Light("directional", (3.0, 3.0, 3.0), direction=(0.0, -1.0, 0.0))
GREY = Material((0.5, 0.5, 0.5), metalness=0.0, roughness=0.9)
#: Looks up, one metre above the floor; opaque or not by its texture.
SCREEN = quad((0, 1, 0), (0, 0, 1), (1, 0, 0), 1)
SIZE = (8, 8)


def picture(screen: Material, height_m: float, alpha: int = 255) -> np.ndarray:
    """Mean radiance of what a camera looking down sees; the floor is 0.5, the screen its texture's grey."""
    image = np.full((4, 4, 4), 188, np.uint8)
    image[..., 3] = alpha
    scene = Scene(model([floor(2.0), SCREEN], GREY, screen, images=(image,)))
    return render_reference(scene, look_down(height_m, SUN), SIZE, 16, DIRECT).mean(axis=(0, 1))


def bare_floor(height_m: float) -> np.ndarray:
    return render_reference(
        Scene(model([floor(2.0)], GREY)), look_down(height_m, SUN), SIZE, 16, DIRECT
    ).mean(axis=(0, 1))


@pytest.mark.parametrize(("alpha", "is_there"), [(120, False), (136, True)])
def test_texels_below_the_cutoff_are_holes_for_camera_and_light(alpha: int, is_there: bool) -> None:
    screen = replace(GREY, base_color=(0.1, 0.2, 0.3), alpha_cutoff=0.5, base_color_texture=Texture(0))
    from_above, from_below = picture(screen, 2.0, alpha), picture(screen, 0.9, alpha)
    if is_there:
        assert from_above[0] < 0.5 * from_above[2]
        assert from_below.max() == 0
    else:
        np.testing.assert_allclose(from_above, bare_floor(2.0), rtol=1e-5)
        np.testing.assert_allclose(from_below, bare_floor(0.9), rtol=1e-5)


def test_alpha_cuts_nothing_where_the_material_has_no_cutoff() -> None:
    screen = replace(GREY, base_color=(0.1, 0.2, 0.3), base_color_texture=Texture(0))
    assert picture(screen, 0.9, alpha=0).max() == 0


@pytest.mark.parametrize(("opacity", "alpha"), [(0.0, 255), (0.25, 255), (0.8, 128), (1.0, 255)])
def test_what_is_blended_covers_its_share_for_camera_and_light(opacity: float, alpha: int) -> None:
    screen = replace(GREY, base_color=(0, 0, 0), opacity=opacity, base_color_texture=Texture(0))
    image = np.full((4, 4, 4), 188, np.uint8)
    image[..., 3] = alpha
    scene = Scene(model([floor(2.0), SCREEN], GREY, screen, images=(image,)))

    def seen(scene: Scene, height_m: float) -> np.ndarray:
        return render_reference(scene, look_down(height_m, SUN), (16, 16), 256, DIRECT).mean(axis=(0, 1))

    passed = 1 - opacity * alpha / 255
    # 65,000 samples: 0.002 by chance, four times that is allowed.
    np.testing.assert_allclose(seen(scene, 0.9) / bare_floor(0.9), passed, atol=0.008)
    # From above the sun passes it and the camera does; what it mirrors of the sun itself is little.
    gloss = seen(Scene(model([SCREEN], replace(GREY, base_color=(0, 0, 0)))), 2.0)
    expected = passed**2 * bare_floor(2.0) + (1 - passed) * gloss
    np.testing.assert_allclose(seen(scene, 2.0), expected, atol=0.01 * bare_floor(2.0)[0])


@pytest.mark.parametrize("double_sided", [False, True])
def test_the_camera_passes_backs_of_single_sided_materials_and_light_does_not(double_sided: bool) -> None:
    turned = quad((0, 1, 0), (1, 0, 0), (0, 0, 1), 1)  # looks down, away from the camera
    scene = Scene(model([floor(2.0), turned], GREY, replace(GREY, double_sided=double_sided)))
    frame = look_down(3.0, SUN)
    radiance = render_reference(scene, frame, SIZE, 16, DIRECT)
    _, depth_m = render_lighting_and_depth(scene, frame, SIZE, 4, DIRECT)
    # The floor lies in the shadow of what is not seen.
    assert (radiance.max() > 0.1) == double_sided
    np.testing.assert_allclose(depth_m, 2.0 if double_sided else 3.0, rtol=1e-3)
