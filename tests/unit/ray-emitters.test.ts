import {
  DoubleSide,
  FrontSide,
  Matrix4,
  MeshStandardMaterial,
  Vector3,
  Vector4,
} from 'three/webgpu';
import { describe, expect, it } from 'vitest';
import {
  BLOCK_POINTS,
  EMITTER_BLOCKS,
  EMITTER_POINTS,
  EMITTER_TEXELS,
  RayEmitters,
} from '../../src/pipeline/ray-emitters';
import { MATERIAL_TEXELS, RayMaterials } from '../../src/pipeline/ray-materials';

/** The table of the points on a glowing triangle of half a square metre. */
function tableOf(side: typeof DoubleSide | typeof FrontSide) {
  const material = new MeshStandardMaterial({ emissive: 'white', emissiveIntensity: 3, side });
  const rows = new Float32Array(4 * MATERIAL_TEXELS);
  const white = [1, 1, 1] as const;
  const materials = new RayMaterials([{ material, map: white, surface: white, emissive: white }]);
  materials.write(rows);
  const body = {
    positions: new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]),
    materials: new Float32Array([0]),
    holes: new Float32Array([0]),
    bulges: new Float32Array([0]),
    mesh: null,
    deforms: false,
  };
  const emitters = new RayEmitters();
  emitters.setScene([body], [material], rows);
  const data = new Float32Array(EMITTER_POINTS * EMITTER_TEXELS * 4);
  const blocks = Array.from({ length: EMITTER_BLOCKS }, () => new Vector4());
  /** As each frame does; returns the sum of what has changed. */
  const write = (matrix: Matrix4 | null = null): Vector3 => {
    const changed = new Vector3();
    materials.write(rows);
    emitters.write(data, blocks, [matrix], rows, changed);
    return changed;
  };
  write();
  return { data, blocks, count: emitters.count, material, write };
}

/** Where a point was in the last frame, and its luminance as a share of that now. */
const last = (data: Float32Array, i: number) => [...data.subarray((i * EMITTER_TEXELS + 2) * 4).subarray(0, 4)]; // prettier-ignore

const point = (data: Float32Array, i: number) =>
  data.subarray(i * EMITTER_TEXELS * 4).subarray(0, 4);

describe('points on glowing surfaces', () => {
  it.each([
    ['one side', FrontSide, 0.5],
    ['both sides', DoubleSide, -0.5],
  ] as const)('stand for all of the area and say whether %s glows', (_, side, wanted) => {
    const { data, count } = tableOf(side);
    expect(count).toBe(EMITTER_POINTS);
    let sum = 0;
    for (let i = 0; i < count; i++) sum += point(data, i)[3]!;
    // Sums of 512 single-precision numbers.
    expect(sum).toBeCloseTo(wanted, 4);
  });

  it('make blocks of neighbours, which say where they are and how far apart', () => {
    const { data, blocks } = tableOf(FrontSide);
    for (let block = 0; block < EMITTER_BLOCKS; block++) {
      const { x, y, z, w: spread } = blocks[block]!;
      let squares = 0;
      for (let i = 0; i < BLOCK_POINTS; i++) {
        const [px = NaN, py = NaN, pz = NaN] = point(data, block * BLOCK_POINTS + i);
        squares += ((px - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2) / BLOCK_POINTS;
      }
      // Single precision, squares of coordinates up to 1.
      expect(spread).toBeCloseTo(squares, 5);
      // A 32nd of the triangle is 0.13 m wide; points in any order would lie 0.33 m from their middle.
      expect(Math.sqrt(spread)).toBeLessThan(0.15);
    }
  });

  it('know where they were and how bright in the last frame', () => {
    const { data, material, write } = tableOf(FrontSide);
    const place = (): number[] => [...point(data, 7)].slice(0, 3);
    const before = place();
    material.emissiveIntensity = 1.5;
    material.emissive.set('red');
    const changed = write(new Matrix4().makeTranslation(0, 0, 0.5));
    // Half of the light of red alone: 0.2126.
    expect(last(data, 7)).toEqual([...before, expect.closeTo(1 / (0.5 * 0.2126), 4) as number]);
    // It has the colour that there is now.
    expect(changed.x).toBeGreaterThan(0);
    expect([changed.y, changed.z]).toEqual([0, 0]);
    expect(write(new Matrix4().makeTranslation(0, 0, 0.5)).length()).toBe(0);
    expect(last(data, 7)).toEqual([...place(), 1]);
  });
});
