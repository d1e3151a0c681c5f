import { LinearFilter } from 'three/webgpu';
import type { Node, RenderTarget, Texture } from 'three/webgpu';
import {
  Fn,
  If,
  exp2,
  float,
  floor,
  ivec2,
  max,
  min,
  mix,
  mrt,
  sqrt,
  step,
  uniform,
  vec2,
  vec3,
  vec4,
} from 'three/tsl';
import type { Lighting } from './compose';
import { cubic } from './cubic';
import { linearDepth } from './frame-uniforms';
import {
  FullscreenPass,
  clampPixel,
  eachOffset,
  image,
  pixel,
  swappableTexture,
} from './fullscreen';
import type { Image } from './fullscreen';
import { createTarget } from './gbuffer';
import { framesFor } from './light-change';
import { LEAST_EXPOSURE } from './levels';
import type { LastPicture } from './mirrors';
import { decodePicture, encodePicture, setFormat } from './packed';
import { neutralEdges } from './resolve';
import type { ResolveSources } from './resolve';
import { ditherNoise } from './sampling';
import { luminanceOf } from './shading';

/** Frames after which a picture has converged: the newest one then weighs one over that. */
const MAX_HISTORY = { moving: 8, still: 40 } as const;
/**
 * History farther than this many standard deviations from the neighbourhood is clipped. Where nothing moves the jitter
 * alone changes the neighbourhood, and a tight box would keep the picture trembling.
 */
const CLIP_SIGMA = { moving: 1.25, still: 4 } as const;
/** Motion in output pixels from which on a pixel counts as moving. */
const MOVING_PX = 0.25;
/**
 * Luminance that counts half, in units of the frame's mean lighting: the picture decides, not the units of its lights. With
 * less the edges of what is bright come out darker than the mean of their light.
 */
const KNEE = 8;
/** What glows is no noise: it counts as much as any other light, as long as it is no more than so many times itself. */
const GLOW_KNEE = 4;
/** Frames gathered are kept as shares of this, more than there ever are: so many mean that nothing but background is near. */
const FRAMES_SCALE = 64;
/** Neighbours that are so much farther away, relative to the nearer one, are behind an outline. */
const OUTLINE = 0.1;
/** Relative depth mismatch that counts as another surface. */
const DISOCCLUSION = 0.05;

/**
 * Temporal accumulation of the resolved picture at W×H. History is fetched along the dilated motion vector
 * (5-tap cubic), rejected where another surface was seen, clipped to the neighbourhood's mean ± γσ
 * (Salvi 2016), and blended in a luminance-weighted space (Karis 2014).
 * - picture: rgb radiance in units of the frame's mean lighting, as {@link encodePicture} packs it. Dithered, or what a frame
 *   changes would be rounded away
 * - frames: r = frames gathered / 64, 1 where only background is within a pixel
 */
export class Accumulate {
  private readonly targets: readonly [RenderTarget, RenderTarget];
  /** Depth in metres of the last frame's pixels: read first, then written for the next. */
  private readonly depth: RenderTarget;
  private readonly pass: FullscreenPass;
  private readonly depthPass: FullscreenPass;
  private readonly history;
  private readonly historyFrames;
  private readonly historyDepth;
  private readonly edges = image(neutralEdges);
  private readonly gain = image(neutralEdges);
  private readonly keep = uniform(0);
  private index = 0;

  constructor(
    /** In units of the frame's mean lighting. */
    private readonly current: Image,
    private readonly sources: ResolveSources,
  ) {
    const { renderer, guide } = sources;
    const create = () => {
      const target = createTarget('Accumulate', ['picture', 'frames'], false);
      const [picture, frames] = target.textures as [Texture, Texture];
      picture.minFilter = picture.magFilter = LinearFilter;
      setFormat(renderer, picture, 'rgb10a2');
      setFormat(renderer, frames, 'r8');
      return target;
    };
    this.targets = [create(), create()];
    this.depth = createTarget('Accumulate.depth', ['depth'], false);
    setFormat(renderer, this.depth.texture, 'r16');
    this.history = swappableTexture(this.targets[1].textures[0]!);
    this.historyFrames = image(this.targets[1].textures[1]!);
    this.historyDepth = image(this.depth.texture);
    this.pass = new FullscreenPass(renderer, 'Accumulate', this.node());
    const motion = guide.image('motion');
    this.depthPass = new FullscreenPass(
      renderer,
      'Accumulate.depth',
      Fn(() => vec4(motion.at(pixel()).z))(),
    );
  }

  /** The picture. */
  get texture(): Texture {
    return this.target.textures[0]!;
  }

  /** r = 1 where only background is within a pixel. */
  get background(): Texture {
    return this.target.textures[1]!;
  }

  /** What {@link render} draws over: until then it is free for others. */
  get next(): RenderTarget {
    return this.targets[1 - this.index]!;
  }

  /** The picture before {@link render}, which is that of the last frame. */
  get last(): LastPicture {
    return { texture: this.texture, depth: this.depth.texture };
  }

  private get target(): RenderTarget {
    return this.targets[this.index]!;
  }

  resize(width: number, height: number): void {
    [...this.targets, this.depth].forEach((target) => target.setSize(width, height));
  }

  /** `reset` drops the history, e.g. after a cut. `edges` and `gain` say how light changes. */
  render(reset: boolean, { edges, gain }: Lighting): void {
    this.edges.set(edges);
    this.gain.set(gain);
    this.history.value = this.texture;
    this.historyFrames.set(this.target.textures[1]!);
    this.index = 1 - this.index;
    this.keep.value = reset ? 0 : 1;
    this.pass.render(this.target);
    this.depthPass.render(this.depth);
  }

  private node(): Node {
    const { guide, levels, frame, transparents } = this.sources;
    const motion = guide.image('motion');
    const depth = image(guide.depth);
    const glow = guide.image('emissive');
    // Nothing before the very first frame, where 0 times infinity would be not a number, kept or not.
    const exposureBefore = max(image(levels.previous).at(ivec2(0, 0)).a, float(LEAST_EXPOSURE));
    // rgb = picture, a = frames gathered.
    const gathered = Fn(() => {
      const at = pixel().toVar();
      const last = ivec2(frame.outputSizePx).sub(1).toVar();
      const covered = float(0).toVar();
      // Dilation: an edge moves with whatever is in front, so that its anti-aliasing travels along.
      const front = at.toVar();
      const ownDepth = depth.at(at).x.toVar();
      const frontDepth = ownDepth.toVar();
      const backDepth = ownDepth.toVar();
      eachOffset(-1, 1, (away) => {
        const tap = clampPixel(at.add(away), last).toVar();
        covered.addAssign(transparents.output.coverage(tap));
        const other = depth.at(tap).x.toVar();
        backDepth.assign(max(backDepth, other));
        If(other.lessThan(frontDepth), () => {
          front.assign(tap);
          frontDepth.assign(other);
        });
      });
      const farthest = linearDepth(backDepth, frame.depthTerms).toVar();
      const isBefore = (depth: Node<'float'>): Node<'bool'> =>
        backDepth.greaterThanEqual(1).or(farthest.greaterThan(depth.mul(1 + OUTLINE)));
      const own = motion.at(at).toVar();
      // What is between two others has an outline of its own: the rim of what is round must not move as its middle does.
      const hasOutline = ownDepth.lessThan(backDepth).and(isBefore(own.z));
      const nearest = motion.at(front).toVar();
      const way = hasOutline.select(own.xy, nearest.xy).toVar();
      const glowing = luminanceOf(max(glow.at(at).rgb, glow.at(front).rgb)).mul(levels.exposure);
      const knee = glowing.mul(GLOW_KNEE).add(KNEE).toVar();
      const mean = vec4(0).toVar();
      const square = vec3(0).toVar();
      eachOffset(-1, 1, (away) => {
        const color = compress(this.current.at(clampPixel(at.add(away), last)).rgb, knee).toVar();
        mean.addAssign(color);
        square.addAssign(color.rgb.mul(color.rgb));
      });
      mean.divAssign(9);
      const sigma = sqrt(max(square.div(9).sub(mean.rgb.mul(mean.rgb)), vec3(0)));
      const now = compress(this.current.at(at).rgb, knee).toVar();

      const from = vec2(at).add(0.5).add(way).toVar();
      const uv = from.div(frame.outputSizePx).toVar();
      const inside = step(vec2(0), uv)
        .mul(step(uv, vec2(1)))
        .toVar();
      const before = ivec2(floorClamp(from, frame.outputSizePx));
      // Either surface will do: an edge that the last frame's jitter missed has not moved.
      const mismatches = [[front, nearest] as const, [at, own] as const].map(
        ([place, { xy, w: depthBefore }]) => {
          const there = vec2(place).add(xy).add(frame.jitterShiftPx);
          return depthMismatch(this.historyDepth, there, last, depthBefore);
        },
      );
      const valid = this.keep
        .mul(inside.x)
        .mul(inside.y)
        .mul(step(min(mismatches[0]!, mismatches[1]!), float(DISOCCLUSION)))
        .toVar();

      const moving = way.length().div(MOVING_PX).clamp(0, 1);
      const gamma = mix(float(CLIP_SIGMA.still), float(CLIP_SIGMA.moving), moving);
      const isOutline = isBefore(nearest.z);
      const low = ivec2(vec2(at).add(0.5).mul(frame.inputSizePx).div(frame.outputSizePx)).toVar();
      const most = mix(float(MAX_HISTORY.still), float(MAX_HISTORY.moving), moving);
      const follows = min(most, framesFor(this.edges.at(low).a)).sub(1);
      const known = this.historyFrames.at(before).r.mul(FRAMES_SCALE);
      const frames = min(known.mul(valid), follows).toVar();
      // This frame's sample is off the centre of its pixel. What moves is filtered anew anyway, so the past makes up for it,
      // or outlines tremble by what one frame of few weighs.
      const centred = from.sub(frame.jitterPx.mul(moving).div(max(frames, float(1)))).toVar();
      const past = decodePicture(
        cubic(this.history, centred, frame.outputSizePx, isOutline).toVar(),
      );
      const gain = exp2(this.gain.at(low.div(2)).rgb).mul(levels.exposure.div(exposureBefore));
      const offset = compress(past.mul(gain), knee).sub(mean).toVar();
      const excess = excessOver(offset.rgb, sigma.mul(gamma).add(1e-4)).toVar();
      const clipped = mean.add(offset.div(excess));
      const share = float(1).div(frames.add(1)).toVar();
      // Not mix(), which may leave rounding errors of a history that is to be forgotten.
      const blended = clipped.mul(share.oneMinus()).add(now.mul(share)).toVar();
      const isBackground = frontDepth.greaterThanEqual(1).and(covered.lessThanEqual(0));
      const count = isBackground.select(float(FRAMES_SCALE), frames.add(1));
      return vec4(blended.rgb.div(blended.a).mul(knee), count);
    })().toVar();
    return mrt({
      picture: Fn(() => encodePicture(gathered.rgb, ditherNoise(frame.noise)))(),
      frames: vec4(gathered.a.div(FRAMES_SCALE)),
    });
  }

  dispose(): void {
    [...this.targets, this.depth].forEach((target) => target.dispose());
    this.pass.dispose();
    this.depthPass.dispose();
  }
}

/**
 * Tone-compressed colour in which a firefly weighs no more than the knee, homogeneous: rgb = colour × weight, a = weight.
 * The colour is in units of the frame's mean lighting.
 * Whatever is done to all four alike, rgb / a leads back, however small the weight.
 */
function compress(exposed: Node<'vec3'>, knee: Node<'float'>): Node<'vec4'> {
  const color = exposed.div(knee).toVar();
  const weight = float(1).div(luminanceOf(color).add(1)).toVar();
  return vec4(color.mul(weight), weight);
}

const floorClamp = (p: Node<'vec2'>, size: Node<'vec2'>): Node<'vec2'> =>
  max(min(p, size.sub(1)), vec2(0));

/** Relative distance of the expected depth to that of the four pixels around a place which agrees best. */
function depthMismatch(
  depth: Image,
  at: Node<'vec2'>,
  last: Node<'ivec2'>,
  expected: Node<'float'>,
): Node<'float'> {
  const corner = ivec2(floor(at)).toVar();
  const known = expected.toVar();
  const least = float(1e9).toVar();
  eachOffset(0, 1, (offset) => {
    const seen = depth.at(clampPixel(corner.add(offset), last)).x;
    const apart = seen.sub(known).abs().toVar();
    least.assign(apart.lessThan(least).select(apart, least));
  });
  return least.div(max(known, float(1e-3)));
}

/** By how much an offset is too large for a box around zero; 1 = it is inside. */
function excessOver(offset: Node<'vec3'>, extent: Node<'vec3'>): Node<'float'> {
  const excess = offset.div(extent).abs();
  return max(max(excess.x, max(excess.y, excess.z)), float(1));
}
