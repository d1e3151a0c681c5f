import { Box3, type Mesh, Vector3 } from 'three/webgpu';
import type { Random } from '../random';
import type { Movable } from './clutter';

/** Length of a generated scene's loop. */
export const loopS = 2;
/** Phase of the loop in radians. */
export const loopAngle = (timeS: number, offset = 0): number =>
  (2 * Math.PI * timeS) / loopS + offset;

/** A moving object: its pose as a function of time. */
export type Motion = (timeS: number) => void;

/** Sets some of the objects in motion; grows their obstacle boxes by how far they go. */
export function addMotions(
  random: Random,
  movables: readonly Movable[],
  obstacles: ReadonlyMap<Mesh, Box3>,
): Motion[] {
  const count = Math.min(movables.length, random.int(2, 5));
  const chosen = movables.toSorted((a, b) => a.radiusM - b.radiusM).slice(0, Math.max(count, 1));
  return chosen.map((movable, index) => {
    const { mesh, grounded, radiusM } = movable;
    const home = mesh.position.clone();
    const turn = mesh.rotation.clone();
    const offset = random.range(0, 2 * Math.PI);
    const kind = random.next();
    const grown = obstacles.get(mesh) ?? new Box3();
    if (index === 0 || (grounded && kind < 0.4)) {
      // Around its place, gliding or in the air.
      const r = random.range(0.1, 0.4);
      const lift = random.chance(0.5) ? 0 : random.range(0.1, 0.7);
      grown.expandByVector(new Vector3(r, lift + 0.1, r));
      return (timeS) => {
        const angle = loopAngle(timeS, offset);
        mesh.position.set(
          home.x + r * Math.cos(angle),
          home.y + lift * (0.6 - 0.4 * Math.cos(angle)),
          home.z + r * Math.sin(angle),
        );
      };
    }
    if (kind < 0.7) {
      const lift = random.range(0.08, 0.45);
      grown.expandByVector(new Vector3(0, lift, 0));
      return (timeS) => {
        mesh.position.set(
          home.x,
          home.y + lift * (0.5 - 0.5 * Math.cos(loopAngle(timeS, offset))),
          home.z,
        );
      };
    }
    const swing = random.range(0.3, 1.2);
    grown.expandByVector(new Vector3(radiusM * 0.5, 0, radiusM * 0.5));
    return (timeS) => {
      mesh.rotation.set(turn.x, turn.y + swing * Math.sin(loopAngle(timeS, offset)), turn.z);
    };
  });
}
