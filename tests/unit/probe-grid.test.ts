import { Box3, Vector3 } from 'three';
import { describe, expect, it } from 'vitest';
import { probeGrid } from '../../src/scenes/probe-grid';

const grid = (x: number, y: number, z: number) =>
  probeGrid(new Box3(new Vector3(), new Vector3(x, y, z)));
const product = (counts: readonly number[]): number => counts.reduce((a, b) => a * b);

describe('probes of a box', () => {
  it.each([
    [10, 4, 8],
    [5, 2.5, 4],
    [9, 6, 16],
  ])('stand in nearly cubic cells: %d × %d × %d m', (x, y, z) => {
    const counts = grid(x, y, z);
    const cells = [x, y, z].map((side, i) => side / counts[i]!);
    // Whole numbers of cells: four and a half become five at most.
    expect(Math.max(...cells) / Math.min(...cells)).toBeLessThan(1.3);
    expect(product(counts)).toBeGreaterThan(200);
    expect(product(counts)).toBeLessThan(400);
  });

  it('do not depend on the unit of length', () => {
    expect(grid(0.1, 0.04, 0.08)).toEqual(grid(1000, 400, 800));
  });

  it('are neither too many nor too few in flat, long and empty boxes', () => {
    for (const counts of [grid(10, 0, 10), grid(100, 1, 1), grid(0, 0, 0)]) {
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
      expect(Math.max(...counts)).toBeLessThanOrEqual(16);
      expect(product(counts)).toBeLessThan(500);
    }
  });
});
