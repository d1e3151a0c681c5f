import { beforeAll, describe, expect, it } from 'vitest';
import { openGpuPage, type GpuPage } from './open-page';

const SAMPLES = 4096;

/**
 * Irradiance / π of unit radiance from a square of side 1 at a distance, at a point that faces its middle: the view factor
 * from a small surface to a parallel rectangle (Howell, A Catalog of Radiation Configuration Factors, B-3), four times.
 */
function viewFactor(distance: number): number {
  const x = 0.5 / distance;
  const root = Math.sqrt(1 + x * x);
  return (4 / Math.PI) * (x / root) * Math.atan(x / root);
}

let gpu: GpuPage;

beforeAll(async () => {
  gpu = await openGpuPage('webgpu');
});

describe('light of a glowing panel', () => {
  it.each([0.02, 0.1, 0.3, 1, 4])('is all found %f m away from it', async (distanceM) => {
    const { chance, asked } = await gpu.page.evaluate(
      ([distance, count]) => window.kernels.lightOfPanel(distance, count),
      [distanceM, SAMPLES] as const,
    );
    // Three standard errors of rays that all bring the same or nothing are at most 3 · 0.5 / 64 = 0.023.
    expect(Math.abs(chance + asked - viewFactor(distanceM))).toBeLessThan(0.025);
    expect(gpu.problems).toEqual([]);
  });

  it('is found by chance close to it and by asking from afar', async () => {
    const of = (distanceM: number) =>
      gpu.page.evaluate(([distance, count]) => window.kernels.lightOfPanel(distance, count), [
        distanceM,
        SAMPLES,
      ] as const);
    const near = await of(0.02);
    expect(near.chance).toBeGreaterThan(near.asked);
    const far = await of(4);
    expect(far.asked).toBeGreaterThan(far.chance);
    // There a ray brings as much as any other but for the panel's sides: within 2 % of the sum of all.
    expect(Math.abs((far.chance + far.asked) / viewFactor(4) - 1)).toBeLessThan(0.02);
  });
});
