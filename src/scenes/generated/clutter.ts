import { Box3, CapsuleGeometry, type Mesh, SphereGeometry } from 'three/webgpu';
import { type Triple, isMesh } from '../kit';
import { box } from '../shapes';
import { type BuildContext, type Layout, claimFloor } from './layout';
import type { Prop } from './prop';
import { boxProp, largeProp, smallProp } from './props';

/** A mesh that may be animated: nothing stands on it. */
export interface Movable {
  mesh: Mesh;
  radiusM: number;
  /** It stands on the floor rather than on something. */
  grounded: boolean;
}

/** What furnishing a layout gives to the animation and to the camera. */
export interface Furnishing {
  movables: Movable[];
  /** Places worth looking at. */
  sights: Triple[];
}

function put(context: BuildContext, prop: Prop, at: Triple): Mesh {
  return context.kit.mesh(prop.geometry, context.palette.object(), { at });
}

/** A prop, and sometimes others on top of it. Returns the topmost mesh. */
function addPile(context: BuildContext, base: Prop, at: Triple): Movable {
  const { random } = context;
  let top: Movable = { mesh: put(context, base, at), radiusM: base.radiusM, grounded: true };
  let [x, y, z] = at;
  let support = base;
  let levels = support.flat && random.chance(0.7) ? random.int(1, 3) : 0;
  while (levels-- > 0) {
    const size = Math.min(0.5, support.radiusM * random.range(0.7, 1.1));
    const next = levels > 0 ? boxProp(random, size) : smallProp(random, size);
    y += support.heightM;
    const slack = Math.max(0, support.radiusM * 0.6 - next.radiusM);
    x += random.range(-slack, slack);
    z += random.range(-slack, slack);
    top = { mesh: put(context, next, [x, y, z]), radiusM: next.radiusM, grounded: false };
    if (!next.flat) break;
    support = next;
  }
  return top;
}

/** Fills the floor with furniture, piles and single things, up to a number of meshes. */
export function furnish(context: BuildContext, layout: Layout, meshLimit: number): Furnishing {
  const { random, kit } = context;
  const movables: Movable[] = [];
  const sights: Triple[] = [];
  const { x0, x1, z0, z1 } = layout.floor;
  const areaM2 = (x1 - x0) * (z1 - z0);
  const pieces = Math.round(Math.min(26, Math.max(9, areaM2 * random.range(0.45, 0.85))));
  for (let i = 0; i < pieces && kit.meshCount < meshLimit; i++) {
    const isLarge = random.chance(i < 3 ? 0.75 : 0.25);
    const size = isLarge ? random.range(0.6, 1.1) : random.range(0.25, 0.8);
    const prop = isLarge ? largeProp(random, size) : smallProp(random, size);
    const spot = claimFloor(random, layout, prop.radiusM + 0.06);
    if (!spot) continue;
    const top = addPile(context, prop, [spot.x, 0, spot.z]);
    movables.push(top);
    sights.push([spot.x, Math.min(1.3, prop.heightM * 0.8), spot.z]);
  }
  return { movables, sights };
}

/** Adds glowing things; with `large` panels when nothing else lights the scene. */
export function addGlow(
  context: BuildContext,
  layout: Layout,
  options: { count: number; large: boolean },
): Mesh[] {
  const { kit, random, palette } = context;
  const { bounds } = layout;
  const scale = options.large ? 1.8 : 1;
  const indoor = layout.cover !== 'open-air';
  return Array.from({ length: options.count }, (): Mesh => {
    const material = palette.glow();
    const kind = random.next();
    const spot = claimFloor(random, layout, 0.2) ?? { x: 0, z: 0, radiusM: 0 };
    if (indoor && kind < 0.35) {
      const size: Triple = [random.range(0.3, 1) * scale, 0.03, random.range(0.2, 0.5) * scale];
      // Hangs a little below the ceiling, turned down.
      return kit.mesh(box(size), material, {
        at: [spot.x, bounds.max.y - random.range(0.05, 0.3), spot.z],
      });
    }
    if (kind < 0.6) {
      const lengthM = random.range(0.6, 1.6) * Math.min(1.3, scale);
      const tube = new CapsuleGeometry(random.range(0.02, 0.05) * scale, lengthM, 6, 16);
      const turn: Triple = [random.range(-0.3, 0.3), 0, random.range(-0.3, 0.3)];
      return kit.mesh(tube, material, { at: [spot.x, lengthM / 2 + 0.12, spot.z], turn });
    }
    const radiusM = random.range(0.08, 0.22) * scale;
    const lift = random.chance(0.5) ? 0 : random.range(0.3, 1.4);
    return kit.mesh(new SphereGeometry(radiusM, 28, 18), material, {
      at: [spot.x, radiusM + lift, spot.z],
    });
  });
}

/** World boxes of all meshes, for the camera and the lamps to keep clear of. */
export function obstaclesOf({ kit }: BuildContext): Map<Mesh, Box3> {
  kit.root.updateMatrixWorld(true);
  const result = new Map<Mesh, Box3>();
  kit.root.traverse((object) => {
    if (!isMesh(object)) return;
    const bounds = new Box3().setFromObject(object);
    // Lamps hang in groups of their own and swing.
    if (object.parent !== kit.root) bounds.expandByScalar(0.25);
    result.set(object, bounds);
  });
  return result;
}
