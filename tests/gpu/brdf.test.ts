import { beforeAll, describe, expect, it } from 'vitest';
import { meanReflectance } from '../../src/core/material';
import { createRandom } from '../../src/scenes/random';
import { openGpuPage, type GpuPage } from './open-page';
import type { Texel } from './nodes';

const COUNT = 8192;
/** Middles of equal shares of the squared cosine, by which a surface is seen from everywhere. */
const COSINES = [0.29, 0.5, 0.65, 0.76, 0.87, 0.96];

let gpu: GpuPage;

beforeAll(async () => {
  gpu = await openGpuPage('webgpu');
});

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Directions of the hemisphere with a density of cosine / π. */
function cosineDirections(): Texel[] {
  const random = createRandom(5);
  return Array.from({ length: COUNT }, (): Texel => {
    const z = Math.sqrt(random.next());
    const angle = random.range(0, 2 * Math.PI);
    const r = Math.sqrt(1 - z * z);
    return [r * Math.cos(angle), r * Math.sin(angle), z, 0];
  });
}

describe.each([
  { base: 0.5, metalness: 0, roughness: 0.3 },
  { base: 0.1, metalness: 0, roughness: 0.6 },
  { base: 0.8, metalness: 0, roughness: 0.9 },
  { base: 0.6, metalness: 1, roughness: 0.5 },
])('what rays hit of base colour $base, metalness $metalness, roughness $roughness', (surface) => {
  it('reflects as much as its mean reflectance and its shares say', async () => {
    const directions = cosineDirections();
    const reflected: number[] = [];
    for (const cosine of COSINES) {
      const { brdf, diffuse, specular } = await gpu.page.evaluate(
        ([seen, towards]) => window.kernels.reflect(seen, towards),
        [{ ...surface, cosine }, directions] as const,
      );
      reflected.push(mean(brdf) * Math.PI);
      // The fit of the lobe (see SPECULAR_FIT) and four standard errors of 8,192 directions.
      expect(Math.abs(reflected.at(-1)! - (diffuse + specular))).toBeLessThan(0.035);
    }
    const { base, metalness, roughness } = surface;
    // The fit of the gloss, and the coarse means over cosines.
    expect(Math.abs(mean(reflected) - meanReflectance(base, metalness, roughness))).toBeLessThan(0.015); // prettier-ignore
    expect(gpu.problems).toEqual([]);
  });
});
