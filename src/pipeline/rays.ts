import type { Node } from 'three/webgpu';
import { If, Loop, abs, cross, dot, float, int, max, min, vec3 } from 'three/tsl';
import { NODE_TEXELS, TRIANGLE_TEXELS } from './bvh';
import { BODY_TEXELS } from './ray-scene';
import type { RayScene } from './ray-scene';

/** Farther than anything. */
export const FAR_M = 1e6;

/** TSL: what a ray hit first; see {@link Rays.closest}. */
export type Hit = ReturnType<Rays['closest']>;

/** TSL: rays through the scene in world space. Its methods must be called inside `Fn`. */
export class Rays {
  constructor(private readonly scene: RayScene) {}

  /**
   * The nearest hit: distance along `direction` (in its lengths; FAR_M = nothing), unit normal on the side the ray came
   * from, row of the material, and whether the ray met the surface from behind.
   */
  closest(origin: Node<'vec3'>, direction: Node<'vec3'>) {
    const distance = float(FAR_M).toVar();
    const normal = vec3(0).toVar();
    const material = int(0).toVar();
    this.eachTriangle(origin, direction, distance, ({ t, n, row }) => {
      distance.assign(t);
      normal.assign(n);
      material.assign(row);
    });
    const behind = dot(normal, direction).greaterThan(0);
    const facing = normal.mul(behind.select(float(-1), float(1)));
    return {
      distance,
      found: distance.lessThan(FAR_M),
      normal: facing.div(max(facing.length(), float(1e-20))).toVar(),
      material,
      behind,
    };
  }

  /** 1 where nothing lies between the origin and `distance` lengths of `direction`, else 0. */
  visible(origin: Node<'vec3'>, direction: Node<'vec3'>, distance: Node<'float'>): Node<'float'> {
    const reach = distance.toVar();
    const open = float(1).toVar();
    this.eachTriangle(origin, direction, reach, () => {
      open.assign(0);
      // Ends the walk: no box is nearer than this.
      reach.assign(-1);
    });
    return open;
  }

  /** Walks all bodies, nearer children first, and calls back for each hit before `reach`, which the callback may cut. */
  private eachTriangle(
    origin: Node<'vec3'>,
    direction: Node<'vec3'>,
    reach: Node<'float'>,
    found: (hit: { t: Node<'float'>; n: Node<'vec3'>; row: Node<'int'> }) => void,
  ): void {
    const { scene } = this;
    const inWorld = safeInverse(direction).toVar();
    each(scene.bodyCount, (body) => {
      const record = body.mul(BODY_TEXELS).toVar();
      const low = scene.bodies.at(record, 3).toVar();
      const high = scene.bodies.at(record, 4).toVar();
      If(meetsBox(low.xyz, high.xyz, origin, inWorld, reach), () => {
        const x = scene.bodies.at(record).toVar();
        const y = scene.bodies.at(record, 1).toVar();
        const z = scene.bodies.at(record, 2).toVar();
        const o = vec3(dot(x.xyz, origin).add(x.w), dot(y.xyz, origin).add(y.w), dot(z.xyz, origin).add(z.w)).toVar();
        const d = vec3(dot(x.xyz, direction), dot(y.xyz, direction), dot(z.xyz, direction)).toVar();
        const toWorld = (n: Node<'vec3'>): Node<'vec3'> => x.xyz.mul(n.x).add(y.xyz.mul(n.y)).add(z.xyz.mul(n.z));
        this.walk(int(low.w), o, d, reach, ({ t, n, row }) => found({ t, n: toWorld(n), row }));
      });
    }); // prettier-ignore
  }

  private walk(
    root: Node<'int'>,
    origin: Node<'vec3'>,
    direction: Node<'vec3'>,
    reach: Node<'float'>,
    found: (hit: { t: Node<'float'>; n: Node<'vec3'>; row: Node<'int'> }) => void,
  ): void {
    const { scene } = this;
    const inverse = safeInverse(direction).toVar();
    const bit = (d: Node<'float'>, value: number): Node<'int'> =>
      d.lessThan(0).select(int(value), int(0));
    const octant = bit(direction.x, 1).add(bit(direction.y, 2)).add(bit(direction.z, 4)).toVar();
    const skipTexel = octant.div(4).add(2).toVar();
    const skipChannel = octant.mod(4).toVar();
    const node = root.toVar();
    whileTrue(node.greaterThanEqual(int(0)), () => {
      const record = node.mul(NODE_TEXELS).toVar();
      const low = scene.nodes.at(record).toVar();
      const high = scene.nodes.at(record, 1).toVar();
      const next = int(-2).toVar();
      If(meetsBox(low.xyz, high.xyz, origin, inverse, reach), () => {
        If(low.w.lessThan(0), () => {
          const first = int(low.w.negate()).sub(1).toVar();
          each(int(high.w), (k) => this.triangle(first.add(k), origin, direction, reach, found));
        }).Else(() => {
          // Bit of the octant: 1 where the ray goes down the axis on which the children lie.
          const backwards = octant.shiftRight(int(high.w)).bitAnd(int(1)).equal(int(1));
          next.assign(backwards.select(int(low.w), node.add(1)));
        });
      });
      If(next.equal(int(-2)), () => {
        const skip = scene.nodes.at(record.add(skipTexel)).toVar();
        next.assign(int((skip as unknown as { element(i: Node): Node<'float'> }).element(skipChannel)));
      }); // prettier-ignore
      node.assign(next);
    });
  }

  /** Möller and Trumbore 1997, from both sides. */
  private triangle(
    index: Node<'int'>,
    origin: Node<'vec3'>,
    direction: Node<'vec3'>,
    reach: Node<'float'>,
    found: (hit: { t: Node<'float'>; n: Node<'vec3'>; row: Node<'int'> }) => void,
  ): void {
    const record = index.mul(TRIANGLE_TEXELS).toVar();
    const corner = this.scene.triangles.at(record).toVar();
    const ab = this.scene.triangles.at(record, 1).xyz.toVar();
    const ac = this.scene.triangles.at(record, 2).xyz.toVar();
    const p = cross(direction, ac).toVar();
    const determinant = dot(ab, p).toVar();
    const inverse = float(1).div(determinant).toVar();
    const s = origin.sub(corner.xyz).toVar();
    const u = dot(s, p).mul(inverse).toVar();
    const q = cross(s, ab).toVar();
    const v = dot(direction, q).mul(inverse).toVar();
    const t = dot(ac, q).mul(inverse).toVar();
    const inside = min(min(u, v), u.add(v).oneMinus()).greaterThanEqual(0);
    const hit = inside.and(t.greaterThan(0)).and(t.lessThan(reach));
    If(hit.and(abs(determinant).greaterThan(1e-20)), () => {
      found({ t, n: cross(ab, ac), row: int(corner.w) });
    });
  }
}

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
  const first = min(a, b).toVar();
  const last = max(a, b).toVar();
  const enter = max(max(first.x, first.y), max(first.z, float(0)));
  const leave = min(min(last.x, last.y), min(last.z, reach));
  return enter.lessThanEqual(leave);
}
