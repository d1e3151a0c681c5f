import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/scenes/random';
import { openGpuPage, type GpuPage } from './open-page';
import type { Texel } from './nodes';

const COUNT = 8192;
/** Solid angle of the hemisphere, which the directions fill evenly. */
const HEMISPHERE = 2 * Math.PI;

let gpu: GpuPage;

beforeAll(async () => {
  gpu = await openGpuPage('webgpu');
});

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each([
  [0.4, 1],
  [0.6, 0.8],
  [0.7, 0.5],
])('the lobe of roughness %f seen at a cosine of %f', (roughness, cosine) => {
  it('is drawn with the density that it says', async () => {
    const random = createRandom(3);
    const directions = Array.from({ length: COUNT }, (): Texel => {
      const z = random.next();
      const angle = random.range(0, 2 * Math.PI);
      const r = Math.sqrt(1 - z * z);
      return [r * Math.cos(angle), r * Math.sin(angle), z, 0];
    });
    const view = [Math.sqrt(1 - cosine * cosine), 0, -cosine] as const;
    const { drawn, densities } = await gpu.page.evaluate(
      ([from, width, towards]) => window.kernels.sampleLobe(from, width, towards),
      [view, roughness, directions] as const,
    );
    const whole = mean(densities) * HEMISPHERE;
    // The rest of the lobe points into the surface; drawn directions take the mirror's there.
    expect(whole).toBeLessThan(1.05);
    expect(whole).toBeGreaterThan(0.75);
    // Three standard errors of 8,192 samples of the narrowest lobe are 0.03.
    const mirror = [view[0], view[1], cosine];
    for (const axis of [0, 1, 2]) {
      const expected =
        mean(densities.map((density, i) => density * directions[i]![axis]!)) * HEMISPHERE;
      const found = mean(drawn.map((direction) => direction[axis]!));
      expect(Math.abs(found - (expected + (1 - whole) * mirror[axis]!))).toBeLessThan(0.05);
    }
    expect(gpu.problems).toEqual([]);
  });
});
