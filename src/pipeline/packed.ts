import { HalfFloatType, RGFormat, RedFormat, UnsignedByteType } from 'three/webgpu';
import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { clamp, exp2, float, log2, max, min, sign, sqrt, vec2, vec3, vec4 } from 'three/tsl';
import { isWebGPU } from '../core/gpu-handles';

/** Formats of images, all renderable without optional features: 10+10+10+2, 4×8, 16+16, 8+8, 16 and 8 bits. */
export type PackedFormat = 'rgb10a2' | 'rgba8' | 'rg16' | 'rg8' | 'r16' | 'r8';

/** Gives a texture that is not on the GPU yet a smaller format than four half floats. */
export function setFormat(renderer: WebGPURenderer, texture: Texture, format: PackedFormat): void {
  texture.type = format.endsWith('8') ? UnsignedByteType : HalfFloatType;
  if (format === 'r16' || format === 'r8') texture.format = RedFormat;
  else if (format === 'rg16' || format === 'rg8') texture.format = RGFormat;
  // three has no constant for it (r187); half floats, which WebGL2 keeps, hold the same values.
  else if (format === 'rgb10a2' && isWebGPU(renderer))
    texture.internalFormat = 'rgb10a2unorm' as never;
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

/** Exponents of two that {@link encodeShared} knows: those of half floats. */
const EXPONENT = { least: -24, most: 16 } as const;

/**
 * TSL: absolute radiance, whose scale nobody knows yet, in 4×8 bits: roots of its share of the power of two above its
 * largest channel, and that power. Steps of the largest channel are at most 1.2 %, less than those of an 8-bit
 * sRGB picture.
 */
export function encodeShared(radiance: Node<'vec3'>): Node<'vec4'> {
  const color = max(radiance, vec3(0)).toVar();
  const most = max(color.r, max(color.g, color.b)).max(2 ** EXPONENT.least);
  const power = log2(most).ceil().min(EXPONENT.most).toVar();
  const share = color.div(exp2(power));
  return vec4(sqrt(min(share, vec3(1))), power.sub(EXPONENT.least).div(255));
}

/** TSL: inverse of {@link encodeShared}. */
export const decodeShared = (encoded: Node<'vec4'>): Node<'vec3'> =>
  encoded.rgb.mul(encoded.rgb).mul(exp2(encoded.a.mul(255).round().add(EXPONENT.least)));

/** Largest change of ℓ that is kept, and steps to it of 10 bits with a sign: nothing is the middle one. */
const CHANGE = { largest: 14, steps: 511, all: 1023 } as const;

/** TSL: a change of ℓ to [0,1], by its root: steps are 0.01 % of the light about nothing, 1 % at twice and half the light. */
export const encodeLogChange = (change: Node<'vec3'>): Node<'vec3'> => {
  const size = sqrt(min(change.abs().div(CHANGE.largest), vec3(1)));
  return sign(change).mul(size).mul(CHANGE.steps).round().add(CHANGE.steps).div(CHANGE.all);
};

/** TSL: inverse of {@link encodeLogChange}. */
export const decodeLogChange = (encoded: Node<'vec3'>): Node<'vec3'> => {
  const root = encoded.mul(CHANGE.all).round().sub(CHANGE.steps).div(CHANGE.steps).toVar();
  return root.mul(root.abs()).mul(CHANGE.largest);
};

/**
 * Radiance c in units of the frame's mean lighting is log2(1 + scale · c) / largest: up to 4,096 times the mean. No channel
 * is more than `spread` of that below the largest one, 1/256 of it, so that differences need half as many steps.
 */
const PICTURE = { scale: 16, largest: 16, spread: 0.5 } as const;
/** Steps of 10 bits, of which half are differences above nothing, of the luma, which has 12 bits, and of its lowest two. */
const STEPS = { all: 1023, chroma: 511, luma: 4095, low: 3 } as const;

/**
 * TSL: radiance in units of the frame's mean lighting in 10+10+10+2 bits that may be filtered: logarithms as luma, of which a holds
 * the lowest two bits, and two differences (YCoCg). `dither` in [0,1) decides which way each is rounded. A step of the luma is
 * 0.3 % of the light, of a difference 0.5 %, however bright: lamps of a night are a thousand times the mean.
 */
export function encodePicture(color: Node<'vec3'>, dither: Node<'vec3'>): Node<'vec4'> {
  const positive = max(color, vec3(0)).toVar();
  const logs = min(log2(positive.mul(PICTURE.scale).add(1)).div(PICTURE.largest), vec3(1)).toVar();
  const least = max(logs.r, max(logs.g, logs.b)).sub(PICTURE.spread);
  const { r, g, b } = max(logs, vec3(least)).toVar() as Node<'vec3'>;
  const around = r.add(b).mul(0.5).toVar();
  const luma = g.add(around).mul(0.5 * STEPS.luma);
  const whole = luma.add(dither.x).floor().min(STEPS.luma).toVar();
  const high = whole
    .div(STEPS.low + 1)
    .floor()
    .toVar();
  const chroma = vec2(r.sub(b), g.sub(around)).div(PICTURE.spread).add(1).mul(STEPS.chroma);
  return vec4(
    vec3(high, chroma.add(dither.yz).floor()).div(STEPS.all),
    whole.sub(high.mul(STEPS.low + 1)).div(STEPS.low),
  );
}

/** TSL: inverse of {@link encodePicture}; filtering may lead out of its range. */
export function decodePicture(encoded: Node<'vec4'>): Node<'vec3'> {
  const luma = encoded.r.mul(STEPS.all * (STEPS.low + 1)).add(encoded.a.mul(STEPS.low));
  const y = luma.div(STEPS.luma).toVar();
  const { x: co, y: cg } = encoded.gb
    .mul(STEPS.all / STEPS.chroma)
    .sub(1)
    .mul(0.5 * PICTURE.spread)
    .toVar();
  const around = y.sub(cg).toVar();
  const logs = vec3(around.add(co), y.add(cg), around.sub(co)).clamp(0, 1);
  return exp2(logs.mul(PICTURE.largest)).sub(1).div(PICTURE.scale);
}

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
