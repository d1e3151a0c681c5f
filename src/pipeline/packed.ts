import { HalfFloatType, RGFormat, RedFormat, UnsignedByteType } from 'three/webgpu';
import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { clamp, exp2, float, log2, max, min, sqrt, vec2, vec3, vec4 } from 'three/tsl';
import { isWebGPU } from '../core/gpu-handles';

/** Formats of full-size images, all renderable without optional features: 10+10+10+2, 16+16, 8+8 and 16 bits. */
export type PackedFormat = 'rgb10a2' | 'rg16' | 'rg8' | 'r16';

/** Gives a texture that is not on the GPU yet a smaller format than four half floats. */
export function setFormat(renderer: WebGPURenderer, texture: Texture, format: PackedFormat): void {
  texture.type = format === 'rg8' ? UnsignedByteType : HalfFloatType;
  if (format === 'r16') texture.format = RedFormat;
  else if (format !== 'rgb10a2') texture.format = RGFormat;
  // three has no constant for it (r187); half floats, which WebGL2 keeps, hold the same values.
  else if (isWebGPU(renderer)) texture.internalFormat = 'rgb10a2unorm' as never;
}

/** TSL: colour in [0,1] in even steps for the eye, so that 10 bits are four times finer than an 8-bit sRGB texture. */
export const encodeColor = (color: Node<'vec3'>): Node<'vec3'> => sqrt(color.clamp(0, 1));
export const decodeColor = (encoded: Node<'vec3'>): Node<'vec3'> => encoded.mul(encoded);

/** log2 of the largest value of each of the four ranges: START + RANGE · i. */
const START = -5;
const RANGE = 7;

/**
 * TSL: radiance in units of the frame's mean lighting, up to 65,536 of them, in 10+10+10+2 bits: roots of its share of the range that holds it, and which of the four ranges
 * that is. The step is at most 1/2000 of white after tone mapping.
 */
export function encodeRadiance(radiance: Node<'vec3'>): Node<'vec4'> {
  const color = max(radiance, vec3(0)).toVar();
  const most = max(color.r, max(color.g, color.b)).max(1e-6);
  const range = clamp(log2(most).sub(START).div(RANGE).ceil(), 0, 3).toVar();
  const share = color.div(exp2(range.mul(RANGE).add(START)));
  return vec4(sqrt(min(share, vec3(1))), range.div(3));
}

/** TSL: inverse of {@link encodeRadiance}. */
export const decodeRadiance = (encoded: Node<'vec4'>): Node<'vec3'> =>
  encoded.rgb.mul(encoded.rgb).mul(exp2(encoded.a.mul(3).round().mul(RANGE).add(START)));

/** TSL: unit vector to [0,1]²: the octahedron, unfolded (Cigolle et al. 2014). */
export function encodeNormal(normal: Node<'vec3'>): Node<'vec2'> {
  const n = normal.div(normal.abs().dot(vec3(1))).toVar();
  return n.z.greaterThanEqual(0).select(n.xy, fold(n.xy)).mul(0.5).add(0.5);
}

/** TSL: inverse of {@link encodeNormal}. */
export function decodeNormal(encoded: Node<'vec2'>): Node<'vec3'> {
  const f = encoded.mul(2).sub(1).toVar();
  const z = float(1).sub(f.x.abs()).sub(f.y.abs()).toVar();
  return vec3(z.greaterThanEqual(0).select(f, fold(f)), z).normalize();
}

const fold = (p: Node<'vec2'>): Node<'vec2'> =>
  vec2(1)
    .sub(p.yx.abs())
    .mul(p.greaterThanEqual(vec2(0)).select(vec2(1), vec2(-1)));

/** Ratios from 2^-0.5 to 2^0.5 in 8 bits, of which one is exactly 1: that of what stands still. */
const RATIO = { one: 127 / 255, octaves: 0.5 } as const;

/** TSL: ratio of two depths to [0,1]. */
export const encodeRatio = (ratio: Node<'float'>): Node<'float'> =>
  log2(max(ratio, float(1e-3)))
    .div(RATIO.octaves)
    .clamp(-1, 1)
    .add(1)
    .mul(RATIO.one);

/** TSL: inverse of {@link encodeRatio}. */
export const decodeRatio = (encoded: Node<'float'>): Node<'float'> =>
  exp2(encoded.div(RATIO.one).sub(1).mul(RATIO.octaves));
