import { DepthTexture, FloatType, Lighting, LinearFilter, NearestFilter } from 'three/webgpu';
import type { MRTNode, Node, PerspectiveCamera, Scene, Texture, TextureNode, WebGPURenderer } from 'three/webgpu'; // prettier-ignore
import { context, diffuseColor, float, materialEmissive, materialMetalness, materialRoughness, mrt, normalView, vec2, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import type { FrameUniforms } from './frame-uniforms';
import { linearDepth } from './frame-uniforms';
import { image } from './fullscreen';
import type { Image } from './fullscreen';
import { MOTION_OUTPUT, clearToNothing, createTarget, renderOpaque } from './gbuffer';
import type { Levels } from './levels';
import type { MotionTracker } from './motion';
import {
  decodeColor,
  decodeNormal,
  decodeRadiance,
  decodeRatio,
  encodeColor,
  encodeNormal,
  encodeRadiance,
  encodeRatio,
  setFormat,
} from './packed';

/**
 * Images of the guide: W×H, unlit, full assets; meanings as in the G-buffer, except
 * motion.w = the depth in metres that the point had in the last frame.
 */
export const guideImages = ['albedo', 'normal', 'motion', 'emissive'] as const;
export type GuideImage = (typeof guideImages)[number];

/**
 * Attachments that hold them, 22 bytes a pixel with the depth buffer instead of 36:
 * - color: rgb base colour, a = 1 on surfaces
 * - shape: rg normal, b roughness, a = 1 on surfaces
 * - glow: rgba emitted radiance in units of the frame's mean lighting
 * - motion: rg as above
 * - rest: r metalness, g ratio of the last depth to this one
 */
const attachments = {
  color: 'rgb10a2',
  shape: 'rgb10a2',
  glow: 'rgb10a2',
  motion: 'rg16',
  rest: 'rg8',
} as const;
export type GuideAttachment = keyof typeof attachments;
const names = Object.keys(attachments) as GuideAttachment[];

/**
 * Textures are read one mip level finer than a single frame should: the jitter, over which {@link Accumulate} takes the
 * mean, filters them better than mip maps do. A context can give gradients of a texture, but no bias (three r187), which is
 * a third cheaper on an emulated GPU; so where gradients are asked for, the bias is put where the shader is written from.
 */
const finerTextures = context({
  getTextureGradient: (node: TextureNode, builder: ShaderWriter) => {
    if (!hasLevels(node.value)) return null;
    const bias = { enumerable: true, get: () => FINER, set: () => undefined };
    Object.defineProperty(builder.getNodeProperties(node), 'biasNode', bias);
    return null;
  },
});
const FINER = float(-1);

/** Whether a texture is filtered through mip maps; three has no sampler for all that are not. */
const hasLevels = ({ minFilter, type }: Texture): boolean =>
  minFilter !== NearestFilter && minFilter !== LinearFilter && type !== FloatType;

/** What three's `NodeBuilder` has, but not its types (r187). */
interface ShaderWriter {
  getNodeProperties(node: Node): object;
}

/** Draws material, normal, motion and emission at output resolution. Lights are switched off, not multiplied by zero. */
export class Guide {
  readonly target;
  readonly depth = new DepthTexture(1, 1, FloatType);
  private readonly unlit = new Lighting();
  private readonly outputs: MRTNode;
  /** One node for each, so that no shader binds its texture twice. */
  private readonly texels: Record<GuideAttachment, Image>;
  private readonly depthTexel = image(this.depth);

  constructor(
    private readonly renderer: WebGPURenderer,
    motion: MotionTracker,
    private readonly levels: Levels,
    private readonly frame: FrameUniforms,
  ) {
    this.unlit.enabled = false;
    this.target = createTarget('Guide', names, true);
    this.target.depthTexture = this.depth;
    this.target.textures.forEach((texture, i) =>
      setFormat(renderer, texture, attachments[names[i]!]),
    );
    const texels = names.map((name) => [name, image(this.texture(name))]);
    this.texels = Object.fromEntries(texels) as Record<GuideAttachment, Image>;
    const moved = motion.node().toVar();
    this.outputs = mrt({
      color: vec4(encodeColor(diffuseColor.rgb), 1),
      shape: vec4(encodeNormal(normalView), materialRoughness, 1),
      glow: encodeRadiance(vec3(materialEmissive).mul(levels.exposure)),
      [MOTION_OUTPUT]: vec4(moved.xy, 0, 0),
      rest: vec4(materialMetalness, encodeRatio(moved.w.div(moved.z)), 0, 0),
    });
    clearToNothing(this.outputs);
  }

  /** Texture of one attachment. */
  texture(attachment: GuideAttachment): Texture {
    return this.target.textures[names.indexOf(attachment)]!;
  }

  /** TSL: an image of the guide, as it was before it was packed. */
  image(name: GuideImage): Image {
    const { color, shape, glow, motion, rest } = this.texels;
    const at = {
      albedo: (p: At) => vec4(decodeColor(color.at(p).rgb), rest.at(p).r),
      normal: (p: At) => {
        const texel = shape.at(p).toVar();
        return vec4(decodeNormal(texel.rg).mul(texel.a), texel.b);
      },
      motion: (p: At) => {
        const metres = this.depthAt(p).toVar();
        return vec4(motion.at(p).rg, metres, metres.mul(decodeRatio(rest.at(p).g)));
      },
      emissive: (p: At) => {
        const radiance = decodeRadiance(glow.at(p)).div(this.levels.exposure);
        return vec4(radiance, color.at(p).a);
      },
    };
    return { at: at[name] };
  }

  /** TSL: linear depth of a pixel in metres, 0 on background. */
  depthAt(at: Node<'ivec2'>): Node<'float'> {
    return linearDepth(this.depthTexel.at(at).r, this.frame.depthTerms);
  }

  /** TSL: metalness and roughness of a pixel, without all else. */
  finishAt(at: Node<'ivec2'>): Node<'vec2'> {
    const { shape, rest } = this.texels;
    return vec2(rest.at(at).r, shape.at(at).b);
  }

  resize(width: number, height: number): void {
    this.target.setSize(width, height);
  }

  render(scene: Scene, camera: PerspectiveCamera): void {
    const { renderer } = this;
    const { lighting, contextNode } = renderer;
    renderer.lighting = this.unlit;
    renderer.contextNode = finerTextures;
    renderer.setMRT(this.outputs);
    renderer.setRenderTarget(this.target);
    renderOpaque(renderer, scene, camera);
    renderer.setRenderTarget(null);
    renderer.setMRT(null);
    renderer.lighting = lighting;
    renderer.contextNode = contextNode;
  }

  dispose(): void {
    this.target.dispose();
    this.unlit.dispose();
  }
}
type At = Parameters<Image['at']>[0];
