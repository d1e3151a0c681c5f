import { beforeAll, describe, expect, it } from 'vitest';
import { openGpuPage, type GpuPage } from './open-page';

type Texel = [number, number, number, number];
const LEVELS = [0, 0.001, 0.03, 0.04, 0.5, 1, 3.9, 4.1, 500, 520, 60000];
/** One colour of each level. */
const colors = (levels: readonly number[], a = 0): Texel[] =>
  levels.map((level) => [level, level / 2, level / 9, a]);

describe.each(['webgpu', 'no-webgpu'] as const)(
  'packed images in a browser with %s',
  (graphics) => {
    let gpu: GpuPage;
    type Code = Parameters<Window['kernels']['packedRows']>[0];
    const pack = (code: Code, rows: readonly Texel[]): Promise<number[][]> =>
      gpu.page.evaluate(([a, b]) => window.kernels.packedRows(a, b), [code, rows] as const);
    /** Largest difference, in units of the row's largest number, or of `least` where that is more. */
    const worst = (found: number[][], wanted: readonly Texel[], least = 0): number => {
      expect(found).toHaveLength(wanted.length);
      const off = found.flatMap((row, i) => {
        const unit = Math.max(least, ...wanted[i]!.slice(0, 3).map(Math.abs));
        return row.map((value, k) => Math.abs(value - wanted[i]![k]!) / unit);
      });
      return Math.max(...off);
    };

    beforeAll(async () => {
      gpu = await openGpuPage(graphics);
    });

    it('keep radiance in units of the mean lighting', async () => {
      const rows = colors(LEVELS);
      // Half a step is 1.1 % at the lower end of a range for the largest channel.
      expect(worst(await pack('radiance', rows), rows, 1 / 32)).toBeLessThan(0.0115);
    });

    it('keep normals', async () => {
      const rows = [0, 1, 2, 3, 4, 5, 6, 7].map((i): Texel => {
        const [x, y, z] = [Math.sin(i), Math.cos(3 * i), Math.sin(5 * i) + 0.1];
        const length = Math.hypot(x, y, z);
        return [x / length, y / length, z / length, 0];
      });
      // Steps are 1/511 of the octahedron's half diagonal.
      expect(worst(await pack('normal', rows), rows, 1)).toBeLessThan(0.003);
    });

    it('keep radiance of any scale that half floats have', async () => {
      const rows = colors([...LEVELS, 1e-5, 2 ** -20, 0.25, 1024, 65504]);
      // Half a step of roots of the upper half of a range, in 8 bits: 1 / (255 · √½).
      expect(worst(await pack('shared', rows), rows, 2 ** -24)).toBeLessThan(0.0056);
      expect((await pack('shared', rows))[0]).toEqual([0, 0, 0]);
    });

    it('keep changes of lighting, small ones nearly as they are', async () => {
      const sizes = [0, 1e-4, 0.003, 0.01, 0.1, 0.5, 1, 3, 9, 14];
      const rows = sizes.map((size): Texel => [size, -size, size / 3, 0]);
      const found = await pack('change', rows);
      found.forEach((row, i) =>
        row.forEach((value, k) => {
          // Half a step of a root r of 511 is √(14 · change) / 511, and its square where the change is that small.
          const step = Math.sqrt(14 * Math.abs(rows[i]![k]!)) / 511 + 14 / 511 ** 2;
          expect(Math.abs(value - rows[i]![k]!)).toBeLessThanOrEqual(step);
        }),
      );
      expect(found[0]!.map(Math.abs)).toEqual([0, 0, 0]);
      expect((await pack('change', [[20, -20, 0, 0]]))[0]![0]).toBeCloseTo(14, 4);
    });

    it('keep the accumulated picture, grey as grey', async () => {
      const levels = [0, 0.001, 0.01, 0.1, 0.5, 1, 4, 20, 64, 1000, 4000];
      const rows = colors(levels, 0.5);
      const found = await pack('picture', rows);
      found.forEach((row, i) =>
        row.forEach((value, k) => {
          // A logarithm may be off by half a step of luma, and by half a step of each difference.
          const off = 2 ** (16 * (0.5 / 4095 + 0.5 / 1022)) - 1;
          expect(Math.abs(value - rows[i]![k]!)).toBeLessThanOrEqual(off * (rows[i]![k]! + 1 / 16));
        }),
      );
      const greys = await pack('picture', levels.map((v): Texel => [v, v, v, 0.5])); // prettier-ignore
      for (const [r, g, b] of greys) {
        expect(r).toBeCloseTo(g!, 4);
        expect(b).toBeCloseTo(g!, 4);
      }
      expect(greys[0]).toEqual([0, 0, 0]);
    });

    it('keep the light of saturated lamps in the accumulated picture', async () => {
      const [found] = await pack('picture', [[1000, 0, 0, 0.5]]);
      // Half a step of luma and of each difference; the other channels are raised to 1/256 of the largest.
      const off = 2 ** (16 * (0.5 / 4095 + 0.5 / 1022)) - 1;
      expect(Math.abs(found![0]! / 1000 - 1)).toBeLessThan(off);
      expect(found![1]!).toBeLessThan(1000 / 250);
      expect(found![2]!).toBeLessThan(1000 / 250);
    });

    it('are right on average where dithered', async () => {
      const DITHERS = 64;
      for (const level of [0.05, 0.37, 1.1, 6]) {
        const rows = Array.from(
          { length: DITHERS },
          (_, i) => colors([level], (i + 0.5) / DITHERS)[0]!,
        );
        const found = await pack('picture', rows);
        [0, 1, 2].forEach((k) => {
          const mean = found.reduce((sum, row) => sum + row[k]!, 0) / DITHERS;
          const wanted = rows[0]![k]!;
          // A 64th of a step of each part is left, and what the curve bends within a step: together under a tenth of one.
          const step = (2 ** (8 / 1022) - 1) * (wanted + 1 / 16);
          expect(Math.abs(mean - wanted)).toBeLessThan(0.1 * step + 1e-5);
          expect(found.some((row) => row[k] !== found[0]![k])).toBe(true);
        });
      }
    });
  },
);
