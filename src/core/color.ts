import type { Rgb } from './material';

/** Scale inside the logarithm of the lighting transfer function. */
export const TRANSFER_SCALE = 4;

/** Rec. 709 luminance weights. */
export const LUMINANCE: Rgb = [0.2126, 0.7152, 0.0722];

/** Lighting L (linear, ≥ 0) to the network's ℓ = log2(1 + 4·e·L); e is the network exposure. */
export function encodeLighting(lighting: number, exposure: number): number {
  return Math.log2(1 + TRANSFER_SCALE * exposure * lighting);
}

/** Inverse of {@link encodeLighting}. */
export function decodeLighting(encoded: number, exposure: number): number {
  return (2 ** encoded - 1) / (TRANSFER_SCALE * exposure);
}

/**
 * ACES filmic tone mapping as three's `acesFilmicToneMapping` (Stephen Hill's fit): linear HDR in, linear [0,1] out.
 */
export function acesFilmic([r, g, b]: Rgb, exposure = 1): Rgb {
  const scale = exposure / 0.6;
  const x = r * scale;
  const y = g * scale;
  const z = b * scale;
  const fit = (v: number): number =>
    (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.432951) + 0.238081);
  const fr = fit(0.59719 * x + 0.35458 * y + 0.04823 * z);
  const fg = fit(0.076 * x + 0.90834 * y + 0.01566 * z);
  const fb = fit(0.0284 * x + 0.13383 * y + 0.83777 * z);
  const clamp = (v: number): number => Math.min(Math.max(v, 0), 1);
  return [
    clamp(1.60475 * fr - 0.53108 * fg - 0.07367 * fb),
    clamp(-0.10208 * fr + 1.10813 * fg - 0.00605 * fb),
    clamp(-0.00327 * fr - 0.07276 * fg + 1.07602 * fb),
  ];
}

/** sRGB opto-electronic transfer function, linear [0,1] to display [0,1]. */
export function srgbOetf(v: number): number {
  return v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055;
}

const floatBits = new Float32Array(1);
const bitsOfFloat = new Uint32Array(floatBits.buffer);

/** Number to IEEE half-float bits, to nearest; what is too large becomes infinity. */
export function floatToHalf(value: number): number {
  floatBits[0] = value;
  const bits = bitsOfFloat[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | Math.round(Math.abs(value) * 2 ** 24);
  return sign | ((magnitude - 0x38000000 + 0x1000) >> 13);
}

const halfView = new DataView(new ArrayBuffer(4));

/** IEEE half-float bits to number. */
export function halfToFloat(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  halfView.setUint32(0, ((bits & 0x8000) << 16) | ((exponent + 112) << 23) | (mantissa << 13));
  return halfView.getFloat32(0);
}
