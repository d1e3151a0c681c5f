import { Box3, Ray, Vector3 } from 'three/webgpu';
import { describe, expect, it } from 'vitest';
import { BodyTree } from '../../src/pipeline/body-tree';
import { createRandom } from '../../src/scenes/random';

/** A room, and cubes of 0.2 m on a grid in it, 1 m apart. */
function boxesOf(side: number, lifted = 0): Box3[] {
  const cubes = Array.from({ length: side * side }, (_, i) => {
    const middle = new Vector3(i % side, lifted, Math.floor(i / side));
    return new Box3().setFromCenterAndSize(middle, new Vector3(0.2, 0.2, 0.2));
  });
  return [new Box3(new Vector3(-1, -1, -1), new Vector3(side, 5, side)), ...cubes];
}

/** As the shader walks: the bodies whose boxes a ray meets, and how many nodes it looks at. */
function walk({ nodes }: BodyTree, ray: Ray) {
  const met: number[] = [];
  let looks = 0;
  for (let i = 0; i < nodes.length; looks++) {
    const { box, body, next } = nodes[i]!;
    const isMet = ray.intersectsBox(box);
    if (isMet && body !== null) met.push(body);
    i = isMet ? i + 1 : next;
  }
  return { met: met.toSorted((a, b) => a - b), looks };
}

function raysThrough(side: number): Ray[] {
  const random = createRandom(4);
  return Array.from({ length: 200 }, () => {
    const at = (): Vector3 => new Vector3(random.range(0, side), random.range(-1, 1), random.range(0, side)); // prettier-ignore
    const from = at();
    return new Ray(from, at().sub(from).normalize());
  });
}

const wanted = (boxes: readonly Box3[], ray: Ray): number[] =>
  boxes.flatMap((box, i) => (ray.intersectsBox(box) ? [i] : []));

describe('the order in which rays look at bodies', () => {
  it('leads to every body whose box they meet, and past most of many others', () => {
    const boxes = boxesOf(16);
    const tree = new BodyTree(boxes);
    const rays = raysThrough(16);
    let looks = 0;
    for (const ray of rays) {
      const found = walk(tree, ray);
      expect(found.met).toEqual(wanted(boxes, ray));
      looks += found.looks / rays.length;
    }
    // Of 257 bodies; one after the other would be 257 looks.
    expect(looks).toBeLessThan(70);
  });

  it('fits boxes to bodies that have moved', () => {
    const tree = new BodyTree(boxesOf(5));
    const moved = boxesOf(5, 0.7);
    tree.fit(moved);
    for (const ray of raysThrough(5)) expect(walk(tree, ray).met).toEqual(wanted(moved, ray));
  });

  it.each([0, 1, 2, 5])('is a plain list for %i bodies', (count) => {
    const { nodes } = new BodyTree(boxesOf(2).slice(0, count));
    expect(nodes.map(({ body }) => body)).toEqual(Array.from({ length: count }, (_, i) => i));
  });
});
