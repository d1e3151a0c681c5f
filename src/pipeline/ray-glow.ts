import type { Node } from 'three/webgpu';
import { Break, If, Loop, float, int, max, min, sqrt, vec3 } from 'three/tsl';
import { BLOCK_POINTS, EMITTER_BLOCKS, EMITTER_TEXELS } from './ray-emitters';
import { MATERIAL_TEXELS } from './ray-materials';
import type { RayScene } from './ray-scene';
import type { Rays } from './rays';
import { Reservoir } from './sampling';
import type { Random } from './sampling';
import { luminanceOf } from './shading';

/** Solid angle of what a point stands for at most, in steradians: right beside a lamp its points stand apart. */
const MAX_SOLID_ANGLE = 0.5;
/** From this solid angle on rays find more of what a point stands for by chance than is asked of the point. */
const CLOSE_SR = 0.1;
/** A block counts as if it brought at least so much per steradian: its middle may lie in the dark, and parts of it not. */
const LEAST_RESPONSE = 0.02;
/** How many times its light of now something may have brought in the last frame: {@link gainOf} tells no more, and chance would make spots of it. */
export const MOST_BEFORE = 2;
/** A ray to a point ends this share of the way: the lamp itself is not in its way. */
export const BEFORE_GLOW = 0.995;

/** Which glowing points are looked at, and how. */
export interface GlowQuery {
  /** Share of the light from a direction (unit) that counts. */
  readonly response: (direction: Node<'vec3'>) => Node<'float'>;
  /** The same as far as it matters for the choice of a block; a block is as wide as it is, and lobes may be narrower. */
  readonly wideResponse?: (direction: Node<'vec3'>) => Node<'float'>;
  /** Number in [0,1) that draws the block: neighbours who share what they find spread theirs evenly. Random without it. */
  readonly turn?: Node<'float'>;
  /** How many points of the block are looked at; all without it. */
  readonly points?: number;
  /** The block to look at, one of {@link EMITTER_BLOCKS}; drawn by what its middle promises without it. */
  readonly block?: Node<'int'>;
  /** Points count as at least so far away, in metres squared. */
  readonly leastDistance2?: Node<'float'>;
  /** Rays that meet glow by chance bring their share of it ({@link RayGlow.chanceShare}), so that it is left out here. */
  readonly besideChance?: boolean;
}

/**
 * TSL: the light of glowing surfaces, of which points stand for equal shares of power. First a block of neighbouring points
 * is drawn, then one of them, each by what it would bring (Talbot 2005). Call its methods inside `Fn`.
 */
export class RayGlow {
  constructor(
    private readonly scene: RayScene,
    private readonly rays: Rays,
  ) {}

  /**
   * Light (rgb) of everything that glows, of one point, with nothing in its way; `open` = 1 where a ray to it says so, else
   * 0; the way to the point, not normalised, (0,0,0) where there is none; and `before`, its light in the last frame as a
   * share of that now.
   */
  arriving(point: Node<'vec3'>, random: Random, query: GlowQuery) {
    const drawn = new Reservoir(random);
    const offset = vec3(0).toVar();
    const light = vec3(0).toVar();
    const open = float(0).toVar();
    const before = float(1).toVar();
    const index = int(0).toVar();
    this.offer(drawn, point, random, query, (way, which) => {
      offset.assign(way);
      index.assign(which);
    });
    If(drawn.found, () => {
      light.assign(this.colorOf(index).mul(drawn.all));
      open.assign(this.rays.visible(point, offset, float(BEFORE_GLOW)));
      If(this.scene.emittersChange.greaterThan(int(0)), () => {
        before.assign(this.before(index, point, query.response));
      });
    });
    return { light, open, offset, before };
  }

  /** What a point brought in the last frame as a share of what it brings now: it may have dimmed, or moved. */
  before(index: Node<'int'>, point: Node<'vec3'>, response: GlowQuery['response']): Node<'float'> {
    const last = this.scene.emitters.at(index.mul(EMITTER_TEXELS), 2).toVar();
    const now = this.seen(index, point);
    const then = this.seen(index, point, last.xyz);
    const [brings, brought] = [now, then].map(({ offset, direction, cosine }) =>
      cosine.mul(response(direction)).div(max(offset.dot(offset), float(1e-8))),
    );
    return brought!.mul(last.w).div(max(brings!, float(1e-20))).clamp(0, MOST_BEFORE); // prettier-ignore
  }

  /** Colour of a point's light, luminance 1. */
  colorOf(index: Node<'int'>): Node<'vec3'> {
    const row = int(this.scene.emitters.at(index.mul(EMITTER_TEXELS), 1).w);
    const radiance = this.scene.materials.at(row.mul(MATERIAL_TEXELS), 1).rgb.toVar();
    return radiance.div(max(luminanceOf(radiance), float(1e-20)));
  }

  /**
   * Offers points to a reservoir, each by the luminance that it would bring if it stood for all; `take` gets the way to the
   * one drawn.
   */
  offer(
    drawn: Reservoir,
    point: Node<'vec3'>,
    random: Random,
    query: GlowQuery,
    take: (offset: Node<'vec3'>, index: Node<'int'>) => void,
  ): void {
    const { response, points = BLOCK_POINTS, leastDistance2 = float(1e-8) } = query;
    const stride = BLOCK_POINTS / points;
    If(this.scene.emitterCount.greaterThan(int(0)), () => {
      const block = query.block ? { index: query.block, scale: float(1) } : this.block(point, random, query); // prettier-ignore
      const first = block.index.mul(BLOCK_POINTS).toVar();
      if (stride > 1) first.addAssign(int(random.next().mul(stride)));
      const stands = block.scale.mul(stride).toVar();
      Loop(points, ({ i }) => {
        const index = first.add(int(i).mul(stride)).toVar();
        const { offset, direction, cosine, area, luminance } = this.seen(index, point);
        const distance2 = max(offset.dot(offset), leastDistance2).toVar();
        const solidAngle = area.mul(cosine).div(distance2).toVar();
        if (query.besideChance)
          solidAngle.mulAssign(this.chanceShare(luminance, cosine, distance2).oneMinus());
        else solidAngle.assign(min(solidAngle, float(MAX_SOLID_ANGLE)));
        const share = luminance.mul(solidAngle).mul(response(direction)).mul(stands);
        drawn.offer(share, () => take(offset, index));
      });
    });
  }

  /**
   * Share [0,1] of the radiance of a glowing place that rays bring which meet it by chance; asking its points brings the
   * rest. What is close and wide is easily met, and its points stand too far apart; what is far is rarely met (a balance
   * of two ways as in Veach and Guibas 1995, of which any is right as long as both ways agree). Luminance and `cosine` ≥ 0 at
   * the glow, squared distance in metres.
   */
  chanceShare(
    luminance: Node<'float'>,
    cosine: Node<'float'>,
    distance2: Node<'float'>,
  ): Node<'float'> {
    const close = this.scene.emitterPower.mul(cosine).toVar();
    const far = luminance.mul(distance2).mul(CLOSE_SR);
    return close.div(max(close.add(far), float(1e-20)));
  }

  /** Draws a block by its share of what all promise; `scale` is one over its probability. */
  private block(
    point: Node<'vec3'>,
    random: Random,
    { response, wideResponse = response, turn = random.next() }: GlowQuery,
  ) {
    const promise = (i: Node<'int'>): Node<'float'> => {
      const place = this.scene.emitterBlocks.element(i).toVar() as unknown as Node<'vec4'>;
      const way = place.xyz.sub(point).toVar();
      const distance2 = way.dot(way).add(1e-8).toVar();
      const answer = wideResponse(way.div(sqrt(distance2))).add(LEAST_RESPONSE);
      return answer.div(distance2.add(place.w)).toVar();
    };
    const total = float(0).toVar();
    Loop(EMITTER_BLOCKS, ({ i }) => {
      total.addAssign(promise(int(i)));
    });
    // Not a reservoir, which would need a number for each block and scatter those that are spread evenly.
    const left = turn.mul(total).toVar();
    const index = int(0).toVar();
    const own = float(1).toVar();
    Loop(EMITTER_BLOCKS, ({ i }) => {
      index.assign(int(i));
      own.assign(promise(index));
      left.subAssign(own);
      If(left.lessThan(0), () => {
        Break();
      });
    });
    return { index, scale: total.div(own) };
  }

  /** One point, where it is or at `from`, as seen from a place: the way to it, its area in m², its luminance, and the cosine at it, 0 from behind. */
  private seen(index: Node<'int'>, point: Node<'vec3'>, from?: Node<'vec3'>) {
    const record = index.mul(EMITTER_TEXELS).toVar();
    const place = this.scene.emitters.at(record).toVar();
    const facing = this.scene.emitters.at(record, 1).toVar();
    const offset = (from ?? place.xyz).sub(point).toVar();
    const direction = offset.div(sqrt(max(offset.dot(offset), float(1e-8)))).toVar();
    const luminance = facing.xyz.length().toVar();
    const cosine = direction
      .dot(facing.xyz)
      .negate()
      .div(max(luminance, float(1e-20)))
      .toVar();
    const bothSides = place.w.lessThan(0);
    return {
      offset,
      direction,
      cosine: bothSides.select(cosine.abs(), max(cosine, float(0))).toVar(),
      area: place.w.abs().toVar(),
      luminance,
    };
  }
}
