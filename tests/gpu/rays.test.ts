import { beforeAll, describe, expect, it } from 'vitest';
import { openGpuPage, type GpuPage } from './open-page';

const RAYS = 256;
/** Shaders say "nothing" with a distance of a million metres. */
const NOTHING_M = 1e5;

describe.each(['webgpu', 'no-webgpu'] as const)('rays in a browser with %s', (graphics) => {
  let gpu: GpuPage;

  beforeAll(async () => {
    gpu = await openGpuPage(graphics);
  });

  // cornell has meshes that turn and swing, atrium so many that move apart that they make a hierarchy, gen-12 a room of generated clutter.
  it.each([
    ['cornell', 2.3],
    ['atrium', 1.9],
    ['gen-12', 0.7],
  ] as const)('hit what three hits in %s, also after it has moved', async (scene, timeS) => {
    const pairs = await gpu.page.evaluate(
      ([name, at, count]) => window.kernels.shootRays(name, at, count),
      [scene, timeS, RAYS] as const,
    );
    const hits = pairs.filter(({ wanted }) => wanted.distance < NOTHING_M);
    expect(hits.length).toBeGreaterThan(RAYS / 2);
    const wrong = pairs.filter(({ found, wanted }) => {
      if (wanted.distance >= NOTHING_M) return found.distance < NOTHING_M;
      return Math.abs(found.distance / wanted.distance - 1) > 1e-3;
    });
    // A ray through the seam of two triangles may pass between them in one of the two.
    expect(wrong.length).toBeLessThanOrEqual(1);
    for (const { found, wanted, open } of hits) {
      if (wrong.some((pair) => pair.found === found)) continue;
      const cosine = found.normal.reduce((sum, x, i) => sum + x * wanted.normal[i]!, 0);
      expect(cosine).toBeGreaterThan(0.999);
      expect(open).toEqual([1, 0]);
    }
    expect(gpu.problems).toEqual([]);
  });
});
