import { DoubleSide, FrontSide, MeshStandardMaterial } from 'three/webgpu';
import { describe, expect, it } from 'vitest';
import { EMITTER_POINTS, EMITTER_TEXELS, RayEmitters } from '../../src/pipeline/ray-emitters';
import { MATERIAL_TEXELS, RayMaterials } from '../../src/pipeline/ray-materials';

/** Areas that the points on a glowing triangle of half a square metre stand for. */
function areasOf(side: typeof DoubleSide | typeof FrontSide): Float32Array {
  const material = new MeshStandardMaterial({ emissive: 'white', emissiveIntensity: 3, side });
  const rows = new Float32Array(4 * MATERIAL_TEXELS);
  new RayMaterials([material]).write(rows);
  const body = {
    positions: new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]),
    materials: new Float32Array([0]),
    mesh: null,
    deforms: false,
  };
  const emitters = new RayEmitters();
  emitters.setScene([body], [material], rows);
  const data = new Float32Array(EMITTER_POINTS * EMITTER_TEXELS * 4);
  emitters.write(data, [null]);
  return Float32Array.from({ length: emitters.count }, (_, i) => data[i * EMITTER_TEXELS * 4 + 3]!);
}

describe('points on glowing surfaces', () => {
  it.each([
    ['one side', FrontSide, 0.5],
    ['both sides', DoubleSide, -0.5],
  ] as const)('stand for all of the area and say whether %s glows', (_, side, wanted) => {
    const areas = areasOf(side);
    expect(areas.length).toBe(EMITTER_POINTS);
    const sum = areas.reduce((total, area) => total + area, 0);
    // Sums of 512 single-precision numbers.
    expect(sum).toBeCloseTo(wanted, 4);
  });
});
