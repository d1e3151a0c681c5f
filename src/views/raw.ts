import { HalfFloatType, LinearFilter, RenderTarget } from 'three/webgpu';
import type { Texture } from 'three/webgpu';
import { Fn, vec2, vec4 } from 'three/tsl';
import { cosineToView, viewRay } from '../pipeline/frame-uniforms';
import { FullscreenPass, pixel } from '../pipeline/fullscreen';
import type { Pipeline } from '../pipeline/pipeline';
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

  constructor(private readonly pipeline: Pipeline) {
    const { renderer, gbuffer, levels, frame, transparents } = pipeline;
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
      const ambient = factor.mul(levels.ambient).mul(glow.a);
      const opaque = light!.at(at).rgb.add(ambient).add(glow.rgb);
      return vec4(transparents.input.over(opaque, at), 1);
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
    this.pipeline.layTransparents();
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
