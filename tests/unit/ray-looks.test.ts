import { BufferAttribute, Color, DataTexture, Mesh, MeshStandardMaterial, PlaneGeometry, SRGBColorSpace } from 'three/webgpu'; // prettier-ignore
import { describe, expect, it } from 'vitest';
import { RayLooks } from '../../src/pipeline/ray-looks';
import { makeSurfaceMaps } from '../../src/scenes/textures';
import type { PatternName } from '../../src/scenes/patterns';

/** Linear mean of all texels of a colour texture. */
function meanOf({ image, colorSpace }: DataTexture): number[] {
  const data = image.data as Uint8Array;
  const sum = [0, 0, 0];
  const color = new Color();
  for (let i = 0; i < data.length; i += 4) {
    color.setRGB(data[i]! / 255, data[i + 1]! / 255, data[i + 2]! / 255, colorSpace as 'srgb');
    [color.r, color.g, color.b].forEach((value, c) => (sum[c]! += (value * 4) / data.length));
  }
  return sum;
}

/** The means that rays see of a plane: their areas make one. */
function lookOf(mesh: Mesh) {
  const looks = new RayLooks();
  const triangles = looks.looksOf(mesh);
  return triangles.map(({ row }) => looks.list[row]!);
}

/** Left half of one colour, right half of another; `alpha` of the right one. */
function halves(left: readonly number[], right: readonly number[], alpha = 255): DataTexture {
  const texels = Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? [...left, 255] : [...right, alpha])); // prettier-ignore
  const texture = new DataTexture(Uint8Array.from(texels.flat()), 8, 8);
  texture.colorSpace = SRGBColorSpace;
  return texture;
}

describe('what rays see of textures', () => {
  it.each(['brick', 'tiles', 'planks', 'banner', 'hazard'] as PatternName[])(
    'is the linear mean of %s, joints included',
    (pattern) => {
      const { map } = makeSurfaceMaps({ pattern, seed: 5, base: '#c04030', accent: '#e0e0d0' });
      map.repeat.set(3, 2);
      const plane = new Mesh(new PlaneGeometry(3, 2), new MeshStandardMaterial({ map }));
      const found = lookOf(plane);
      meanOf(map).forEach((wanted, c) => {
        const seen = (found[0]!.map[c]! + found[1]!.map[c]!) / 2;
        // 2,048 places a triangle, evenly spread: a joint is a twentieth of the surface.
        expect(Math.abs(seen / wanted - 1)).toBeLessThan(0.02);
      });
    },
  );

  it('differs between triangles that lie in different parts of an atlas', () => {
    const geometry = new PlaneGeometry(1, 1).toNonIndexed();
    // The first triangle lies in the left half, the second in the right.
    geometry.setAttribute('uv', new BufferAttribute(new Float32Array([0.1, 0.1, 0.4, 0.1, 0.1, 0.9, 0.6, 0.1, 0.9, 0.1, 0.6, 0.9]), 2)); // prettier-ignore
    const map = halves([255, 0, 0], [0, 0, 255]);
    const [left, right] = lookOf(new Mesh(geometry, new MeshStandardMaterial({ map })));
    expect(left!.map).toEqual([1, 0, 0]);
    expect(right!.map).toEqual([0, 0, 1]);
  });

  it('follows a matrix that the texture has of its own, and leaves it', () => {
    const map = halves([255, 0, 0], [0, 0, 255]);
    map.matrixAutoUpdate = false;
    // All of the plane shows the middle of the right half.
    map.matrix.set(0, 0, 0.75, 0, 0, 0.5, 0, 0, 1);
    const matrix = map.matrix.clone();
    const plane = new Mesh(new PlaneGeometry(1, 1), new MeshStandardMaterial({ map }));
    for (const { map: seen } of lookOf(plane)) expect(seen).toEqual([0, 0, 1]);
    expect(map.matrix).toEqual(matrix);
  });

  it('is tinted by vertex colours', () => {
    const geometry = new PlaneGeometry(1, 1).toNonIndexed();
    const even = [1, 0.5, 0];
    const colors = [even, even, even, [0, 0, 0], [0.6, 0, 0], [0, 0, 0.9]].flat();
    geometry.setAttribute('color', new BufferAttribute(new Float32Array(colors), 3));
    const material = new MeshStandardMaterial({ vertexColors: true });
    const [first, second] = lookOf(new Mesh(geometry, material));
    expect(first!.map).toEqual([1, 0.5, 0]);
    // Single precision.
    [0.2, 0, 0.3].forEach((wanted, c) => expect(second!.map[c]).toBeCloseTo(wanted, 6));
  });

  it('leaves holes out', () => {
    const map = halves([0, 255, 0], [0, 0, 0], 0);
    const material = new MeshStandardMaterial({ map, alphaTest: 0.5 });
    for (const { map: seen } of lookOf(new Mesh(new PlaneGeometry(1, 1), material)))
      expect(seen).toEqual([0, 1, 0]);
  });

  it('says how much of each triangle is holes', () => {
    const geometry = new PlaneGeometry(1, 1).toNonIndexed();
    // The first triangle lies in the left half, the second on both.
    geometry.setAttribute('uv', new BufferAttribute(new Float32Array([0.1, 0.1, 0.4, 0.1, 0.1, 0.9, 0, 0, 1, 0, 0.5, 1]), 2)); // prettier-ignore
    const map = halves([0, 255, 0], [0, 0, 0], 0);
    const holesOf = (alphaTest: number): number[] =>
      new RayLooks()
        .looksOf(new Mesh(geometry, new MeshStandardMaterial({ map, alphaTest })))
        .map(({ holes }) => holes);
    const [whole, half] = holesOf(0.5);
    expect(whole).toBe(0);
    // 2,048 places.
    expect(half).toBeCloseTo(0.5, 2);
    expect(holesOf(0)).toEqual([0, 0]);
  });

  it('is one look where nothing differs', () => {
    const looks = new RayLooks();
    const material = new MeshStandardMaterial({ color: 'red' });
    const triangles = [1, 2].flatMap((size) => looks.looksOf(new Mesh(new PlaneGeometry(size, 1, 4, 4), material))); // prettier-ignore
    expect(new Set(triangles.map(({ row }) => row)).size).toBe(1);
    expect(triangles.every(({ holes }) => holes === 0)).toBe(true);
    expect(looks.list).toEqual([{ material, map: [1, 1, 1], surface: [1, 1, 1], emissive: [1, 1, 1] }]); // prettier-ignore
  });
});
