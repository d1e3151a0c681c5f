import type { Node } from 'three/webgpu';
import { exp, float, max, vec4 } from 'three/tsl';

/** Texels farther than this from the plane of another light another surface: metres, and a share of the depth. */
const PLANE = { metres: 0.01, share: 0.02 } as const;

/**
 * Light of a surface holds for another that is turned by less than some 9°: 1 - cosine times this is the exponent. What is curved would
 * get the mean light of all its sides.
 */
const TURN = 80;

/** TSL: where a texel's surface is and how it is turned, in view space; depth 0 on background. */
export interface Shape {
  readonly depth: Node<'float'>;
  readonly position: Node<'vec3'>;
  readonly normal: Node<'vec3'>;
}

/**
 * TSL: how far two places are of one surface, [0,1]; 0 where the second is background. `apart` ≥ 0 is the exponent of
 * another cause to tell them apart.
 */
export function likeness(
  here: Shape,
  there: Shape,
  apart: Node<'float'> = float(0),
): Node<'float'> {
  const range = here.depth.mul(PLANE.share).add(PLANE.metres);
  const away = there.position.sub(here.position).dot(here.normal).div(range).toVar();
  const turned = max(here.normal.dot(there.normal).oneMinus(), float(0)).mul(TURN);
  const close = exp(away.mul(away).add(turned).add(apart).negate());
  return there.depth.greaterThan(0).select(close, float(0));
}

/** TSL: a weighted mean; it must be made and used inside one `Fn`. */
export class Mean {
  private readonly sum = vec4(0).toVar();
  private readonly weight = float(0).toVar();

  add(value: Node<'vec4'>, weight: Node<'float'>): void {
    const w = weight.toVar();
    this.sum.addAssign(value.mul(w));
    this.weight.addAssign(w);
  }

  /** The mean, or `without` where nothing was added. */
  value(without: Node<'vec4'> = vec4(0)): Node<'vec4'> {
    return this.weight
      .greaterThan(1e-6)
      .select(this.sum.div(max(this.weight, float(1e-6))), without);
  }
}
