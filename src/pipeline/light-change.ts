import { HalfFloatType, LinearFilter, RenderTarget } from 'three/webgpu';
import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, If, exp, float, int, ivec2, log, max, sign, step, texture, vec2, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import type { FrameUniforms } from './frame-uniforms';
import { FullscreenPass, clampPixel, eachOffset, image, pixel } from './fullscreen';
import type { Image } from './fullscreen';
import type { Guide } from './guide';
import type { Levels } from './levels';
import { luminanceOf } from './shading';

/** Output pixels each way that share one gain: wide enough that the noise of a frame's light averages out. */
const BLOCK_PX = 32;
/** Pixels from one that is looked at to the next. */
const STRIDE_PX = 4;
/** Smaller changes of the mean may be noise, and are left to the accumulation (natural logarithm). */
const SLACK = 0.04;
/** A larger change either way is another picture, and left to the clipping (natural logarithm). */
const MOST = Math.LN2;
/** Means count as at least so bright, in units of the frame's mean lighting: noise of dark places is no change. */
const DARK = 0.04;

/**
 * How much brighter the light of the newest picture is than that of its history: one gain a channel for each block,
 * interpolated between blocks. The history takes it on before it is mixed, so that a lamp that moves or blinks is followed at once
 * by a picture of many frames. (Adaptive temporal filters look for the same change, but shorten the history
 * instead, which brings back its noise: Schied et al. 2018.)
 */
export class LightChange {
  private readonly target: RenderTarget;
  private readonly pass: FullscreenPass;
  private readonly history;
  private readonly gains;

  constructor(
    renderer: WebGPURenderer,
    current: Image,
    guide: Guide,
    levels: Levels,
    private readonly frame: FrameUniforms,
  ) {
    this.target = new RenderTarget(1, 1, {
      type: HalfFloatType,
      depthBuffer: false,
      minFilter: LinearFilter,
      magFilter: LinearFilter,
    });
    this.history = texture(this.target.texture);
    this.gains = texture(this.target.texture);
    const node = this.node(current, guide, image(levels.texture));
    this.pass = new FullscreenPass(renderer, 'Accumulate.change', node);
  }

  resize(width: number, height: number): void {
    this.target.setSize(Math.ceil(width / BLOCK_PX), Math.ceil(height / BLOCK_PX));
  }

  /** `history`: picture of the last frame, linear radiance. */
  render(history: Texture): void {
    this.history.value = history;
    this.pass.render(this.target);
  }

  /** TSL: gain of the history at a position in output pixels. */
  gainAt(position: Node<'vec2'>): Node<'vec3'> {
    const blocks = this.frame.outputSizePx.div(BLOCK_PX).ceil();
    return this.gains.sample(position.div(blocks.mul(BLOCK_PX))).level(int(0)).rgb;
  }

  private node(current: Image, guide: Guide, levels: Image): Node<'vec4'> {
    const { outputSizePx } = this.frame;
    const motion = guide.image('motion');
    return Fn(() => {
      const exposure = levels.at(ivec2(0, 0)).a.toVar();
      const last = ivec2(outputSizePx).sub(1).toVar();
      const now = vec4(0).toVar();
      const past = vec4(0).toVar();
      const first = pixel()
        .mul(BLOCK_PX)
        .add(STRIDE_PX / 2)
        .toVar();
      eachOffset(0, BLOCK_PX / STRIDE_PX - 1, (offset) => {
        const at = clampPixel(first.add(offset.mul(STRIDE_PX)), last).toVar();
        const there = vec2(at).add(0.5).add(motion.at(at).xy).div(outputSizePx).toVar();
        const inside = step(vec2(0), there).mul(step(there, vec2(1)));
        const counts = inside.x.mul(inside.y).toVar();
        const before = max(this.history.sample(there).level(int(0)).rgb, vec3(0));
        now.addAssign(steady(current.at(at).rgb, exposure).mul(counts));
        past.addAssign(steady(before, exposure).mul(counts));
      });
      const gain = vec3(1).toVar();
      If(now.w.greaterThan(0), () => {
        const [bright, was] = [now, past].map((sum) => sum.rgb.div(sum.w).add(DARK));
        const change = log(bright!.div(was!)).toVar();
        const sure = max(change.abs().sub(SLACK), float(0)).mul(sign(change));
        gain.assign(exp(sure.clamp(-MOST, MOST)));
      });
      return vec4(gain, 1);
    })();
  }

  dispose(): void {
    this.target.dispose();
    this.pass.dispose();
  }
}

/** TSL: colour and weight for a mean in which a bright spot counts little (Karis 2014), in units of the mean lighting. */
function steady(color: Node<'vec3'>, exposure: Node<'float'>): Node<'vec4'> {
  const scaled = color.mul(exposure).toVar();
  const weight = float(1).div(luminanceOf(scaled).add(1)).toVar();
  return vec4(scaled.mul(weight), weight);
}
