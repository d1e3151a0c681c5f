import {
  BoxGeometry,
  BufferGeometry,
  CylinderGeometry,
  Float32BufferAttribute,
  PlaneGeometry,
  SphereGeometry,
  TorusKnotGeometry,
} from 'three';
import { describe, expect, it } from 'vitest';
import { isClosed } from '../../src/scenes/closed-mesh';

describe('isClosed', () => {
  it.each([
    // Seams of texture coordinates and hard edges repeat vertices.
    ['a box', new BoxGeometry(), true],
    ['a sphere', new SphereGeometry(1, 24, 16), true],
    ['a knot', new TorusKnotGeometry(), true],
    ['triangles without an index', new BoxGeometry().toNonIndexed(), true],
    ['a huge one', new SphereGeometry(1e6, 24, 16), true],
    ['a tiny one', new SphereGeometry(1e-6, 24, 16), true],
    ['a sheet', new PlaneGeometry(), false],
    ['a tube', new CylinderGeometry(1, 1, 1, 24, 1, true), false],
    ['half a sphere', new SphereGeometry(1, 24, 16, 0, Math.PI), false],
    ['nothing', new BufferGeometry().setAttribute('position', new Float32BufferAttribute([], 3)), false], // prettier-ignore
  ])('%s', (_, geometry, expected) => {
    expect(isClosed(geometry)).toBe(expected);
  });

  it('a box without a bottom is open', () => {
    const box = new BoxGeometry();
    box.setIndex([...box.getIndex()!.array].slice(0, -6));
    expect(isClosed(box)).toBe(false);
  });
});
