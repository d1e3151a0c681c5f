import { acesFilmic, halfToFloat, srgbOetf } from '../../src/core/color';
import type { HalfImage, ImageData8, ImageDataLinear } from '../../src/page-api';

/** Any picture that the page hands over, RGBA, top row first. */
export type Picture = ImageData8 | ImageDataLinear;

/** Calls `visit` with each colour value, leaving alpha out. */
function eachColor({ data }: Picture, visit: (value: number, index: number) => void): void {
  data.forEach((value, index) => {
    if (index % 4 !== 3) visit(value, index);
  });
}

/** Whether every value is a finite number. */
export function isFinitePicture({ data }: Picture): boolean {
  return data.every((value) => Number.isFinite(value));
}

/** Least, greatest and mean colour value. */
export function rangeOf(picture: Picture): { least: number; most: number; mean: number } {
  let least = Infinity;
  let most = -Infinity;
  let sum = 0;
  eachColor(picture, (value) => {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  });
  return { least, most, mean: sum / (picture.width * picture.height * 3) };
}

/** Mean absolute difference of the colour values of two pictures of the same size. */
export function meanDifference(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height) return NaN;
  let sum = 0;
  eachColor(a, (value, index) => {
    sum += Math.abs(value - (b.data[index] ?? NaN));
  });
  return sum / (a.width * a.height * 3);
}

/** Number of colour values that are not equal bit for bit. */
export function countDifferent(a: Picture, b: Picture): number {
  if (a.data.length !== b.data.length) return NaN;
  let count = 0;
  eachColor(a, (value, index) => {
    if (value !== b.data[index]) count++;
  });
  return count;
}

/** Half-float image as a linear picture. */
export function widenImage({ width, height, data }: HalfImage): ImageDataLinear {
  return { width, height, data: Float32Array.from(data, halfToFloat) };
}

/** A linear picture as it would be shown after dividing its light by `scale`: 8-bit steps, not rounded. */
export function gradePicture({ width, height, data }: ImageDataLinear, scale = 1): ImageDataLinear {
  const shown = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [0, 1, 2].map((k) => data[i + k]! / scale) as [number, number, number];
    shown.set(
      acesFilmic([r, g, b]).map((value) => 255 * srgbOetf(value)),
      i,
    );
  }
  return { width, height, data: shown };
}

/** The value that a share of the differences between two pictures stay below. */
export function differenceBelow(a: Picture, b: Picture, share: number): number {
  const differences: number[] = [];
  eachColor(a, (value, index) => differences.push(Math.abs(value - (b.data[index] ?? NaN))));
  differences.sort((x, y) => x - y);
  return differences[Math.floor(share * (differences.length - 1))] ?? NaN;
}
