import { Vector3 } from 'three/webgpu';
import type { Box3 } from 'three/webgpu';

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
  const size = box.getSize(new Vector3());
  const least = Math.max(size.x, size.y, size.z, 1e-6) * LEAST_DEPTH;
  const [x, y, z] = size.toArray().map((side) => Math.max(side, least)) as [number, number, number];
  const spacing = Math.cbrt((x * y * z) / COUNT);
  const along = (side: number): number =>
    Math.min(LIMIT.most, Math.max(LIMIT.least, Math.round(side / spacing)));
  return [along(x), along(y), along(z)];
}
