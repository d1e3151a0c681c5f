import { describe, expect, it } from 'vitest';
import { MATERIAL_FLOOR, materialFactor } from '../../src/core/material';
import type { Rgb } from '../../src/core/material';
import golden from '../golden/material.json';

/** The golden file holds what Python computes in double precision, and so does TypeScript: only rounding may differ. */
const DIGITS = 10;

const rows = golden.map(({ albedo, metalness, roughness, nDotV, factor }) => ({
  metalness,
  roughness,
  nDotV,
  albedo: albedo as unknown as Rgb,
  factor: factor as unknown as Rgb,
}));

describe('materialFactor', () => {
  it('agrees with the golden file', () => {
    expect(rows.length).toBeGreaterThan(16);
    for (const { albedo, metalness, roughness, nDotV, factor } of rows) {
      const found = materialFactor(albedo, metalness, roughness, nDotV);
      factor.forEach((value, i) => expect(found[i]).toBeCloseTo(value, DIGITS));
    }
  });

  it('meets corners of the golden file: metal and plastic, mirror and chalk, grazing and frontal', () => {
    const seen = (test: (row: (typeof rows)[number]) => boolean): boolean => rows.some(test);
    expect(seen(({ metalness }) => metalness === 0)).toBe(true);
    expect(seen(({ metalness }) => metalness === 1)).toBe(true);
    expect(seen(({ roughness }) => roughness === 0)).toBe(true);
    expect(seen(({ roughness }) => roughness === 1)).toBe(true);
    expect(seen(({ nDotV }) => nDotV === 0)).toBe(true);
    expect(seen(({ nDotV }) => nDotV === 1)).toBe(true);
  });

  it('never falls below the floor', () => {
    expect(materialFactor([0, 0, 0], 1, 1, 1)).toEqual([
      MATERIAL_FLOOR,
      MATERIAL_FLOOR,
      MATERIAL_FLOOR,
    ]);
    for (const { factor } of rows) expect(Math.min(...factor)).toBeGreaterThanOrEqual(0.02);
  });

  it('is nearly the albedo for rough plastic seen from the front', () => {
    const found = materialFactor([0.5, 0.25, 0.75], 0, 1, 1);
    [0.5, 0.25, 0.75].forEach((albedo, i) => {
      expect(Math.abs((found[i] ?? NaN) - albedo)).toBeLessThan(0.06);
    });
  });

  it('treats channels alike and grows with albedo', () => {
    const [r, g, b] = materialFactor([0.2, 0.4, 0.8], 0.5, 0.5, 0.5);
    expect(r).toBeLessThan(g);
    expect(g).toBeLessThan(b);
    expect(materialFactor([0.4, 0.4, 0.4], 0.5, 0.5, 0.5)).toEqual([g, g, g]);
  });
});
