import { describe, expect, it } from 'vitest';
import { BvhTables, NODE_TEXELS, TRIANGLE_TEXELS } from '../../src/pipeline/bvh';
import type { TriangleSoup } from '../../src/pipeline/bvh';
import { createRandom } from '../../src/scenes/random';

type Vector = readonly [number, number, number];
interface Ray {
  readonly origin: Vector;
  readonly direction: Vector;
}

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** Distance to a triangle given by a corner and two edges, Infinity where it is missed. */
function distanceTo({ origin, direction }: Ray, corner: Vector, ab: Vector, ac: Vector): number {
  const p = cross(direction, ac);
  const s = minus(origin, corner);
  const u = dot(s, p) / dot(ab, p);
  const q = cross(s, ab);
  const v = dot(direction, q) / dot(ab, p);
  const t = dot(ac, q) / dot(ab, p);
  return u >= 0 && v >= 0 && u + v <= 1 && t > 0 ? t : Infinity;
}

/** What the shader does, in plain numbers: follows the threads of the tables from a root. */
function walk(tables: BvhTables, root: number, ray: Ray) {
  const { nodes, triangles } = tables;
  const octant = ray.direction.reduce((bits, d, axis) => bits | (d < 0 ? 1 << axis : 0), 0);
  const nearest = { distance: Infinity, material: -1, visited: 0 };
  for (let node = root; node >= 0;) {
    const at = node * 4 * NODE_TEXELS;
    const [low, high] = [nodes.slice(at, at + 3), nodes.slice(at + 4, at + 7)];
    const spans = [0, 1, 2].map((axis) => {
      const a = (low[axis]! - ray.origin[axis]!) / ray.direction[axis]!;
      const b = (high[axis]! - ray.origin[axis]!) / ray.direction[axis]!;
      return [Math.min(a, b), Math.max(a, b)] as const;
    });
    const enter = Math.max(0, ...spans.map(([first]) => first));
    const leave = Math.min(nearest.distance, ...spans.map(([, last]) => last));
    nearest.visited++;
    let next = nodes[at + 8 + octant]!;
    if (enter <= leave && nodes[at + 3]! < 0) {
      for (let k = 0; k < nodes[at + 7]!; k++) {
        const from = (-1 - nodes[at + 3]! + k) * 4 * TRIANGLE_TEXELS;
        const row = (texel: number) => triangles.slice(from + texel * 4, from + texel * 4 + 3);
        const [corner, ab, ac] = [0, 1, 2].map(row) as unknown as [Vector, Vector, Vector];
        const distance = distanceTo(ray, corner, ab, ac);
        if (distance < nearest.distance)
          Object.assign(nearest, { distance, material: triangles[from + 3]! });
      }
    } else if (enter <= leave) {
      next = (octant >> nodes[at + 7]!) & 1 ? nodes[at + 3]! : node + 1;
    }
    node = next;
  }
  return nearest;
}

function clutter(count: number, seed: number): TriangleSoup {
  const random = createRandom(seed);
  const positions = new Float32Array(count * 9);
  for (let i = 0; i < count; i++) {
    const centre = [0, 1, 2].map(() => random.range(-5, 5));
    for (let k = 0; k < 9; k++) positions[i * 9 + k] = centre[k % 3]! + random.range(-0.6, 0.6);
  }
  return { positions, materials: Float32Array.from({ length: count }, (_, i) => i) };
}

function nearestOf({ positions, materials }: TriangleSoup, ray: Ray) {
  let nearest = { distance: Infinity, material: -1 };
  materials.forEach((material, i) => {
    const at = (k: number): number[] => Array.from(positions.slice(i * 9 + k, i * 9 + k + 3));
    const [a, b, c] = [at(0), at(3), at(6)];
    const corner = a as unknown as Vector;
    const [ab, ac] = [minus(b as never, corner), minus(c as never, corner)];
    const distance = distanceTo(ray, corner, ab, ac);
    if (distance < nearest.distance) nearest = { distance, material };
  });
  return nearest;
}

describe('the ray tables', () => {
  const random = createRandom(3);
  const rays = Array.from({ length: 400 }, (): Ray => {
    const vector = (size: number): Vector => [
      random.range(-size, size),
      random.range(-size, size),
      random.range(-size, size),
    ];
    return { origin: vector(7), direction: vector(1) };
  });

  it('lead every ray to what testing all triangles finds, whatever its octant', () => {
    const soup = clutter(300, 1);
    const tables = new BvhTables();
    const root = tables.add(soup);
    for (const ray of rays) {
      const found = walk(tables, root, ray);
      const wanted = nearestOf(soup, ray);
      expect(found.material).toBe(wanted.material);
      // Corners and edges are float32 on both sides, but differences are rounded at other places.
      if (wanted.material >= 0) expect(found.distance / wanted.distance).toBeCloseTo(1, 3);
    }
    expect(rays.some((ray) => nearestOf(soup, ray).material >= 0)).toBe(true);
  });

  it('hold several bodies, each with a root of its own', () => {
    const soups = [clutter(40, 5), clutter(1, 6), clutter(90, 7)];
    const tables = new BvhTables();
    const roots = soups.map((soup) => tables.add(soup));
    for (const ray of rays) {
      soups.forEach((soup, i) => {
        expect(walk(tables, roots[i]!, ray).material).toBe(nearestOf(soup, ray).material);
      });
    }
  });

  it('follow a body whose corners move, and leave its neighbours alone', () => {
    const tables = new BvhTables();
    const [before, after, other] = [clutter(120, 8), clutter(120, 9), clutter(50, 10)];
    const roots = [tables.add(before), tables.add(other)];
    tables.refit(roots[0]!, after);
    expect(rays.some((ray) => nearestOf(after, ray).material >= 0)).toBe(true);
    for (const ray of rays) {
      expect(walk(tables, roots[0]!, ray).material).toBe(nearestOf(after, ray).material);
      expect(walk(tables, roots[1]!, ray).material).toBe(nearestOf(other, ray).material);
    }
  });

  it('visit few nodes: near children first, far ones cut off', () => {
    const tables = new BvhTables();
    const root = tables.add(clutter(3000, 2));
    const visited = rays.map((ray) => walk(tables, root, ray).visited);
    const mean = visited.reduce((sum, count) => sum + count, 0) / visited.length;
    // A tenth of the nodes would already be a tree that does not work.
    expect(mean).toBeLessThan(tables.nodeCount / 10);
  });
});
