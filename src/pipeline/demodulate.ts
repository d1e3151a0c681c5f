import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, float, ivec2, log2, max, vec2, vec4 } from 'three/tsl';
import { TRANSFER_SCALE } from '../core/color';
import type { FrameUniforms } from './frame-uniforms';
import { cosineToView, viewRay } from './frame-uniforms';
import { FullscreenPass, image, pixel } from './fullscreen';
import { createTarget, surfaceOf } from './gbuffer';
import type { GBuffer, GBufferImage } from './gbuffer';
import type { Levels } from './levels';
import type { Occlusion } from './occlusion';
import type { ShadowRays } from './shadow-rays';
import { encodeLightingNode, luminanceOf, materialFactorNode } from './shading';

/**
 * Divides the material out of the G-buffer's light and encodes it (w×h, RGBA half float):
 * - raw: rgb ℓ of hard-shadowed light + flat ambient, a = 1 on surfaces, 0 on background;
 *   drawn only where the network is mixed with it or a view shows it
 * - lit: rgb ℓ of the direct light that shadow rays let through + probe light × occlusion, a = ℓ of the unshadowed
 *   direct light
 */
export class Demodulate {
  private readonly rawTarget = createTarget('Demodulate', ['raw'], false);
  private readonly litTarget = createTarget('Demodulate', ['lit'], false);
  private readonly rawPass: FullscreenPass;
  private readonly litPass: FullscreenPass;
  private readonly levels;

  constructor(
    renderer: WebGPURenderer,
    private readonly gbuffer: GBuffer,
    private readonly ambientOcclusion: Occlusion,
    private readonly shadowRays: ShadowRays,
    levels: Levels,
    private readonly frame: FrameUniforms,
  ) {
    this.levels = image(levels.texture);
    this.rawPass = new FullscreenPass(renderer, 'Demodulate.raw', this.rawNode());
    this.litPass = new FullscreenPass(renderer, 'Demodulate', this.litNode());
  }

  get raw(): Texture {
    return this.rawTarget.texture;
  }

  get lit(): Texture {
    return this.litTarget.texture;
  }

  /** Red channel: ambient occlusion [0,1]. */
  get occlusion(): Texture {
    return this.ambientOcclusion.texture;
  }

  resize(width: number, height: number): void {
    this.rawTarget.setSize(width, height);
    this.litTarget.setSize(width, height);
  }

  render(): void {
    this.litPass.render(this.litTarget);
  }

  /** Draws the raw lighting, which few frames need. */
  renderRaw(): void {
    this.rawPass.render(this.rawTarget);
  }

  private rawNode(): Node<'vec4'> {
    return Fn(() => {
      const level = this.levels.at(ivec2(0, 0)).toVar();
      const { factor, surface } = this.material();
      const raw = this.read('light').rgb.div(factor).add(level.rgb);
      return vec4(encodeLightingNode(raw, level.a).mul(surface), surface);
    })();
  }

  private litNode(): Node<'vec4'> {
    const arriving = this.shadowRays.shareNode();
    return Fn(() => {
      const level = this.levels.at(ivec2(0, 0)).toVar();
      const { factor, surface } = this.material();
      const open = this.ambientOcclusion.textureNode.load(pixel()).r;
      const unshadowed = this.read('unshadowed').rgb.toVar();
      const direct = unshadowed.mul(arriving).div(factor);
      const lit = direct.add(this.read('probe').rgb.mul(open));
      const bright = luminanceOf(unshadowed).div(max(luminanceOf(factor), float(1e-4)));
      const unshadowedEncoded = log2(bright.mul(level.a.mul(TRANSFER_SCALE)).add(1));
      return vec4(encodeLightingNode(lit, level.a), unshadowedEncoded).mul(surface);
    })();
  }

  /** TSL: material factor of the pixel, and whether there is any. */
  private material() {
    const base = this.read('albedo').toVar();
    const n = this.read('normal').toVar();
    const ray = viewRay(vec2(pixel()), this.frame.inputSizePx, this.frame.gbufferProjection);
    const factor = materialFactorNode(base.rgb, base.a, n.a, cosineToView(n.xyz, ray)).toVar();
    return { factor, surface: surfaceOf(n).toVar() };
  }

  private read(name: GBufferImage): Node<'vec4'> {
    return this.gbuffer.image(name).at(pixel());
  }

  dispose(): void {
    [this.rawTarget, this.litTarget, this.rawPass, this.litPass].forEach((part) => part.dispose());
  }
}
