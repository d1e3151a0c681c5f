import { Box3, Vector3 } from 'three';
import { describe, expect, it } from 'vitest';
import { probeGrid, probeLattice } from '../../src/scenes/probe-grid';

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

describe('the lattice of a file', () => {
  const box = new Box3(new Vector3(-1, 0, -2), new Vector3(3, 2, 1));

  it('is the room that it is seen from inside of', () => {
    const {
      probeBounds,
      probeResolution,
      probeMargin = 0,
    } = probeLattice(box, new Vector3(0, 1, 0));
    expect(probeMargin).toBe(0);
    expect(probeResolution).toEqual(probeGrid(box));
    expect(probeBounds.containsBox(box)).toBe(true);
    // A hundredth of what the box measures across, for walls on its edge.
    expect(probeBounds.max.x - box.max.x).toBeLessThan(0.06);
  });

  it('is a cell wider on all sides around what it is seen from outside of, and its cells stay where they are', () => {
    const { probeBounds, probeResolution, probeMargin } = probeLattice(box, new Vector3(0, 1, 9));
    expect(probeMargin).toBe(1);
    const inside = probeGrid(box);
    expect(probeResolution).toEqual(inside.map((count) => count + 2));
    const cell = probeBounds.getSize(new Vector3()).divide(new Vector3(...probeResolution));
    expect(box.min.clone().sub(probeBounds.min).distanceTo(cell)).toBeLessThan(1e-9);
    expect(probeBounds.max.clone().sub(box.max).distanceTo(cell)).toBeLessThan(1e-9);
  });

  it('has a depth even around what has none', () => {
    const flat = new Box3(new Vector3(), new Vector3(4, 0, 4));
    const { probeBounds } = probeLattice(flat, new Vector3(0, 5, 0));
    expect(probeBounds.containsBox(flat)).toBe(true);
    expect(probeBounds.max.y).toBeGreaterThan(0.1);
  });
});
