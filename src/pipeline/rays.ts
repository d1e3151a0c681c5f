import type { Node } from 'three/webgpu';
import { If, Loop, abs, bool, cross, dot, float, fract, int, max, vec2, vec3 } from 'three/tsl';
import { BOUND_RANGE, LEAF_COUNT_BITS, TRIANGLE_TEXELS } from './bvh';
import { BODY_NODE_TEXELS } from './ray-scene';
import type { RayScene } from './ray-scene';

/** Farther than anything. */
export const FAR_M = 1e6;

/** From so many times a triangle's bulge on its plane is far away. */
const SMOOTH = 3;

/** TSL: what a ray hit first; see {@link Rays.closest}. */
export type Hit = ReturnType<Rays['closest']>;

/** TSL: rays through the scene in world space. Its methods must be called inside `Fn`. */
export class Rays {
  constructor(private readonly scene: RayScene) {}

  /**
   * The nearest hit: distance along `direction` (in its lengths; FAR_M = nothing), unit normal on the side the ray came
   * from, row of the material, and whether the ray met the surface from behind.
   */
  closest(origin: Node<'vec3'>, direction: Node<'vec3'>, reach: Node<'float'> = float(FAR_M)) {
    const distance = reach.toVar();
    const normal = vec3(0).toVar();
    const material = int(0).toVar();
    this.eachTriangle(origin, direction, distance, ({ t, n, row, place }) => {
      If(isSolid(place), () => {
        distance.assign(t);
        normal.assign(n);
        material.assign(row);
      });
    });
    const behind = dot(normal, direction).greaterThan(0);
    const facing = normal.mul(behind.select(float(-1), float(1)));
    return {
      distance,
      found: distance.lessThan(reach),
      normal: facing.div(max(facing.length(), float(1e-20))).toVar(),
      material,
      behind,
    };
  }

  /** 1 where nothing lies between the origin and `distance` lengths of `direction`, else 0. */
  visible(origin: Node<'vec3'>, direction: Node<'vec3'>, distance: Node<'float'>): Node<'float'> {
    const blocker = this.blocker(origin, direction, distance, isSolid);
    return blocker.distance.lessThan(FAR_M).select(float(0), float(1)).toVar();
  }

  /**
   * The first that is found of what lies within `distance`: how far away, both in lengths of `direction` (FAR_M = nothing), and
   * whether its texture has holes. `counts` says of a place on a triangle whether it blocks. A coarse mesh of a smooth thing
   * throws no shadow on itself: triangles do not count whose plane is near, as measured by how far the smooth surface stands out
   * from them.
   */
  blocker(
    origin: Node<'vec3'>,
    direction: Node<'vec3'>,
    distance: Node<'float'>,
    counts: (place: Node<'vec3'>) => Node<'bool'> = () => bool(true),
  ) {
    const reach = distance.toVar();
    const found = float(FAR_M).toVar();
    const hasHoles = float(0).toVar();
    this.eachTriangle(origin, direction, reach, ({ t, n, place, bulge }) => {
      const away = t.mul(dot(n, direction).abs()).div(max(n.length(), float(1e-20)));
      If(away.greaterThanEqual(bulge.mul(SMOOTH)).and(counts(place)), () => {
        found.assign(t);
        hasHoles.assign(place.z);
        // Ends the walk: no box is nearer than this.
        reach.assign(-1);
      });
    });
    return { distance: found, hasHoles: hasHoles.greaterThan(0) };
  }

  /** Walks the bodies that a ray comes near and calls back for each hit before `reach`, which the callback may cut. */
  private eachTriangle(
    origin: Node<'vec3'>,
    direction: Node<'vec3'>,
    reach: Node<'float'>,
    found: (hit: TriangleHit) => void,
  ): void {
    const { scene } = this;
    const inWorld = safeInverse(direction).toVar();
    const node = int(0).toVar();
    whileTrue(node.lessThan(scene.bodyNodeCount), () => {
      const low = scene.bodies.at(node.mul(BODY_NODE_TEXELS)).toVar();
      const high = scene.bodies.at(node.mul(BODY_NODE_TEXELS), 1).toVar();
      const record = int(high.w).toVar();
      const isMet = meetsBox(low.xyz, high.xyz, origin, inWorld, reach).toVar();
      node.assign(isMet.select(node.add(1), int(low.w)));
      If(isMet.and(record.greaterThan(int(0))), () => {
        const x = scene.bodies.at(record).toVar();
        const y = scene.bodies.at(record, 1).toVar();
        const z = scene.bodies.at(record, 2).toVar();
        const o = vec3(dot(x.xyz, origin).add(x.w), dot(y.xyz, origin).add(y.w), dot(z.xyz, origin).add(z.w)).toVar();
        const d = vec3(dot(x.xyz, direction), dot(y.xyz, direction), dot(z.xyz, direction)).toVar();
        const place = scene.bodies.at(record, 3).toVar();
        const toWorld = (n: Node<'vec3'>): Node<'vec3'> => x.xyz.mul(n.x).add(y.xyz.mul(n.y)).add(z.xyz.mul(n.z));
        this.walk(int(place.x), int(place.y), o, d, reach, ({ n, ...hit }) => found({ n: toWorld(n), ...hit }));
      });
    }); // prettier-ignore
  }

  /** Walks a body's nodes; origin and direction are in steps of its grid. */
  private walk(
    firstNode: Node<'int'>,
    nodeCount: Node<'int'>,
    origin: Node<'vec3'>,
    direction: Node<'vec3'>,
    reach: Node<'float'>,
    found: (hit: TriangleHit) => void,
  ): void {
    const { scene } = this;
    const inverse = safeInverse(direction).toVar();
    const bit = (d: Node<'float'>, value: number): Node<'int'> =>
      d.lessThan(0).select(int(value), int(0));
    const octant = bit(direction.x, 1).add(bit(direction.y, 2)).add(bit(direction.z, 4));
    const node = firstNode.add(octant.mul(nodeCount)).toVar();
    const end = node.add(nodeCount).toVar();
    const near = (pair: Node<'int'>) => float(pair.bitAnd(int(BOUND_RANGE - 1)));
    const far = (pair: Node<'int'>) => float(pair.bitAnd(int(-BOUND_RANGE))).div(BOUND_RANGE);
    whileTrue(node.lessThan(end), () => {
      // All rays of a group look for their next leaf before any of them looks into it (Aila and Laine 2009).
      const code = int(0).toVar();
      whileTrue(node.lessThan(end).and(code.equal(int(0))), () => {
        const record = scene.nodes.at(node).toVar();
        const { x, y, z, w: link } = record;
        const enters = vec3(near(x), near(y), near(z)).sub(origin).mul(inverse).toVar();
        const leaves = vec3(far(x), far(y), far(z)).sub(origin).mul(inverse).toVar();
        const enter = larger(larger(enters.x, enters.y), larger(enters.z, float(0)));
        const leave = smaller(smaller(leaves.x, leaves.y), smaller(leaves.z, reach));
        const isMet = enter.lessThanEqual(leave).toVar();
        const isLeaf = link.lessThan(int(0)).toVar();
        code.assign(isMet.and(isLeaf).select(int(-1).sub(link), int(0)));
        node.addAssign(isMet.or(isLeaf).select(int(1), link.add(1)));
      });
      const count = code.bitAnd(int((1 << LEAF_COUNT_BITS) - 1)).toVar();
      const first = code.shiftRight(int(LEAF_COUNT_BITS)).toVar();
      each(count, (k) => this.triangle(first.add(k), origin, direction, reach, found));
    });
  }

  /** Möller and Trumbore 1997, from both sides. */
  private triangle(
    index: Node<'int'>,
    origin: Node<'vec3'>,
    direction: Node<'vec3'>,
    reach: Node<'float'>,
    found: (hit: TriangleHit) => void,
  ): void {
    const record = index.mul(TRIANGLE_TEXELS).toVar();
    const corner = this.scene.triangles.at(record).toVar();
    const second = this.scene.triangles.at(record, 1).toVar();
    const ab = second.xyz;
    const third = this.scene.triangles.at(record, 2).toVar();
    const ac = third.xyz;
    const p = cross(direction, ac).toVar();
    const determinant = dot(ab, p).toVar();
    const inverse = float(1).div(determinant).toVar();
    const s = origin.sub(corner.xyz).toVar();
    const u = dot(s, p).mul(inverse).toVar();
    const q = cross(s, ab).toVar();
    const v = dot(direction, q).mul(inverse).toVar();
    const t = dot(ac, q).mul(inverse).toVar();
    const inside = u.greaterThanEqual(0).and(v.greaterThanEqual(0)).and(u.add(v).lessThanEqual(1));
    const hit = inside.and(t.greaterThan(0)).and(t.lessThan(reach));
    If(hit.and(abs(determinant).greaterThan(1e-20)), () => {
      // Scaled to the grid's span, so that no product on the way to world space can overflow.
      found({
        t,
        n: cross(ab, ac).mul(2 ** -32),
        row: int(corner.w),
        place: vec3(u, v, second.w),
        bulge: third.w,
      });
    });
  }
}

/**
 * TSL: where a ray meets a triangle, its normal, row of its material, the place on it (barycentric) with the share of it that is
 * holes, and its bulge.
 */
interface TriangleHit {
  readonly t: Node<'float'>;
  readonly n: Node<'vec3'>;
  readonly row: Node<'int'>;
  readonly place: Node<'vec3'>;
  readonly bulge: Node<'float'>;
}

/**
 * TSL: whether a place on a triangle is no hole. Rays do not know where the holes of a texture are, only how much of a triangle
 * they are: so much of a fine pattern is open (interleaved gradient noise, Jimenez 2014).
 */
const isSolid = (place: Node<'vec3'>): Node<'bool'> =>
  fract(
    fract(dot(place.xy, vec2(0.06711056, 0.00583715)).mul(PATTERN)).mul(52.9829189),
  ).greaterThanEqual(place.z);

/** Texels of the pattern along an edge. */
const PATTERN = 4096;

/** TSL: a loop whose index may be used in loops inside it, which three gives the same name. */
function each(count: Node<'int'>, body: (index: Node<'int'>) => void): void {
  Loop({ start: int(0), end: count, type: 'int', condition: '<' }, ({ i }) => {
    body(int(i).toVar());
  });
}

/** TSL: three's `while`, which @types/three does not know (r187). */
const whileTrue = Loop as unknown as (condition: Node<'bool'>, body: () => void) => void;

/** TSL: 1/d with a large number for 0. */
const safeInverse = (d: Node<'vec3'>): Node<'vec3'> => {
  const one = (x: Node<'float'>): Node<'float'> =>
    abs(x).lessThan(1e-12).select(float(1e12), float(1).div(x));
  return vec3(one(d.x), one(d.y), one(d.z));
};

/**
 * TSL: min and max without their care for what is not a number, which on the emulated GPU costs five times as much as
 * the rest.
 */
const smaller = (a: Node<'float'>, b: Node<'float'>): Node<'float'> => {
  const x = a.toVar();
  const y = b.toVar();
  return x.lessThan(y).select(x, y);
};
const larger = (a: Node<'float'>, b: Node<'float'>): Node<'float'> => {
  const x = a.toVar();
  const y = b.toVar();
  return x.lessThan(y).select(y, x);
};

/** TSL: whether a ray meets a box before `reach`. */
function meetsBox(
  low: Node<'vec3'>,
  high: Node<'vec3'>,
  origin: Node<'vec3'>,
  inverse: Node<'vec3'>,
  reach: Node<'float'>,
): Node<'bool'> {
  const a = low.sub(origin).mul(inverse).toVar();
  const b = high.sub(origin).mul(inverse).toVar();
  const first = vec3(smaller(a.x, b.x), smaller(a.y, b.y), smaller(a.z, b.z)).toVar();
  const last = vec3(larger(a.x, b.x), larger(a.y, b.y), larger(a.z, b.z)).toVar();
  const enter = larger(larger(first.x, first.y), larger(first.z, float(0)));
  const leave = smaller(smaller(last.x, last.y), smaller(last.z, reach));
  return enter.lessThanEqual(leave);
}
