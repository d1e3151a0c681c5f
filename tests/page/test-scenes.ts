import { BoxGeometry, PlaneGeometry, Quaternion, SphereGeometry, Vector3 } from 'three';
import type { Part, SceneParts } from './glb';

/** 8-bit sRGB squares in two colours, RGBA. */
export function checker(size: number, colors: readonly [string, string]): Part['texture'] {
  const [a, b] = colors.map((hex) => [...Buffer.from(`${hex}ff`, 'hex')]) as [number[], number[]];
  const texels = Array.from({ length: size * size }, (_, i) =>
    ((i % size) + Math.floor(i / size)) % 2 ? b : a,
  );
  return { width: size, height: size, data: Uint8Array.from(texels.flat()) };
}

/** Lays a plane on the floor. */
export const floorTurn = new Quaternion().setFromAxisAngle(new Vector3(1, 0, 0), -Math.PI / 2);

/** Floor and back wall with textures, a matte box, a mirror ball, a glowing ball and a lamp; all light times `scale`. */
export function stillLife(scale = 1): SceneParts {
  return {
    parts: [
      {
        geometry: new PlaneGeometry(24, 6),
        texture: checker(24, ['b0a080', '706050']),
        roughness: 0.7,
        turn: floorTurn,
      },
      {
        geometry: new PlaneGeometry(6, 4),
        texture: checker(8, ['c03830', 'd8d0c0']),
        at: [0, 2, -2],
      },
      { geometry: new BoxGeometry(0.8, 1.2, 0.8), color: [0.2, 0.35, 0.6], at: [-0.9, 0.6, -0.8] },
      {
        geometry: new SphereGeometry(0.45, 32, 24),
        color: [0.95, 0.9, 0.8],
        metalness: 1,
        roughness: 0.4,
        at: [0.7, 0.45, -0.5],
      },
      {
        geometry: new SphereGeometry(0.15, 24, 16),
        color: [0, 0, 0],
        glow: [4 * scale, 3 * scale, 2 * scale],
        at: [1.5, 0.9, -1],
      },
    ],
    lamps: [{ type: 'point', intensity: 20 * scale, color: [1, 0.9, 0.8], at: [0.5, 3, 1] }],
    shots: [{ eye: [0.3, 1.5, 3.2], target: [0, 0.9, -0.8] }],
  };
}
