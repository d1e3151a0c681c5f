"""Renders a frame: lighting targets on the jittered grid and anti-aliased reference pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .flatten import emission_columns, flatten_lights, flatten_materials, flatten_sky, flatten_triangles
from .gltf import Model
from .integrator import trace_paths
from .llvm import dr, mi
from .material import material_factor
from .sampling import Sampler, mix_bits
from .shot import Frame
from .surface import surface_at
from .tables import Geometry, Materials, Sky, opaque, upload
from .visibility import closest
from .world import PathOptions, World

Bool, Float, UInt, Vector2, Vector3 = mi.Bool, mi.Float, mi.UInt32, mi.Vector2f, mi.Vector3f

#: Paths per launch: bounds memory at about 60 bytes each.
MAX_PATHS = 1 << 22
#: Samples of the reference's albedo and normal guides.
GUIDE_SAMPLES = 32
PIXEL_DIMENSION = 0


class Scene:
    """A model and its sky, ready to render any frame; keeps the geometry while no node moves."""

    def __init__(self, model: Model, environment: np.ndarray | None = None) -> None:
        self.model = model
        self._tables = flatten_materials(model)
        self.materials = Materials.of(self._tables)
        self.sky = Sky.of(None if environment is None else flatten_sky(environment))
        self._geometry: Geometry | None = None
        self._pose: bytes | None = None

    def geometry(self, frame: Frame) -> Geometry:
        """Triangles of the frame in an acceleration structure."""
        pose = b"".join(frame.nodes.get(node.name, node.matrix).tobytes() for node in self.model.nodes)
        pose += repr(sorted(frame.emissive.items())).encode()
        if self._geometry is None or pose != self._pose:
            model = self.model.with_emissive(frame.emissive)
            rows = self._tables.materials.copy()
            rows[:, 8:12] = emission_columns(model)
            self.materials = replace(self.materials, materials=upload(rows))
            self._geometry, self._pose = Geometry(flatten_triangles(model, frame)), pose
        return self._geometry

    def world(self, frame: Frame, options: PathOptions) -> World:
        """The frame as the path tracer sees it."""
        geometry, lights = self.geometry(frame), flatten_lights(frame.lights)
        return World.of(geometry, self.materials, self.sky, lights, len(frame.lights), options)


@dataclass(frozen=True)
class RenderOptions:
    """Quality of a render."""

    seed: int = 0
    has_denoiser: bool = True
    max_depth: int = 16
    #: Limit of one indirect sample in units of the mean lighting; smaller = fewer fireflies, more bias.
    clamp: float = 400.0
    has_light_sampling: bool = True

    def path_options(self, frame: Frame, has_primary_emission: bool) -> PathOptions:
        limit = self.clamp / max(frame.exposure, 1e-6)
        return PathOptions(self.max_depth, limit, has_primary_emission, self.has_light_sampling)


@dataclass(frozen=True)
class Guides:
    """First hits, (height, width, channels), top row first; zeros on the background."""

    albedo: np.ndarray
    metalness: np.ndarray
    roughness: np.ndarray
    normal: np.ndarray  # world space
    emission: np.ndarray  # radiance, the sky's on the background
    depth_m: np.ndarray  # linear view depth
    n_dot_v: np.ndarray
    mask: np.ndarray  # 1 on surfaces

    def material_factor(self) -> np.ndarray:
        """M of every pixel (height, width, 3)."""
        return material_factor(self.albedo, self.metalness, self.roughness, self.n_dot_v)


def render_lighting(
    scene: Scene, frame: Frame, size: tuple[int, int], spp: int, options: RenderOptions | None = None
) -> np.ndarray:
    """Demodulated lighting (radiance - emission) / M at the pixel centres of the jittered projection.

    Returns (height, width, 4) float32, alpha 1 on surfaces; `size` is (width, height).
    """
    return render_lighting_and_depth(scene, frame, size, spp, options)[0]


def render_lighting_and_depth(
    scene: Scene, frame: Frame, size: tuple[int, int], spp: int, options: RenderOptions | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """render_lighting and the linear view depth (height, width) in metres, 0 on the background."""
    options = options or RenderOptions()
    world = scene.world(frame, options.path_options(frame, has_primary_emission=False))
    film = _Film(frame.camera.matrix_world, frame.camera.projection, size, is_centered=True)
    guides = _render_guides(world, film, 1, options.seed)
    radiance = _render_radiance(world, film, spp, options.seed)
    if options.has_denoiser:
        # Before the material is divided out, and guided by it: lighting alone blurs from tile to tile.
        radiance = _denoise(radiance, guides.albedo, guides.normal)
    lighting = radiance / guides.material_factor() * guides.mask[..., None]
    return np.concatenate([lighting, guides.mask[..., None]], axis=-1), guides.depth_m


def render_reference(
    scene: Scene, frame: Frame, size: tuple[int, int], spp: int, options: RenderOptions | None = None
) -> np.ndarray:
    """Anti-aliased radiance (height, width, 3) float32 with emission and sky; no jitter, box filter."""
    options = options or RenderOptions()
    world = scene.world(frame, options.path_options(frame, has_primary_emission=True))
    film = _Film(frame.camera.matrix_world, frame.camera.unjittered_projection, size, is_centered=False)
    radiance = _render_radiance(world, film, spp, options.seed)
    if not options.has_denoiser:
        return radiance
    guides = _render_guides(world, film, min(spp, GUIDE_SAMPLES), options.seed)
    return _denoise(radiance, np.clip(guides.albedo + guides.emission, 0, 1), guides.normal)


class _Film:
    """Pixel grid and camera."""

    def __init__(
        self, matrix_world: np.ndarray, projection: np.ndarray, size: tuple[int, int], is_centered: bool
    ) -> None:
        self.width_px, self.height_px = size
        self.width, self.height = opaque(size[0], UInt), opaque(size[1], UInt)
        self.axes = [Vector3(*(opaque(value) for value in matrix_world[:3, column])) for column in range(4)]
        self.scale = Vector2(opaque(1 / projection[0, 0]), opaque(1 / projection[1, 1]))
        self.shift = Vector2(opaque(projection[0, 2]), opaque(projection[1, 2]))
        self.jitter = opaque(0.0 if is_centered else 1.0)

    def rays(self, spp: int, seed: int, first: int = 0) -> tuple[Vector3, Vector3, Sampler]:
        """Origins and directions of `spp` rays a pixel, pixel by pixel, with their random numbers."""
        index = dr.arange(UInt, self.width_px * self.height_px * spp)
        pixel = index // opaque(spp, UInt)
        y = pixel // self.width
        x = pixel - y * self.width
        number = index - pixel * opaque(spp, UInt) + opaque(first, UInt)
        sampler = Sampler(number, mix_bits(pixel + mix_bits(opaque(seed, UInt))))
        offset = (sampler.next_2d(UInt(PIXEL_DIMENSION)) - 0.5) * self.jitter + 0.5
        ndc_x = 2 * (Float(x) + offset.x) / Float(self.width) - 1
        ndc_y = 1 - 2 * (Float(y) + offset.y) / Float(self.height)
        slope_x, slope_y = (ndc_x + self.shift.x) * self.scale.x, (ndc_y + self.shift.y) * self.scale.y
        right, up, back, origin = self.axes
        return origin, dr.normalize(right * slope_x + up * slope_y - back), sampler

    def depth_m(self, direction: Vector3, distance_m: Float) -> Float:
        """Linear view depth of a point on a ray."""
        return -dr.dot(direction, self.axes[2]) * distance_m

    def average(self, values: Float, spp: int) -> np.ndarray:
        """Mean over the samples of each pixel, (height, width)."""
        return (dr.block_sum(values, spp).numpy() / spp).reshape(self.height_px, self.width_px)


def _render_radiance(world: World, film: _Film, spp: int, seed: int) -> np.ndarray:
    per_pass = max(1, min(spp, MAX_PATHS // (film.width_px * film.height_px)))
    total = np.zeros((film.height_px, film.width_px, 3), np.float32)
    for first in range(0, spp, per_pass):
        count = min(per_pass, spp - first)
        origin, direction, sampler = film.rays(count, seed, first)
        radiance = trace_paths(world, origin + dr.zeros(Vector3, dr.width(direction)), direction, sampler)
        dr.eval(radiance)
        total += count * np.stack([film.average(channel, count) for channel in radiance], axis=-1)
    return total / spp


def _render_guides(world: World, film: _Film, spp: int, seed: int) -> Guides:
    spp = max(1, min(spp, MAX_PATHS // (film.width_px * film.height_px)))
    origin, direction, _ = film.rays(spp, seed)
    hit = closest(
        world.geometry, world.materials, origin, direction, Bool(True), is_camera=opaque(True, Bool)
    )
    mask = dr.select(hit.found, Float(1), Float(0))
    surface = surface_at(world.geometry, world.materials, hit, direction)
    emission = dr.select(hit.found, surface.emission, world.sky.evaluate(direction))
    facing = dr.clip(-dr.dot(surface.normal, direction), 0, 1)
    depth = film.depth_m(direction, dr.select(hit.found, hit.distance_m, 0))
    scalars = [*(surface.albedo * mask), surface.metalness * mask, surface.roughness * mask]
    scalars += [*(surface.normal * mask), *emission, depth, facing * mask, mask]
    dr.eval(scalars)
    planes = np.stack([film.average(values, spp) for values in scalars], axis=-1)
    names = {
        "albedo": 3,
        "metalness": 0,
        "roughness": 0,
        "normal": 3,
        "emission": 3,
        "depth_m": 0,
        "n_dot_v": 0,
        "mask": 0,
    }
    images, start = {}, 0
    for name, channels in names.items():
        images[name] = planes[..., start : start + channels] if channels else planes[..., start]
        start += channels or 1
    return Guides(**images)


def _denoise(color: np.ndarray, albedo: np.ndarray, normal: np.ndarray) -> np.ndarray:
    # Imported here: without denoising the render works on machines that Open Image Denoise does not support.
    import pyoidn

    images = [np.ascontiguousarray(image, np.float32) for image in (color, albedo, normal)]
    return pyoidn.denoise(*images, hdr=True, clean_aux=True)
