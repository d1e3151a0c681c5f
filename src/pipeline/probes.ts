import {
  Box3,
  Data3DTexture,
  HalfFloatType,
  LinearFilter,
  RGBAFormat,
  RenderTarget3D,
  Scene,
  Vector3,
} from 'three/webgpu';
import type { DataTexture, Node, WebGPURenderer } from 'three/webgpu';
import {
  Fn,
  array,
  float,
  getShIrradianceAt,
  max,
  mix,
  positionWorld,
  texture3D,
  uniform,
  vec3,
  vec4,
} from 'three/tsl';
import { LightProbeGrid } from 'three/addons/lighting/LightProbeGrid.js';
import { ATLAS_PADDING } from 'three/addons/tsl/lighting/LightProbeGridNode.js';
import type { DemoScene } from '../scenes/scene';
import { luminanceOf } from './shading';

/** Bounce passes after the direct one. Two passes gather nearly all of the indirect light (models/README.md). */
const BOUNCE_PASSES = 2;
/** Eight pixels a face, three's default, miss or double small bright panels. */
const FACE_SIZE_PX = 32;

/**
 * three's LightProbeGrid around a scene: L2 spherical harmonics of the radiance at a coarse lattice of points,
 * baked once when the scene loads and refreshed a few probes a frame while lights and objects move. Shaders read it
 * through nodes whose values are swapped, so that a change of scene compiles nothing.
 */
export class Probes {
  /** Probes along x, y, z. */
  readonly resolution = uniform(new Vector3(1, 1, 1));
  /** The packed SH atlas: seven sub-volumes along z, each with a padding slice at both ends. */
  readonly atlas = texture3D(placeholderAtlas());
  private readonly min = uniform(new Vector3());
  private readonly max = uniform(new Vector3(1, 1, 1));
  private grid: LightProbeGrid | null = null;
  private loaded: RenderTarget3D | null = null;
  private scene = new Scene();
  private environment: DataTexture | null = null;
  private farM = 100;
  private nextProbe = 0;

  constructor(private readonly renderer: WebGPURenderer) {}

  /** Number of probes. */
  get count(): number {
    const { x, y, z } = this.resolution.value;
    return x * y * z;
  }

  /** Moves the grid to a scene and bakes it. */
  setScene({ root, probeBounds, probeResolution, camera, environment }: DemoScene): void {
    this.scene = root;
    this.environment = environment;
    this.farM = camera.far;
    const size = probeBounds.getSize(new Vector3());
    if (!this.grid || !this.grid.resolution.equals(new Vector3(...probeResolution))) {
      this.grid?.dispose();
      this.grid = new LightProbeGrid(size.x, size.y, size.z, ...probeResolution);
    }
    Object.assign(this.grid, { width: size.x, height: size.y, depth: size.z });
    probeBounds.getCenter(this.grid.position);
    this.grid.updateMatrixWorld();
    this.min.value.copy(probeBounds.min);
    this.max.value.copy(probeBounds.max);
    this.resolution.value.set(...probeResolution);
    this.bake(this.grid);
  }

  /** Bakes every probe from scratch: direct light, sky and emission first, then the bounces. */
  private bake(grid: LightProbeGrid): void {
    this.nextProbe = 0;
    this.bakeRange({ bounces: BOUNCE_PASSES });
    if (!grid.texture) return;
    this.atlas.value = grid.texture;
    this.loaded?.dispose();
    this.loaded = copyOf(this.renderer, grid.texture);
  }

  /**
   * Re-bakes every probe for the scene as it stands, its bounces taken from the state right after loading: one pass
   * instead of three, and the same result whatever was drawn in between.
   */
  rebake(): void {
    if (!this.grid?.texture || !this.loaded) return;
    this.nextProbe = 0;
    this.renderer.copyTextureToTexture(this.loaded.texture, this.grid.texture, boxOf(this.loaded));
    this.bakeRange({ pass: BOUNCE_PASSES });
  }

  /** Re-bakes the next `count` probes, their bounce taken from the state of the grid at the start of the round. */
  refresh(count: number): void {
    const start = this.nextProbe;
    const span = Math.min(count, this.count - start);
    this.bakeRange({ start, count: span, pass: BOUNCE_PASSES });
    this.nextProbe = (start + span) % this.count;
  }

  private bakeRange(range: {
    bounces?: number;
    start?: number;
    count?: number;
    pass?: number;
  }): void {
    // The sky dome writes G-buffer attachments, which the bake does not have: three's own background stands in.
    this.scene.background = this.environment;
    this.grid?.bake(this.renderer, this.scene, {
      cubemapSize: FACE_SIZE_PX,
      near: 0.05,
      far: this.farM,
      ...range,
    });
    this.scene.background = null;
  }

  /**
   * TSL: the nine SH radiance coefficients at a world-space position, trilinear between probes, sampled half a cell
   * off the surface.
   */
  coefficients(position: Node<'vec3'>, normal: Node<'vec3'>): Array<Node<'vec3'>> {
    const range = this.max.sub(this.min);
    const at = position.add(normal.mul(range.div(this.resolution)).mul(0.5));
    const halfTexel = vec3(0.5).div(this.resolution);
    const uvw = at.sub(this.min).div(range).clamp(halfTexel, halfTexel.oneMinus()).toVar();
    const slices = this.resolution.z.add(2 * ATLAS_PADDING);
    const depth = slices.mul(7);
    const z = uvw.z.mul(this.resolution.z).add(ATLAS_PADDING);
    const slice = (i: number) =>
      this.atlas.sample(vec3(uvw.xy, z.add(slices.mul(i)).div(depth))).toVar();
    const [s0, s1, s2, s3, s4, s5, s6] = [0, 1, 2, 3, 4, 5, 6].map(slice) as Array<Node<'vec4'>>;
    return [
      s0!.xyz,
      vec3(s0!.w, s1!.xy),
      vec3(s1!.zw, s2!.x),
      s2!.yzw,
      s3!.xyz,
      vec3(s3!.w, s4!.xy),
      vec3(s4!.zw, s5!.x),
      s5!.yzw,
      s6!.xyz,
    ];
  }

  /**
   * TSL: demodulated ambient lighting of a surface. The diffuse share takes irradiance / π around the normal, the
   * specular share the radiance along the mirror direction, which roughness blurs towards the irradiance.
   * rgb = both, a = luminance of the specular part alone.
   *
   * @param normal world-space shading normal
   * @param mirror world-space mirror direction of the view ray
   * @param specularShare share of the material factor that is specular, [0,1]
   */
  ambientNode(
    normal: Node<'vec3'>,
    mirror: Node<'vec3'>,
    roughness: Node<'float'>,
    specularShare: Node<'vec3'>,
  ): Node<'vec4'> {
    return Fn(() => {
      const sh = this.coefficients(positionWorld, normal);
      const diffuse = irradianceAround(normal, sh).toVar();
      const blurred = irradianceAround(mirror, sh).toVar();
      const sharp = max(radianceAlong(mirror, sh), vec3(0));
      const specular = mix(sharp, blurred, roughness.clamp(0, 1)).mul(specularShare).toVar();
      const sum = diffuse.mul(specularShare.oneMinus()).add(specular);
      return vec4(sum, luminanceOf(specular));
    })();
  }

  dispose(): void {
    this.grid?.dispose();
    this.loaded?.dispose();
  }
}

const boxOf = ({ width, height, depth }: RenderTarget3D): Box3 =>
  new Box3(new Vector3(), new Vector3(width, height, depth));

/** A copy of the atlas that outlives later bakes. */
function copyOf(renderer: WebGPURenderer, atlas: Data3DTexture): RenderTarget3D {
  const { width, height, depth } = atlas.image;
  const copy = new RenderTarget3D(width, height, depth, {
    type: HalfFloatType,
    format: RGBAFormat,
    depthBuffer: false,
  });
  renderer.initRenderTarget(copy);
  renderer.copyTextureToTexture(atlas, copy.texture, boxOf(copy));
  return copy;
}

/** Stands in until the first bake, with the same sampling behaviour. */
function placeholderAtlas(): Data3DTexture {
  const texture = new Data3DTexture(new Uint16Array(4), 1, 1, 1);
  texture.type = HalfFloatType;
  texture.format = RGBAFormat;
  texture.minFilter = texture.magFilter = LinearFilter;
  texture.needsUpdate = true;
  return texture;
}

/** TSL: L2 SH irradiance / π of a surface with this normal. */
export const irradianceAround = (normal: Node<'vec3'>, sh: Array<Node<'vec3'>>): Node<'vec3'> =>
  max(getShIrradianceAt(normal, array(sh)) as Node<'vec3'>, vec3(0)).div(Math.PI);

/** TSL: L2 SH radiance along a direction; the window (weights of bands 1 and 2) is Hanning-like, against ringing. */
export function radianceAlong(
  d: Node<'vec3'>,
  sh: Array<Node<'vec3'>>,
  window: readonly [number, number] = [0.85, 0.5],
): Node<'vec3'> {
  const c = (i: number) => sh[i]!;
  const band1 = c(1).mul(d.y).add(c(2).mul(d.z)).add(c(3).mul(d.x)).mul(0.488603);
  const band2 = c(4)
    .mul(d.x.mul(d.y).mul(1.092548))
    .add(c(5).mul(d.y.mul(d.z).mul(1.092548)))
    .add(c(6).mul(d.z.mul(d.z).mul(3).sub(1).mul(0.315392)))
    .add(c(7).mul(d.x.mul(d.z).mul(1.092548)))
    .add(c(8).mul(d.x.mul(d.x).sub(d.y.mul(d.y)).mul(0.546274)));
  return c(0).mul(float(0.282095)).add(band1.mul(window[0])).add(band2.mul(window[1]));
}
