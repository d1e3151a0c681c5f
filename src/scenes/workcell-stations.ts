import { CylinderGeometry, TorusGeometry } from 'three/webgpu';
import type { SceneKit, Triple } from './kit';
import { box, lathe, merged, placed, roundedBox } from './shapes';
import { workTopM } from './workcell-machines';

/** Inspection stand with a ring light, control cabinet with a screen. */
export function addStations(kit: SceneKit, standAt: readonly [number, number]): void {
  const white = kit.material({ color: '#e3e6e6', roughness: 0.35 });
  const [x, z] = standAt;
  const stand = lathe(
    [
      [0, 0],
      [0.26, 0],
      [0.26, 0.03],
      [0.08, 0.07],
      [0.07, 0.5],
      [0.27, 0.58],
      [0.27, workTopM],
      [0, workTopM],
    ],
    36,
  );
  kit.mesh(stand, white, { at: [x, 0, z] });
  const ring = new TorusGeometry(0.235, 0.018, 10, 40);
  ring.rotateX(Math.PI / 2);
  const glow = kit.material({ color: '#000000', emissive: '#9fe8ff', emissiveIntensity: 4 });
  kit.mesh(ring, glow, { at: [x, workTopM + 0.02, z], castShadow: false });
  const cabinet: Triple = [3.55, 0, 0.1];
  kit.mesh(roundedBox([0.6, 1.75, 0.9], 0.03), white, { at: [cabinet[0], 0.9, cabinet[2]] });
  const screen = kit.material({ color: '#000000', emissive: '#2f8cff', emissiveIntensity: 2.6 });
  kit.mesh(box([0.02, 0.3, 0.46]), screen, {
    at: [cabinet[0] - 0.305, 1.35, cabinet[2]],
    castShadow: false,
  });
}

/** Status lights; `set` fades them with scene time. */
export function addTower(kit: SceneKit, at: Triple, periodS: number): (timeS: number) => void {
  const pole = kit.material({ color: '#23262a', roughness: 0.4 });
  const parts = [placed(new CylinderGeometry(0.02, 0.02, 0.5, 16), [0, 0.25, 0])];
  for (const i of [0, 1, 2, 3])
    parts.push(placed(new CylinderGeometry(0.064, 0.064, 0.02, 24), [0, 0.5 + 0.14 * i, 0]));
  kit.mesh(merged(parts), pole, { at });
  const lamps = ['#1dff5a', '#ffa014', '#ff2418'].map((color, i) => {
    const lamp = kit.material({ color: '#101010', emissive: color, emissiveIntensity: 0 });
    kit.mesh(new CylinderGeometry(0.058, 0.058, 0.12, 24), lamp, {
      at: [at[0], at[1] + 0.57 + 0.14 * i, at[2]],
      castShadow: false,
    });
    return lamp;
  });
  return (timeS) => {
    lamps.forEach((lamp, i) => {
      const wave = 0.5 + 0.5 * Math.sin((6 * Math.PI * timeS) / periodS - (i * 2 * Math.PI) / 3);
      lamp.emissiveIntensity = 0.3 + 16 * wave ** 3;
    });
  };
}
