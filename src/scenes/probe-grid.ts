import { Box3, Vector3 } from 'three/webgpu';
import type { DemoScene } from './scene';

/**
 * Probes of a scene. A third of them leave halls with one for every few metres, behind whose columns nothing is known; with
 * three times as many they stand so close to walls that they tell of what is behind them (docs/design.md, More probes).
 */
const COUNT = 320;
/** A flat box is taken for at least so deep, as a share of its longest side. */
const LEAST_DEPTH = 1 / 8;
const LIMIT = { least: 2, most: 16 } as const;

/** Probes along x, y, z of a box: about as many as a scene has, in cells as cubic as can be. */
export function probeGrid(box: Box3): readonly [number, number, number] {
  const sides = sidesOf(box).toArray() as [number, number, number];
  const spacing = Math.cbrt((sides[0] * sides[1] * sides[2]) / COUNT);
  const along = (side: number): number =>
    Math.min(LIMIT.most, Math.max(LIMIT.least, Math.round(side / spacing)));
  return [along(sides[0]), along(sides[1]), along(sides[2])];
}

/**
 * The lattice of a scene of which nothing is known but its box and where it is seen from. A room is seen from inside, and its
 * walls are the box. What is seen from outside may fill its box, so that no probe in it sees any light: there the lattice is one
 * cell wider on all sides.
 */
export function probeLattice(
  box: Box3,
  eye: Vector3,
): Pick<DemoScene, 'probeBounds' | 'probeResolution' | 'probeMargin'> {
  const inside = probeGrid(box);
  if (box.containsPoint(eye)) {
    // Walls that are the box itself stand inside the lattice, not on its edge.
    const margin = box.getSize(new Vector3()).length() * 0.005;
    return { probeBounds: box.clone().expandByScalar(margin), probeResolution: inside };
  }
  const [x, y, z] = inside;
  const cell = sidesOf(box).divide(new Vector3(x, y, z));
  const middle = box.getCenter(new Vector3());
  const size = cell.multiply(new Vector3(x + 2, y + 2, z + 2));
  return {
    probeBounds: new Box3().setFromCenterAndSize(middle, size),
    probeResolution: [x + 2, y + 2, z + 2],
    probeMargin: 1,
  };
}

/** Lengths of a box along x, y, z, none of them nothing. */
function sidesOf(box: Box3): Vector3 {
  const size = box.getSize(new Vector3());
  const least = Math.max(size.x, size.y, size.z, 1e-6) * LEAST_DEPTH;
  return size.clampScalar(least, Infinity);
}
