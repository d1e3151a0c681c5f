import { HalfFloatType, LinearFilter, RenderTarget } from 'three/webgpu';
import type { Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, ivec2, vec2, vec4 } from 'three/tsl';
import type { FrameUniforms } from '../pipeline/frame-uniforms';
import { cosineToView, viewRay } from '../pipeline/frame-uniforms';
import { FullscreenPass, image, pixel } from '../pipeline/fullscreen';
import type { GBuffer } from '../pipeline/gbuffer';
import type { Levels } from '../pipeline/levels';
import { materialFactorNode } from '../pipeline/shading';
import type { FrameSize, View } from './view';

/** What an engine on a budget shows: hard-shadowed light + material × flat ambient + emission, at w×h. */
export class RawPicture {
  readonly target = new RenderTarget(1, 1, {
    type: HalfFloatType,
    depthBuffer: false,
    minFilter: LinearFilter,
    magFilter: LinearFilter,
  });
  private readonly pass: FullscreenPass;

  constructor(renderer: WebGPURenderer, gbuffer: GBuffer, levels: Levels, frame: FrameUniforms) {
    const level = image(levels.texture);
    const [light, albedo, normal, emissive] = (
      ['light', 'albedo', 'normal', 'emissive'] as const
    ).map((name) => gbuffer.image(name));
    const fragment = Fn(() => {
      const at = pixel().toVar();
      const base = albedo!.at(at).toVar();
      const n = normal!.at(at).toVar();
      const glow = emissive!.at(at).toVar();
      const ray = viewRay(vec2(at), frame.inputSizePx, frame.gbufferProjection);
      const factor = materialFactorNode(base.rgb, base.a, n.a, cosineToView(n.xyz, ray));
      const ambient = factor.mul(level.at(ivec2(0, 0)).rgb).mul(glow.a);
      return vec4(light!.at(at).rgb.add(ambient).add(glow.rgb), 1);
    })();
    this.pass = new FullscreenPass(renderer, 'RawPicture', fragment);
  }

  get texture(): Texture {
    return this.target.texture;
  }

  resize({ input }: FrameSize): void {
    this.target.setSize(input.width, input.height);
  }

  render(): void {
    this.pass.render(this.target);
  }

  dispose(): void {
    this.target.dispose();
    this.pass.dispose();
  }
}

/** The raw picture as it is (`pixelated`) or smoothed bilinearly. */
export function rawView(picture: RawPicture, pixelated: boolean): View {
  return {
    get texture() {
      return picture.texture;
    },
    content: 'radiance',
    pixelated,
    render: () => picture.render(),
    resize: (size) => picture.resize(size),
    dispose: () => picture.dispose(),
  };
}
