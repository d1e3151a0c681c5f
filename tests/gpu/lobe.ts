import { float, reflect, uint, vec3 } from 'three/tsl';
import { lobeShareNode } from '../../src/pipeline/brdf';
import { lobeDensity, lobeDirection, lobeSample } from '../../src/pipeline/lobe';
import { reflectedAlong } from '../../src/pipeline/probes';
import { Random } from '../../src/pipeline/sampling';
import { evaluate } from './nodes';
import type { Texel } from './nodes';

/** What a lobe gives for each row: a direction drawn from it, and its density in the row's own direction. */
export interface LobeSamples {
  readonly drawn: number[][];
  readonly densities: number[];
}

/**
 * Samples the lobe of a surface with the normal +z.
 * @param view unit vector from the eye to the surface
 */
export async function sampleLobe(
  view: readonly [number, number, number],
  roughness: number,
  directions: readonly Texel[],
): Promise<LobeSamples> {
  const rows = directions.map((_, i): Texel => [...view, i]);
  const width: Texel[] = directions.map(() => [roughness, 0, 0, 0]);
  const normal = () => vec3(0, 0, 1).toVar();
  const drawn = await evaluate([rows, width], (row, size) =>
    lobeDirection(row!.xyz, normal(), size!.x, new Random(uint(row!.a))),
  );
  const found = await evaluate([rows, width, directions], (row, size, direction) =>
    vec3(lobeDensity(row!.xyz, normal(), size!.x, direction!.xyz)),
  );
  return { drawn, densities: found.map(([density = NaN]) => density) };
}

/** What rays of the lobe of a white metal with the normal +z bring of light from everywhere, as a share of what it reflects of it. */
export async function sampleShares(
  view: readonly [number, number, number],
  roughness: number,
  count: number,
): Promise<number[]> {
  const rows = Array.from({ length: count }, (_, i): Texel => [...view, i]);
  const width = rows.map((): Texel => [roughness, 0, 0, 0]);
  const found = await evaluate([rows, width], (row, size) => {
    const normal = vec3(0, 0, 1).toVar();
    const metal = { base: vec3(1), metalness: float(1), roughness: size!.x };
    const { direction, isLost } = lobeSample(row!.xyz, normal, size!.x, new Random(uint(row!.a)));
    const share = lobeShareNode(metal, normal, row!.xyz, direction);
    return isLost.select(vec3(0), share);
  });
  return found.map(([share = NaN]) => share);
}

/**
 * What probes say that a surface with the normal +z reflects of the radiance 1 + x, 1 + y and 1 + z along a direction (x, y, z),
 * for each row (view, roughness).
 */
export function reflectSlopes(rows: readonly Texel[]): Promise<number[][]> {
  const slope = (x: number, y: number, z: number) => vec3(x, y, z).div(0.488603);
  // three's order: y, z, x.
  const bands = [slope(0, 1, 0), slope(0, 0, 1), slope(1, 0, 0)];
  const none = [1, 2, 3, 4, 5].map(() => vec3(0));
  return evaluate([rows], (row) => {
    const normal = vec3(0, 0, 1).toVar();
    const sh = [vec3(1 / 0.282095), ...bands, ...none];
    return reflectedAlong(reflect(row!.xyz, normal), normal, sh, row!.a);
  });
}
