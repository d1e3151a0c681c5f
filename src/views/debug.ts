import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { HalfFloatType, LinearFilter, RenderTarget } from 'three/webgpu';
import { Fn, vec3, vec4 } from 'three/tsl';
import { FullscreenPass, image, pixel } from '../pipeline/fullscreen';
import { unpackShape } from '../pipeline/gbuffer';
import { decodeLogChange, decodeNormal, decodeShared } from '../pipeline/packed';
import { decodeEdges } from '../pipeline/resolve';
import type { FrameSize, View } from './view';

/** An image to look at and how to make it visible. */
export interface DebugSource {
  /** Asked every frame, since textures may be swapped. */
  readonly texture: () => Texture;
  /** TSL: texel to display-referred colour in [0,1]. */
  readonly show: (texel: Node<'vec4'>) => Node<'vec3'>;
  /** Whether the image has the size of the low-detail frame or of the output. */
  readonly size: 'input' | 'output';
}

/** Ways of making a texel visible. */
export const show = {
  radiance: (t: Node<'vec4'>) => t.rgb.div(t.rgb.add(1)).sqrt(),
  color: (t: Node<'vec4'>) => t.rgb.sqrt(),
  /** Colour and normal as the guide packs them. */
  encodedColor: (t: Node<'vec4'>) => t.rgb,
  encodedNormal: (t: Node<'vec4'>) => decodeNormal(t.rg).mul(t.a).mul(0.5).add(0.5),
  shape: (t: Node<'vec4'>) => unpackShape(t).xyz.mul(0.5).add(0.5),
  red: (t: Node<'vec4'>) => vec3(t.r),
  blue: (t: Node<'vec4'>) => vec3(t.b),
  alpha: (t: Node<'vec4'>) => vec3(t.a),
  /** Radiance as the G-buffer packs it, and change of ℓ as the candidates do: 2 = four times or a quarter of the light. */
  shared: (t: Node<'vec4'>) => show.radiance(vec4(decodeShared(t), 1)),
  packedChange: (t: Node<'vec4'>) => decodeLogChange(t.rgb).div(4).add(0.5),
  /** ℓ of lighting: 8 is 64 times the mean. */
  encoded: (t: Node<'vec4'>) => t.rgb.div(8),
  /** Metres: 0 = white, far = black. */
  depth: (t: Node<'vec4'>) => vec3(t.z.greaterThan(0).select(t.z.mul(0.2).add(1).reciprocal(), 0)),
  /** 16 output pixels of motion saturate. */
  motion: (t: Node<'vec4'>) => vec3(t.xy.div(32).add(0.5), 0.5),
  /** Exponents in [-4,4]. */
  edges: (t: Node<'vec4'>) => decodeEdges(t).div(8).add(0.5),
} as const;

/** Shows one buffer of the frame, pixel by pixel. */
export class DebugView implements View {
  readonly content = 'display';
  readonly pixelated = true;
  private readonly target = new RenderTarget(1, 1, {
    type: HalfFloatType,
    depthBuffer: false,
    minFilter: LinearFilter,
    magFilter: LinearFilter,
  });
  private readonly pass: FullscreenPass;
  private readonly source;

  constructor(
    renderer: WebGPURenderer,
    private readonly debug: DebugSource,
    private readonly minus: (() => Texture) | null = null,
  ) {
    this.source = image(debug.texture());
    this.second = image(minus?.() ?? debug.texture());
    const fragment = Fn(() => {
      const texel = this.source.at(pixel());
      if (!this.minus) return vec4(debug.show(texel).clamp(0, 1), 1);
      const difference = texel.rgb.sub(this.second.at(pixel()).rgb);
      return vec4(difference.div(4).add(0.5).clamp(0, 1), 1);
    })();
    this.pass = new FullscreenPass(renderer, 'Debug', fragment);
  }
  private readonly second;

  get texture(): Texture {
    return this.target.texture;
  }

  resize(size: FrameSize): void {
    const { width, height } = size[this.debug.size];
    this.target.setSize(width, height);
  }

  render(): void {
    this.source.set(this.debug.texture());
    if (this.minus) this.second.set(this.minus());
    this.pass.render(this.target);
  }

  dispose(): void {
    this.target.dispose();
    this.pass.dispose();
  }
}
