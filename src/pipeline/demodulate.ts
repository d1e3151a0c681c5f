import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, float, ivec2, log2, max, mrt, vec2, vec4 } from 'three/tsl';
import { TRANSFER_SCALE } from '../core/color';
import type { FrameUniforms } from './frame-uniforms';
import { cosineToView, viewRay } from './frame-uniforms';
import { FullscreenPass, image, pixel } from './fullscreen';
import { createTarget } from './gbuffer';
import type { GBuffer } from './gbuffer';
import type { Levels } from './levels';
import type { Occlusion } from './occlusion';
import { encodeLightingNode, luminanceOf, materialFactorNode } from './shading';

/**
 * Divides the material out of the G-buffer's light and encodes it (w×h, RGBA half float):
 * - raw: rgb ℓ of hard-shadowed light + flat ambient, a = 1 on surfaces, 0 on background
 * - lit: rgb ℓ of penumbra-filtered light + probe light × occlusion, a = ℓ of the unshadowed direct light
 */
export class Demodulate {
  readonly target = createTarget('Demodulate', ['raw', 'lit'], false);
  private readonly pass: FullscreenPass;
  private readonly levels;

  constructor(
    renderer: WebGPURenderer,
    gbuffer: GBuffer,
    private readonly ambientOcclusion: Occlusion,
    levels: Levels,
    frame: FrameUniforms,
  ) {
    this.levels = image(levels.texture);
    this.pass = new FullscreenPass(
      renderer,
      'Demodulate',
      this.node(gbuffer, ambientOcclusion, frame),
    );
  }

  get raw(): Texture {
    return this.target.textures[0]!;
  }

  get lit(): Texture {
    return this.target.textures[1]!;
  }

  /** Red channel: ambient occlusion [0,1]. */
  get occlusion(): Texture {
    return this.ambientOcclusion.texture;
  }

  resize(width: number, height: number): void {
    this.target.setSize(width, height);
  }

  render(): void {
    this.pass.render(this.target);
  }

  private node(gbuffer: GBuffer, occlusion: Occlusion, frame: FrameUniforms): Node {
    const read = (name: Parameters<GBuffer['texture']>[0]) =>
      image(gbuffer.texture(name)).at(pixel());
    const shared = Fn(() => {
      const base = read('albedo').toVar();
      const n = read('normal').toVar();
      const ray = viewRay(vec2(pixel()), frame.inputSizePx, frame.gbufferProjection);
      return materialFactorNode(base.rgb, base.a, n.a, cosineToView(n.xyz, ray));
    })().toVar();
    const level = this.levels.at(ivec2(0, 0)).toVar();
    const surface = read('emissive').a;
    const raw = read('light').rgb.div(shared).add(level.rgb);
    const open = occlusion.textureNode.load(pixel()).r;
    const lit = read('soft').rgb.div(shared).add(read('probe').rgb.mul(open));
    const unshadowed = read('motion').w.div(max(luminanceOf(shared), float(1e-4)));
    const unshadowedEncoded = log2(unshadowed.mul(level.a.mul(TRANSFER_SCALE)).add(1));
    return mrt({
      raw: vec4(encodeLightingNode(raw, level.a).mul(surface), surface),
      lit: vec4(encodeLightingNode(lit, level.a).mul(surface), unshadowedEncoded.mul(surface)),
    });
  }

  dispose(): void {
    this.target.dispose();
    this.pass.dispose();
  }
}
