import {
  BoxGeometry,
  CylinderGeometry,
  Euler,
  Matrix4,
  PlaneGeometry,
  Quaternion,
  SphereGeometry,
  Vector3,
  type BufferGeometry,
} from 'three';
import type { GlbMaterial, GlbNode, GlbTrack, Triple } from '../lib/glb/scene';
import type { Pixels8 } from '../lib/png';

/** Length of every scene's loop in seconds. */
export const durationS = 8;

const unitBox = new BoxGeometry(1, 1, 1);
const forward = new Vector3(0, 0, -1);

/** Quaternion of turns about x, y and z in degrees. */
export function turned(xDeg: number, yDeg: number, zDeg = 0): number[] {
  const [x, y, z] = [xDeg, yDeg, zDeg].map((angle) => (angle * Math.PI) / 180);
  return new Quaternion().setFromEuler(new Euler(x, y, z, 'YXZ')).toArray();
}

/** Quaternion that turns −z, along which lights shine, to a direction. */
export function aimed(direction: Triple): number[] {
  const to = new Vector3(...direction).normalize();
  return new Quaternion().setFromUnitVectors(forward, to).toArray();
}

/** A box by its size and centre in metres. */
export function box(name: string, size: Triple, at: Triple, material: GlbMaterial): GlbNode {
  return { name, geometry: unitBox, scale: size, at, material };
}

/** An upright cylinder by radius, height and centre. */
export function post(
  name: string,
  [radiusM, heightM]: readonly [number, number],
  at: Triple,
  material: GlbMaterial,
): GlbNode {
  return { name, geometry: new CylinderGeometry(radiusM, radiusM, heightM, 32), at, material };
}

/** A ball by radius and centre. */
export function ball(name: string, radiusM: number, at: Triple, material: GlbMaterial): GlbNode {
  return { name, geometry: new SphereGeometry(radiusM, 48, 32), at, material };
}

/** A rectangle that looks along +z before its turn. */
export function sheet(
  name: string,
  [widthM, heightM]: readonly [number, number],
  at: Triple,
  rest: Omit<GlbNode, 'name' | 'geometry' | 'at'>,
): GlbNode {
  return { name, geometry: new PlaneGeometry(widthM, heightM), at, ...rest };
}

/** Any geometry. */
export function piece(
  name: string,
  geometry: BufferGeometry,
  at: Triple,
  rest: Omit<GlbNode, 'name' | 'geometry' | 'at'>,
): GlbNode {
  return { name, geometry, at, ...rest };
}

/** A track of values that a function of time gives, evenly spaced over the loop. */
export function sampled(
  path: GlbTrack['path'],
  valueAt: (timeS: number) => readonly number[],
  count = 32,
): GlbTrack {
  const timesS = Array.from({ length: count + 1 }, (_, i) => (i * durationS) / count);
  return { path, timesS, values: timesS.map(valueAt) };
}

/** Where the camera stands and what it looks at. */
export interface Pose {
  readonly eye: Triple;
  readonly target: Triple;
}

/** A camera that moves along a path. */
export function filmed(fovDeg: number, poseAt: (timeS: number) => Pose): GlbNode {
  const turnAt = (timeS: number): number[] => {
    const { eye, target } = poseAt(timeS);
    const up = new Vector3(0, 1, 0);
    const look = new Matrix4().lookAt(new Vector3(...eye), new Vector3(...target), up);
    return new Quaternion().setFromRotationMatrix(look).toArray();
  };
  const tracks = [
    sampled('translation', (timeS) => poseAt(timeS).eye),
    sampled('rotation', turnAt),
  ];
  return { name: 'camera', camera: { fovDeg, nearM: 0.1, farM: 60 }, tracks };
}

/** An image whose sRGB colour (0 to 1) a function of the unit square gives, top row first. */
export function paint(sizePx: number, colorAt: (u: number, v: number) => Triple): Pixels8 {
  const data = new Uint8Array(sizePx * sizePx * 4);
  for (let i = 0; i < sizePx * sizePx; i++) {
    const color = colorAt(((i % sizePx) + 0.5) / sizePx, (Math.floor(i / sizePx) + 0.5) / sizePx);
    color.forEach(
      (value, c) => (data[i * 4 + c] = Math.round(255 * Math.min(Math.max(value, 0), 1))),
    );
    data[i * 4 + 3] = 255;
  }
  return { width: sizePx, height: sizePx, data };
}

/** Mixes two colours. */
export function mix(a: Triple, b: Triple, share: number): Triple {
  const at = (c: 0 | 1 | 2): number => a[c] + (b[c] - a[c]) * share;
  return [at(0), at(1), at(2)];
}
