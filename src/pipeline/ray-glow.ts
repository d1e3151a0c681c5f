import type { Node } from 'three/webgpu';
import { If, Loop, float, int, max, min, sqrt, vec3 } from 'three/tsl';
import { EMITTER_TEXELS } from './ray-emitters';
import { MATERIAL_TEXELS } from './ray-materials';
import type { RayScene } from './ray-scene';
import type { Rays } from './rays';
import { Reservoir } from './sampling';
import type { Random } from './sampling';
import { luminanceOf } from './shading';

/** Solid angle of one point at most: right beside a lamp its points stand apart. */
const MAX_SOLID_ANGLE = 0.5;
/** A ray to a point ends this share of the way: the lamp itself is not in its way. */
export const BEFORE_GLOW = 0.995;

/** Which glowing points are looked at, and how. */
export interface GlowQuery {
  /** Number of points, spread evenly through all of them. */
  readonly candidates: number;
  /** Which ones, in [0,1): askers whose strata are spread evenly look at all points between them. */
  readonly stratum: Node<'float'>;
  /** Points count as at least so far away, in metres squared. */
  readonly leastDistance2?: Node<'float'>;
  /** Share of the light from a direction (unit) that counts. */
  readonly response: (direction: Node<'vec3'>) => Node<'float'>;
}

/** TSL: the light of glowing surfaces, of which points stand for equal shares of power. Call its methods inside `Fn`. */
export class RayGlow {
  constructor(
    private readonly scene: RayScene,
    private readonly rays: Rays,
  ) {}

  /**
   * Light (rgb) of everything that glows: of one of some points, drawn by what it would bring (Talbot 2005), with a ray
   * to it; and the way to that point, not normalised, (0,0,0) where there is none.
   */
  arriving(point: Node<'vec3'>, random: Random, query: GlowQuery) {
    const drawn = new Reservoir(random);
    const offset = vec3(0).toVar();
    const light = vec3(0).toVar();
    this.offer(drawn, point, query, (way, brought) => {
      offset.assign(way);
      light.assign(brought);
    });
    If(drawn.found, () => {
      const open = this.rays.visible(point, offset, float(BEFORE_GLOW));
      light.mulAssign(open.mul(drawn.scale));
    });
    return { light, offset };
  }

  /** Offers points to a reservoir; `take` gets the way to the one drawn and its light, as if it stood for its stratum. */
  offer(
    drawn: Reservoir,
    point: Node<'vec3'>,
    { candidates, stratum, leastDistance2 = float(1e-8), response }: GlowQuery,
    take: (offset: Node<'vec3'>, light: Node<'vec3'>) => void,
  ): void {
    const count = float(this.scene.emitterCount).toVar();
    If(this.scene.emitterCount.greaterThan(int(0)), () => {
      Loop(candidates, ({ i }) => {
        const at = float(i).add(stratum).mul(count.div(candidates));
        const { offset, direction, solidAngle, row } = this.seen(
          int(min(at, count.sub(1))),
          point,
          leastDistance2,
        );
        const radiance = this.scene.materials.at(int(row).mul(MATERIAL_TEXELS), 1).rgb;
        const share = solidAngle.mul(response(direction)).mul(count.div(candidates));
        const light = radiance.mul(share).toVar();
        drawn.offer(luminanceOf(light), () => take(offset, light));
      });
    });
  }

  /** One point as seen from a place: the way to it, and its solid angle, 0 from behind. */
  private seen(index: Node<'int'>, point: Node<'vec3'>, leastDistance2: Node<'float'>) {
    const record = index.mul(EMITTER_TEXELS).toVar();
    const place = this.scene.emitters.at(record).toVar();
    const facing = this.scene.emitters.at(record, 1).toVar();
    const offset = place.xyz.sub(point).toVar();
    const distance2 = max(offset.dot(offset), float(1e-8)).toVar();
    const direction = offset.div(sqrt(distance2)).toVar();
    const area = place.w.mul(direction.dot(facing.xyz).negate()).toVar();
    const facesHere = area.greaterThan(0).or(place.w.lessThan(0));
    const solidAngle = min(area.abs().div(max(distance2, leastDistance2)), float(MAX_SOLID_ANGLE));
    return {
      offset,
      direction,
      solidAngle: facesHere.select(solidAngle, float(0)).toVar(),
      row: facing.w,
    };
  }
}
