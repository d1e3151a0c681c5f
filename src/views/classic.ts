import { HalfFloatType, LinearFilter, RenderTarget } from 'three/webgpu';
import type { Node, Texture } from 'three/webgpu';
import { Fn, If, float, uniform, vec2, vec4 } from 'three/tsl';
import { cosineToView, viewRay } from '../pipeline/frame-uniforms';
import { FullscreenPass, image, pixel } from '../pipeline/fullscreen';
import type { Pipeline } from '../pipeline/pipeline';
import { materialFactorNode } from '../pipeline/shading';
import { RasterInputs, input } from './raster-inputs';
import type { RawPicture } from './raw';
import { ScreenSpaceLight } from './screen-space-light';
import { Taau } from './taau';
import type { FrameSize, View } from './view';

/**
 * The best that three itself does with the same low-resolution frame: screen-space global illumination, denoised, on
 * top of the raw picture's light, then its temporal upscaler. Nothing of ours takes part but the G-buffer.
 */
export class ClassicView implements View {
  readonly content = 'radiance';
  readonly pixelated = false;
  private readonly radiance = createTarget();
  private readonly lit = createTarget();
  private readonly inputs: RasterInputs;
  private readonly light: ScreenSpaceLight;
  private readonly taau: Taau;
  private readonly radiancePass: FullscreenPass;
  private readonly litPass: FullscreenPass;
  private readonly hasPast = uniform(0);
  private index = 0;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly raw: RawPicture,
  ) {
    const { renderer } = pipeline;
    this.inputs = new RasterInputs(pipeline);
    this.light = new ScreenSpaceLight(renderer, this.radiance.texture, this.inputs);
    this.taau = new Taau(renderer, this.lit.texture, this.inputs);
    this.radiancePass = new FullscreenPass(renderer, 'Classic.radiance', this.radianceNode());
    this.litPass = new FullscreenPass(renderer, 'Classic.lit', this.litNode());
  }

  get texture(): Texture {
    return this.taau.texture;
  }

  resize(size: FrameSize): void {
    const { width, height } = size.input;
    [this.radiance, this.lit].forEach((target) => target.setSize(width, height));
    this.inputs.resize(size.input);
    this.light.resize(size.input);
    this.taau.resize(size);
  }

  render(reset: boolean): void {
    this.index = reset ? 0 : this.index + 1;
    this.hasPast.value = reset ? 0 : 1;
    this.raw.render();
    this.inputs.render();
    this.radiancePass.render(this.radiance);
    this.light.render(this.index);
    this.litPass.render(this.lit);
    this.taau.render(this.index);
  }

  /** TSL: the last picture, moved to where its points are now, so that light bounces more than once; else the raw one. */
  private radianceNode(): Node<'vec4'> {
    const { frame, gbuffer } = this.pipeline;
    const raw = image(this.raw.texture);
    const motion = gbuffer.image('motion');
    const past = input(this.taau.texture);
    return Fn(() => {
      const at = pixel().toVar();
      const color = raw.at(at).toVar();
      const moved = motion.at(at).xy.div(frame.outputSizePx);
      const uv = vec2(at).add(0.5).div(frame.inputSizePx).add(moved).toVar();
      const inside = uv.greaterThanEqual(0).all().and(uv.lessThanEqual(1).all());
      If(this.hasPast.greaterThan(0).and(inside), () => {
        color.assign(past.sample(uv).level(float(0)));
      });
      return vec4(color.rgb.max(0), 1);
    })();
  }

  /** TSL: as in three's built-in lighting: direct + ambient × occlusion + diffuse colour / π × bounce + emission. */
  private litNode(): Node<'vec4'> {
    const { frame, gbuffer, levels, transparents } = this.pipeline;
    const [light, albedo, normal, emissive] = (
      ['light', 'albedo', 'normal', 'emissive'] as const
    ).map((name) => gbuffer.image(name));
    const [occlusion, bounce] = [this.light.occlusion, this.light.bounce].map(({ texture }) =>
      image(texture),
    );
    return Fn(() => {
      const at = pixel().toVar();
      const base = albedo!.at(at).toVar();
      const n = normal!.at(at).toVar();
      const glow = emissive!.at(at).toVar();
      const ray = viewRay(vec2(at), frame.inputSizePx, frame.gbufferProjection);
      const factor = materialFactorNode(base.rgb, base.a, n.a, cosineToView(n.xyz, ray));
      const ambient = factor.mul(levels.ambient).mul(occlusion!.at(at).r);
      const diffuse = base.rgb.mul(base.a.oneMinus()).div(Math.PI);
      const indirect = ambient.add(diffuse.mul(bounce!.at(at).rgb)).mul(glow.a);
      const opaque = light!.at(at).rgb.add(indirect).add(glow.rgb);
      return vec4(transparents.input.over(opaque, at), 1);
    })();
  }

  dispose(): void {
    [this.radiance, this.lit, this.inputs, this.light, this.taau].forEach((part) => part.dispose());
    this.radiancePass.dispose();
    this.litPass.dispose();
  }
}

function createTarget(): RenderTarget {
  return new RenderTarget(1, 1, {
    type: HalfFloatType,
    depthBuffer: false,
    minFilter: LinearFilter,
    magFilter: LinearFilter,
  });
}
