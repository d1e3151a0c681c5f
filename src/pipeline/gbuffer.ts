import { DepthTexture, HalfFloatType, NearestFilter, RenderTarget } from 'three/webgpu';
import type { MRTNode, Node, PerspectiveCamera, Scene, TextureNode, WebGPURenderer } from 'three/webgpu'; // prettier-ignore
import {
  Fn,
  diffuseColor,
  materialEmissive,
  materialMetalness,
  materialRoughness,
  mrt,
  normalView,
  normalWorld,
  positionViewDirection,
  reflectVector,
  step,
  vec3,
  vec4,
} from 'three/tsl';
import type { FrameUniforms } from './frame-uniforms';
import { linearDepth } from './frame-uniforms';
import type { MotionTracker } from './motion';
import { plainTexture } from './plain-texture';
import type { Probes } from './probes';
import { diffuseReflectanceNode, materialFactorNode } from './shading';
import { image } from './fullscreen';
import type { Image } from './fullscreen';
import { decodeColor, decodeNormal, decodeShared, encodeNormal, encodeShared, setFormat } from './packed'; // prettier-ignore
import type { PackedFormat } from './packed';
import { SplitLighting, splitLight } from './split-lighting';
import type { World } from './world';

/**
 * Images of the low-detail frame, in order: w×h, linear, row 0 on top.
 * - light: rgb direct radiance with hard shadows, a visibility [0,1]
 * - unshadowed: rgb direct radiance as if nothing cast a shadow
 * - albedo: rgb base colour, a metalness
 * - normal: view-space xyz in [-1,1], a roughness
 * - motion: xy output pixels to the last frame, z linear depth in metres
 * - probe: rgb ambient lighting from the probe grid, divided by the material factor, a luminance of its specular part
 * - emissive: rgb emitted radiance (or sky), a = 1 on surfaces, 0 on background
 */
export const gbufferImages = [
  'light',
  'unshadowed',
  'albedo',
  'normal',
  'motion',
  'probe',
  'emissive',
] as const;
export type GBufferImage = (typeof gbufferImages)[number];

/**
 * Attachments that hold them are four half floats each, but
 * - light: rgb root of the share of `unshadowed`, a visibility
 * - motion: rg; the depth is that of the depth buffer
 * - normal: rg normal, b roughness, a = 1 on surfaces
 * - emissive: rgba emitted radiance
 */
const formats: Partial<Record<GBufferImage, PackedFormat>> = {
  light: 'rgba8',
  normal: 'rgb10a2',
  motion: 'rg16',
  emissive: 'rgba8',
};

/** TSL: 1 on surfaces, 0 on background, by a texel of the normals. */
export const surfaceOf = (normal: Node<'vec4'>): Node<'float'> =>
  step(0.5, normal.xyz.dot(normal.xyz));

/** Draws the scene cheaply at low resolution: analytic lights with one small shadow map each, no GI. */
export class GBuffer {
  readonly target: RenderTarget;
  readonly lighting: SplitLighting;
  /** One node for all, so that no shader binds its texture twice. */
  private readonly depthTexel: TextureNode;
  /** With probe light, and without. */
  private readonly shaded: MRTNode;
  private readonly plain: MRTNode;

  constructor(
    private readonly renderer: WebGPURenderer,
    motion: MotionTracker,
    { probes, lights }: Pick<World, 'probes' | 'lights'>,
    private readonly frame: FrameUniforms,
  ) {
    this.lighting = new SplitLighting(lights);
    this.target = createTarget('GBuffer', gbufferImages, true);
    const depth = new DepthTexture(1, 1);
    this.target.depthTexture = depth;
    this.depthTexel = plainTexture(depth);
    for (const [name, format] of Object.entries(formats))
      setFormat(renderer, this.texture(name as GBufferImage), format);
    const surface = {
      light: splitLight.light,
      albedo: vec4(diffuseColor.rgb, materialMetalness),
      normal: vec4(encodeNormal(normalView), materialRoughness, 1),
      unshadowed: splitLight.unshadowed,
      [MOTION_OUTPUT]: vec4(motion.node().xy, 0, 0),
      emissive: encodeShared(vec3(materialEmissive)),
    };
    this.shaded = outputs({ ...surface, probe: ambientOfSurface(probes) });
    this.plain = outputs({ ...surface, probe: vec4(0) });
  }

  /** Texture of one attachment. */
  texture(name: GBufferImage) {
    return this.target.textures[gbufferImages.indexOf(name)]!;
  }

  /** TSL: an image, as it was before it was packed. */
  image(name: GBufferImage): Image {
    const [texel, shape] = [image(this.texture(name)), image(this.texture('normal'))];
    if (name === 'normal') return { at: (p) => unpackShape(texel.at(p).toVar()) };
    if (name === 'light') {
      const unshadowed = image(this.texture('unshadowed'));
      const share = this.shadowShare();
      return { at: (p) => share.at(p).mul(vec4(unshadowed.at(p).rgb, 1)) };
    }
    if (name === 'motion') return { at: (p) => vec4(texel.at(p).rg, this.depthAt(p), 1) };
    if (name !== 'emissive') return texel;
    return { at: (p) => vec4(decodeShared(texel.at(p).toVar()), shape.at(p).a) };
  }

  /** TSL: linear depth of a pixel in metres, 0 on background. */
  depthAt(at: Node<'ivec2'>): Node<'float'> {
    return linearDepth(this.depthTexel.load(at).r, this.frame.depthTerms);
  }

  /** TSL: share of the direct light (rgb) that hard shadows let through, and of its luminance (a). */
  shadowShare(): Image {
    const packed = image(this.texture('light'));
    return {
      at: (p) => {
        const texel = packed.at(p).toVar();
        return vec4(decodeColor(texel.rgb), texel.a);
      },
    };
  }

  resize(width: number, height: number): void {
    this.target.setSize(width, height);
  }

  /** `isShaded`: with probe light; without, `probe` is black. */
  render(scene: Scene, camera: PerspectiveCamera, isShaded: boolean): void {
    const { renderer } = this;
    const outer = renderer.lighting;
    renderer.lighting = this.lighting;
    renderer.setMRT(isShaded ? this.shaded : this.plain);
    renderer.setRenderTarget(this.target);
    renderOpaque(renderer, scene, camera);
    renderer.setRenderTarget(null);
    renderer.setMRT(null);
    renderer.lighting = outer;
  }

  dispose(): void {
    this.target.dispose();
    this.lighting.dispose();
  }
}

function outputs(images: Record<string, Node>): MRTNode {
  const node = mrt(images);
  clearToNothing(node);
  return node;
}

/** TSL: view-space normal, 0 on background, and roughness. */
export const unpackShape = (texel: Node<'vec4'>): Node<'vec4'> =>
  vec4(decodeNormal(texel.rg).mul(texel.a), texel.b);

/** TSL, in a material: its factor M. */
export const factorOfSurface = Fn((): Node<'vec3'> => {
  const noV = normalView.dot(positionViewDirection).clamp(0, 1);
  return materialFactorNode(diffuseColor.rgb, materialMetalness, materialRoughness, noV);
});

/** TSL, in a material: ambient lighting, and the luminance of its specular part. */
export const ambientOfSurface = (probes: Probes): Node<'vec4'> =>
  Fn(() => {
    const diffuse = diffuseReflectanceNode(diffuseColor.rgb, materialMetalness);
    const share = vec3(1).sub(diffuse.div(factorOfSurface()).clamp(0, 1));
    return probes.ambientNode(normalWorld, reflectVector, materialRoughness, share);
  })();

/** Draws a scene without what is transparent, which `Transparents` draw. */
export function renderOpaque(
  renderer: WebGPURenderer,
  scene: Scene,
  camera: PerspectiveCamera,
): void {
  const { transparent } = renderer;
  renderer.transparent = false;
  renderer.render(scene, camera);
  renderer.transparent = transparent;
}

/**
 * three refreshes every object's uniforms and keeps the previous pose of skinned and instanced meshes only while the
 * MRT has an output of this name.
 */
export const MOTION_OUTPUT = 'velocity';

/** Background is zero in every image; three clears all attachments but the first to opaque black, a surface to us. */
export function clearToNothing(outputs: MRTNode): void {
  for (const name of Object.keys(outputs.outputNodes)) outputs.setClearColor(name, 0x000000, 0);
}

/** Half-float render target with one named, unfiltered attachment per image. */
export function createTarget(
  name: string,
  images: readonly string[],
  depthBuffer: boolean,
): RenderTarget {
  const target = new RenderTarget(1, 1, {
    count: images.length,
    type: HalfFloatType,
    minFilter: NearestFilter,
    magFilter: NearestFilter,
    depthBuffer,
  });
  target.textures.forEach((texture, i) => {
    const name = images[i]!;
    texture.name = name === 'motion' ? MOTION_OUTPUT : name;
  });
  target.texture.userData.label = name;
  return target;
}
