import { DataUtils } from 'three';
import { describe, expect, it } from 'vitest';
import {
  LUMINANCE,
  acesFilmic,
  decodeLighting,
  encodeLighting,
  floatToHalf,
  halfToFloat,
  srgbOetf,
} from '../../src/core/color';
import type { Rgb } from '../../src/core/material';
import golden from '../golden/color.json';

/** Both sides compute in double precision; only the order of additions differs. */
const RELATIVE = 1e-12;

function expectNear(found: number, wanted: number, relative = RELATIVE): void {
  expect(Math.abs(found - wanted)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(wanted)));
}

const rows = golden.map(({ linear, exposure, luminance, log, decoded, display }) => ({
  linear: linear as unknown as Rgb,
  exposure,
  luminance,
  log,
  decoded,
  display,
}));

describe('transfer functions', () => {
  it('agree with the golden file', () => {
    expect(rows.length).toBeGreaterThan(16);
    for (const { linear, exposure, luminance, log, decoded } of rows) {
      linear.forEach((value, i) => {
        expectNear(encodeLighting(value, exposure), log[i] ?? NaN);
        expectNear(decodeLighting(log[i] ?? NaN, exposure), decoded[i] ?? NaN);
      });
      expectNear(
        linear.reduce((sum, value, i) => sum + value * (LUMINANCE[i] ?? NaN), 0),
        luminance,
      );
    }
  });

  it('invert each other and keep black black', () => {
    expect(encodeLighting(0, 3)).toBe(0);
    expect(decodeLighting(0, 3)).toBe(0);
    for (const lighting of [1e-4, 0.02, 0.5, 1, 17, 500]) {
      expectNear(decodeLighting(encodeLighting(lighting, 0.7), 0.7), lighting);
    }
  });

  it('gives lighting of the mean level log2(5)', () => {
    expectNear(encodeLighting(1 / 0.3, 0.3), Math.log2(5));
  });

  it('has luminance weights that sum to 1', () => {
    expectNear(LUMINANCE[0] + LUMINANCE[1] + LUMINANCE[2], 1);
  });
});

describe('display transform', () => {
  it('agrees with the golden file', () => {
    for (const { linear, display } of rows) {
      acesFilmic(linear).forEach((value, i) =>
        expectNear(srgbOetf(value), display[i] ?? NaN, 1e-9),
      );
    }
  });

  it('rises from 0 to 1 and takes exposure as a factor', () => {
    let last = -1;
    for (const level of [0, 0.01, 0.18, 1, 4]) {
      const [value] = acesFilmic([level, level, level]);
      expect(value).toBeGreaterThan(last);
      expect(value).toBeLessThanOrEqual(1);
      last = value;
    }
    expect(acesFilmic([0.2, 0.4, 0.6], 2)).toEqual(acesFilmic([0.4, 0.8, 1.2]));
  });

  it('joins the linear and the curved part of sRGB', () => {
    expect(srgbOetf(0)).toBe(0);
    expectNear(srgbOetf(1), 1, 1e-9);
    expect(Math.abs(srgbOetf(0.0031308) - srgbOetf(0.0031309))).toBeLessThan(1e-5);
  });
});

describe('floatToHalf', () => {
  it('is the inverse of halfToFloat', () => {
    for (let bits = 0; bits <= 0x7c00; bits++) {
      if (floatToHalf(halfToFloat(bits)) !== bits)
        expect(floatToHalf(halfToFloat(bits))).toBe(bits);
    }
    expect(floatToHalf(-2)).toBe(0xc000);
  });

  it('takes the nearest half float, and infinity for what is too large', () => {
    expect(floatToHalf(1 + 0.4 * 2 ** -10)).toBe(0x3c00);
    expect(floatToHalf(1 + 0.6 * 2 ** -10)).toBe(0x3c01);
    expect(floatToHalf(65504)).toBe(0x7bff);
    expect(floatToHalf(1e6)).toBe(0x7c00);
  });
});

describe('halfToFloat', () => {
  it('decodes every half float as three does', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const special = ((bits >> 10) & 31) === 31;
      // three's tables turn infinities and NaN into numbers; those are tested below.
      if (!special && !Object.is(halfToFloat(bits), DataUtils.fromHalfFloat(bits))) {
        expect([bits, halfToFloat(bits)]).toEqual([bits, DataUtils.fromHalfFloat(bits)]);
      }
    }
  });

  it('knows infinities, NaN and the smallest number', () => {
    expect(halfToFloat(0x7c00)).toBe(Infinity);
    expect(halfToFloat(0xfc00)).toBe(-Infinity);
    expect(halfToFloat(0x7e00)).toBeNaN();
    expect(halfToFloat(0x0001)).toBe(2 ** -24);
    expect(halfToFloat(0x7bff)).toBe(65504);
  });
});
