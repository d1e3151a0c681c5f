import { describe, expect, it } from 'vitest';
import { DIELECTRIC_F0, FRESNEL_EXPONENTS, MATERIAL_FLOOR, materialFactor, meanReflectance } from '../../src/core/material'; // prettier-ignore
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

describe('meanReflectance', () => {
  /** Stratified pairs of directions a side; the mean of that many is within 0.001 of finer ones. */
  const STEPS = 96;
  /** The fit's own error (0.004 for gloss), and the mean of `transmitted` over both directions, which is 0.9548. */
  const TOLERANCE = 0.005;

  it.each([0.3, 0.5, 0.7, 1])('is the mean of the surface of roughness %s', (roughness) => {
    const { transmitted, gloss } = means(roughness, STEPS);
    for (const base of [0, 0.2, 0.8]) {
      const found = meanReflectance(base, 0, roughness);
      expect(Math.abs(found - (base * transmitted + gloss))).toBeLessThan(TOLERANCE);
    }
  });

  it('leaves metal its colour', () => {
    expect(meanReflectance(0.6, 1, 0.4)).toBe(0.6);
  });
});

/** Means, cosine-weighted over both directions, of three's dielectric: what its Fresnel term lets through, and its lobe. */
function means(roughness: number, steps: number): { transmitted: number; gloss: number } {
  const a2 = roughness ** 4;
  const [slope, offset] = FRESNEL_EXPONENTS;
  const mid = (i: number): number => (i + 0.5) / steps;
  let [transmitted, gloss] = [0, 0];
  for (let i = 0; i < steps; i++)
    for (let j = 0; j < steps; j++)
      for (let k = 0; k < steps; k++) {
        const [cosI, cosO, turn] = [Math.sqrt(mid(i)), Math.sqrt(mid(j)), Math.PI * mid(k)];
        const [sinI, sinO] = [Math.sqrt(1 - cosI ** 2), Math.sqrt(1 - cosO ** 2)];
        const [x, y, z] = [sinI * Math.cos(turn) + sinO, sinI * Math.sin(turn), cosI + cosO];
        const length = Math.hypot(x, y, z);
        const cosH = length / 2;
        const fresnel = 2 ** ((slope * cosH + offset) * cosH);
        const reflected = DIELECTRIC_F0 * (1 - fresnel) + fresnel;
        const spread = (x * x + y * y + z * z * a2) / length ** 2;
        const reach = (cosine: number): number => Math.sqrt(a2 + (1 - a2) * cosine ** 2);
        const visibility = 0.5 / (cosI * reach(cosO) + cosO * reach(cosI));
        transmitted += (1 - reflected) / steps ** 3;
        // BRDF × π, since directions are drawn by their cosine.
        gloss += (reflected * (a2 / spread ** 2) * visibility) / steps ** 3;
      }
  return { transmitted, gloss };
}
