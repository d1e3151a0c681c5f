import type { Node } from 'three/webgpu';
import { float, floor, ivec2, log2, max, min, step, vec2, vec3, vec4 } from 'three/tsl';
import { viewRay } from './frame-uniforms';
import type { Image } from './fullscreen';
import { clampPixel } from './fullscreen';

/** A pixel shows another surface farther than this from where it is expected, as a share of the depth. */
const MAX_GAP = 0.02;
/** ... or where the normals agree less than this; half, since normal maps and curves move under the grid. */
const MIN_COSINE = 0.5;
/** History with less valid weight than this is none. */
const MIN_VALIDITY = 0.01;
/** Log lighting beyond this is kept out of the loop, where it could only grow. */
const MAX_LOG = 16;
/** The pixels around a place. */
const TAPS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const;

/** TSL: what {@link historyNode} reads; `now` of this frame, `before` of the last. */
export interface HistoryInputs {
  /** xy motion in output pixels to the last frame (y down, unjittered), z depth in metres, 0 = none. */
  readonly motion: Image;
  readonly normal: Image;
  /** rgb = 2^ℓ of the direct light. */
  readonly direct: Image;
  /** rgb = by how much 2^ℓ was more than that of the direct light, a = depth in metres. */
  readonly indirectBefore: Image;
  readonly normalBefore: Image;
  readonly inputSizePx: Node<'vec2'>;
  readonly outputSizePx: Node<'vec2'>;
  /** (P₀, P₅, P₈, P₉) of the jittered projections. */
  readonly projection: Node<'vec4'>;
  readonly projectionBefore: Node<'vec4'>;
  /** View space of this frame to that of the last. */
  readonly toBefore: Node<'mat4'>;
  /** Sample position in its pixel, this frame's minus the last's, low-resolution pixels, y down. */
  readonly shiftPx: Node<'vec2'>;
  /** Exposure of the network, this frame's over the last's. */
  readonly exposureRatio: Node<'float'>;
}

/**
 * TSL: rgb = ℓ of this frame's direct light and the last frame's indirect light at the pixel's surface, for this frame's exposure,
 * a = validity [0,1]: the share of the bilinear weight whose pixels show the same surface. Shadows and shading by lamps, which
 * moving an image from frame to frame would blur, are known anew in each. Python: workshop/history.py. Call inside `Fn`.
 */
export function historyNode(inputs: HistoryInputs, at: Node<'ivec2'>): Node<'vec4'> {
  const { inputSizePx: size } = inputs;
  const motion = inputs.motion.at(at).toVar();
  const source = vec2(at)
    .add(0.5)
    .add(motion.xy.mul(size).div(inputs.outputSizePx))
    .add(inputs.shiftPx)
    .toVar();
  const corner = floor(source.sub(0.5)).toVar();
  const part = source.sub(0.5).sub(corner).toVar();
  const surface = expectedSurface(inputs, at, source, motion.z);
  const sum = vec4(0).toVar();
  for (const [x, y] of TAPS) {
    const weight = (x ? part.x : part.x.oneMinus()).mul(y ? part.y : part.y.oneMinus());
    const tap = corner.add(vec2(x, y)).toVar();
    const texel = clampPixel(ivec2(tap), ivec2(size).sub(1)).toVar();
    const before = inputs.indirectBefore.at(texel).toVar();
    const normal = unit(inputs.normalBefore.at(texel).xyz);
    const same = isSame(inputs, surface, { tap, depth: before.a, normal });
    sum.addAssign(vec4(before.rgb, 1).mul(weight.mul(same)));
  }
  const validity = sum.a.mul(step(float(1e-6), motion.z)).toVar();
  const indirect = sum.rgb.div(max(sum.a, float(MIN_VALIDITY))).mul(inputs.exposureRatio);
  const log = log2(max(inputs.direct.at(at).rgb.add(indirect), vec3(1)));
  const found = vec4(min(log, vec3(MAX_LOG)), validity);
  return validity.greaterThan(MIN_VALIDITY).select(found, vec4(0));
}

const unit = (v: Node<'vec3'>): Node<'vec3'> => v.div(max(v.length(), float(1e-6)));

interface Expected {
  readonly position: Node<'vec3'>;
  readonly normal: Node<'vec3'>;
}

/** The pixel's surface in the last frame's view space: only the camera's own motion changes its depth. */
function expectedSurface(
  { projection, projectionBefore, toBefore, inputSizePx, normal }: HistoryInputs,
  at: Node<'ivec2'>,
  source: Node<'vec2'>,
  depth: Node<'float'>,
): Expected {
  const here = viewRay(vec2(at), inputSizePx, projection).mul(depth);
  const depthBefore = toBefore.mul(vec4(here, 1)).z.negate();
  const ray = viewRay(source.sub(0.5), inputSizePx, projectionBefore);
  const turned = toBefore.mul(vec4(unit(normal.at(at).xyz), 0)).xyz;
  return { position: ray.mul(depthBefore).toVar(), normal: turned.toVar() };
}

interface Tap {
  readonly tap: Node<'vec2'>;
  readonly depth: Node<'float'>;
  readonly normal: Node<'vec3'>;
}

/** 1 where a pixel of the last frame lies in the picture and shows the expected surface. */
function isSame(
  { projectionBefore, inputSizePx }: HistoryInputs,
  expected: Expected,
  { tap, depth, normal }: Tap,
): Node<'float'> {
  const inside = step(vec2(0), tap).mul(step(tap, inputSizePx.sub(1)));
  const point = viewRay(tap, inputSizePx, projectionBefore).mul(depth);
  // Along a slope the distance from the plane tells, along a normal map the depth.
  const offPlane = point.sub(expected.position).dot(expected.normal).abs();
  const gap = min(offPlane, depth.add(expected.position.z).abs());
  const near = step(gap, expected.position.z.mul(-MAX_GAP));
  const agrees = step(float(MIN_COSINE), normal.dot(expected.normal));
  return inside.x
    .mul(inside.y)
    .mul(near)
    .mul(agrees)
    .mul(step(float(1e-6), depth));
}
