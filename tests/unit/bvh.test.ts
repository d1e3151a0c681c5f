import { describe, expect, it } from 'vitest';
import { BOUND_RANGE, BvhTables, LEAF_COUNT_BITS, TRIANGLE_TEXELS } from '../../src/pipeline/bvh';
import type { BvhBody, TriangleSoup } from '../../src/pipeline/bvh';
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

/** What the shader does, in plain numbers: follows a body's nodes. */
function walk({ nodes, triangles }: BvhTables, body: BvhBody, { origin, direction }: Ray) {
  const toGrid = (v: Vector, shift: number): Vector =>
    v.map((x, axis) => x * body.scale[axis]! + shift * body.shift[axis]!) as never;
  const ray = { origin: toGrid(origin, 1), direction: toGrid(direction, 0) };
  const octant = direction.reduce((bits, d, axis) => bits | (d < 0 ? 1 << axis : 0), 0);
  const nearest = { distance: Infinity, material: -1, visited: 0 };
  let node = body.firstNode + octant * body.tree.size;
  const end = node + body.tree.size;
  while (node < end) {
    const [x, y, z, link] = nodes.slice(node * 4, node * 4 + 4) as [number, number, number, number];
    const spans = [x, y, z].map((pair, axis) => {
      const [near, far] = [pair % BOUND_RANGE, Math.floor(pair / BOUND_RANGE)];
      const lengths = (bound: number) => (bound - ray.origin[axis]!) / ray.direction[axis]!;
      return [lengths(near), lengths(far)] as const;
    });
    const enter = Math.max(0, ...spans.map(([first]) => first));
    const leave = Math.min(nearest.distance, ...spans.map(([, last]) => last));
    nearest.visited++;
    const isLeaf = link < 0;
    node += enter <= leave || isLeaf ? 1 : link + 1;
    if (enter > leave || !isLeaf) continue;
    const code = -1 - link;
    const first = code >> LEAF_COUNT_BITS;
    for (let k = 0; k < code % 2 ** LEAF_COUNT_BITS; k++) {
      const from = (first + k) * 4 * TRIANGLE_TEXELS;
      const row = (texel: number) => triangles.slice(from + texel * 4, from + texel * 4 + 3);
      const [corner, ab, ac] = [0, 1, 2].map(row) as unknown as [Vector, Vector, Vector];
      const distance = distanceTo(ray, corner, ab, ac);
      if (distance < nearest.distance)
        Object.assign(nearest, { distance, material: triangles[from + 3]! });
    }
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
  const materials = Float32Array.from({ length: count }, (_, i) => i);
  return { positions, materials, holes: new Float32Array(count), bulges: new Float32Array(count) };
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
    const body = tables.add(soup);
    for (const ray of rays) {
      const found = walk(tables, body, ray);
      const wanted = nearestOf(soup, ray);
      expect(found.material).toBe(wanted.material);
      // Corners and edges are float32 on both sides, but differences are rounded at other places.
      if (wanted.material >= 0) expect(found.distance / wanted.distance).toBeCloseTo(1, 3);
    }
    expect(rays.some((ray) => nearestOf(soup, ray).material >= 0)).toBe(true);
  });

  it('hold several bodies, each with nodes of its own', () => {
    const soups = [clutter(40, 5), clutter(1, 6), clutter(90, 7)];
    const tables = new BvhTables();
    const bodies = soups.map((soup) => tables.add(soup));
    for (const ray of rays) {
      soups.forEach((soup, i) => {
        expect(walk(tables, bodies[i]!, ray).material).toBe(nearestOf(soup, ray).material);
      });
    }
  });

  it('follow a body whose corners move, and leave its neighbours alone', () => {
    const tables = new BvhTables();
    const [before, after, other] = [clutter(120, 8), clutter(120, 9), clutter(50, 10)];
    const bodies = [tables.add(before), tables.add(other)];
    tables.refit(bodies[0]!, after);
    expect(rays.some((ray) => nearestOf(after, ray).material >= 0)).toBe(true);
    for (const ray of rays) {
      expect(walk(tables, bodies[0]!, ray).material).toBe(nearestOf(after, ray).material);
      expect(walk(tables, bodies[1]!, ray).material).toBe(nearestOf(other, ray).material);
    }
  });

  it('hold heaps of triangles that cannot be told apart, and bodies without thickness', () => {
    const one = [0, 0, 0, 1, 0, 0, 0, 1, 0];
    const heap = Float32Array.from({ length: 300 * 9 }, (_, i) => one[i % 9]!);
    const soup = {
      positions: heap,
      materials: new Float32Array(300).fill(7),
      holes: new Float32Array(300),
      bulges: new Float32Array(300),
    };
    const tables = new BvhTables();
    const body = tables.add(soup);
    const counts = Array.from(body.tree.leafCounts);
    expect(counts.reduce((sum, count) => sum + count)).toBe(300);
    const hit = walk(tables, body, { origin: [0.2, 0.2, 3], direction: [0.01, 0.01, -1] });
    expect(hit.material).toBe(7);
    expect(hit.distance).toBeCloseTo(3, 4);
  });

  it('visit few nodes: near children first, far ones cut off', () => {
    const tables = new BvhTables();
    const body = tables.add(clutter(3000, 2));
    const visited = rays.map((ray) => walk(tables, body, ray).visited);
    const mean = visited.reduce((sum, count) => sum + count, 0) / visited.length;
    // A tenth of the nodes would already be a tree that does not work.
    expect(mean).toBeLessThan(body.tree.size / 10);
  });
});
