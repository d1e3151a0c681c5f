import { type BufferGeometry, Euler, Matrix4 } from 'three/webgpu';
import type { Triple } from '../kit';
import type { Random } from '../random';

/** A thing that stands: its foot is at y = 0 and it is centred in x and z. */
export interface Prop {
  geometry: BufferGeometry;
  /** Half of its larger horizontal extent. */
  radiusM: number;
  heightM: number;
  /** Flat on top, so that something can stand on it. */
  flat: boolean;
}

/** Turns a geometry and puts it on its foot. */
export function stand(geometry: BufferGeometry, turn: Triple, flat = false): Prop {
  geometry.applyMatrix4(new Matrix4().makeRotationFromEuler(new Euler(...turn)));
  geometry.computeBoundingBox();
  const bounds = geometry.boundingBox;
  if (!bounds) throw new TypeError('stand: geometry without positions');
  const { min, max } = bounds;
  geometry.translate(-(min.x + max.x) / 2, -min.y, -(min.z + max.z) / 2);
  const radiusM = Math.max(max.x - min.x, max.z - min.z) / 2;
  return { geometry, radiusM, heightM: max.y - min.y, flat };
}

/** Makes a prop of about a size in metres. */
export type Maker = (random: Random, size: number) => Prop;
