import type { Node } from 'three/webgpu';
import { float, fract, uint, vec2 } from 'three/tsl';
import { cellOf } from './sampling';

/** Neighbours share their rays: those of this many texels each way make one set of directions. */
export const SPREAD = 4;

/**
 * TSL: two numbers in [0,1) for a ray of a texel: the R2 sequence over the texels that share a set, turned by the frame's number
 * and from set to set, or a window that no ray of the one set finds would be missed by all of a wall.
 */
export function rayTurn(
  at: Node<'ivec2'>,
  ray: Node<'int'>,
  rayCount: Node<'int'>,
  frameNumber: Node<'uint'>,
): [Node<'float'>, Node<'float'>] {
  const number = float(cellOf(at, SPREAD).mul(rayCount).add(ray)).add(0.5).toVar();
  const frame = float(frameNumber.bitAnd(uint(255))).toVar();
  const set = setOf(at).toVar();
  const u = number
    .mul(0.7548777)
    .add(frame.mul(0.618034))
    .add(set.dot(vec2(0.8191725, 0.6710436)));
  const v = number
    .mul(0.5698403)
    .add(frame.mul(0.4142136))
    .add(set.dot(vec2(0.5497005, 0.8566749)));
  return [fract(u).toVar(), fract(v).toVar()];
}

/** TSL: a number in [0,1) that draws a block of glowing points, spread evenly like those of {@link rayTurn}. */
export function glowTurn(
  at: Node<'ivec2'>,
  ray: Node<'int'>,
  frameNumber: Node<'uint'>,
): Node<'float'> {
  const frame = float(frameNumber.bitAnd(uint(255)));
  const number = float(cellOf(at, SPREAD).add(ray.mul(SPREAD * SPREAD)))
    .mul(0.618034)
    .add(frame.mul(0.7548777));
  return fract(number.add(setOf(at).dot(vec2(0.8191725, 0.6710436)))).toVar();
}

const setOf = (at: Node<'ivec2'>): Node<'vec2'> => vec2(at).div(SPREAD).floor();
