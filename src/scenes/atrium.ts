import { Box3, CylinderGeometry, TorusKnotGeometry, Vector3 } from 'three/webgpu';
import { builtInEntries } from './entries';
import { addBanners, addFurniture, rowM } from './atrium-furniture';
import { makeCameraPath } from './camera-path';
import { addPendant } from './fixtures';
import { SceneKit, type Triple } from './kit';
import { addSun, aimSun, sunDirection } from './lights';
import { probeGrid } from './probe-grid';
import type { DemoScene } from './scene';
import { archWall, box, boxes, column, merged, placed } from './shapes';
import { makeSky } from './sky';

const durationS = 12;
const turn = (timeS: number, turns = 1): number => (2 * Math.PI * turns * timeS) / durationS;

const aisleM = 5;
const endM = 8.5;
const roofM = 6.4;

const bays = [-6, -2, 2, 6] as const;

function addShell(kit: SceneKit): void {
  const marble = kit.maps({
    pattern: 'tiles',
    seed: 21,
    base: '#cfc4b2',
    accent: '#8d6f58',
    sizePx: 512,
    rows: 4,
    columns: 4,
    wear: 0.5,
    roughness: [0.14, 0.6],
  });
  const ashlar = kit.maps({
    pattern: 'brick',
    seed: 22,
    base: '#dcc8a6',
    accent: '#c7b596',
    sizePx: 512,
    rows: 8,
    columns: 4,
    wear: 0.3,
    roughness: [0.7, 0.95],
  });
  const stone = kit.material({ maps: ashlar });
  kit.mesh(box([aisleM * 2, 0.2, endM * 2], 4), kit.material({ maps: marble }), {
    at: [0, -0.1, 0],
  });
  const arcade = archWall({
    lengthM: endM * 2,
    heightM: roofM,
    thicknessM: 0.5,
    openings: 4,
    openingWidthM: 2.5,
    springM: 3,
    uvMetres: 3.2,
  });
  kit.mesh(arcade, stone, { at: [aisleM + 0.25, 0, 0], turn: [0, Math.PI / 2, 0] });
  const closed: [Triple, Triple][] = [
    [
      [0.5, roofM, endM * 2],
      [-aisleM - 0.25, roofM / 2, 0],
    ],
    [
      [aisleM * 2 + 1, roofM + 0.3, 0.5],
      [0, roofM / 2, -endM - 0.25],
    ],
    [
      [aisleM * 2 + 1, roofM + 0.3, 0.5],
      [0, roofM / 2, endM + 0.25],
    ],
  ];
  kit.mesh(boxes(closed, 3.2), stone);
}

function addRoof(kit: SceneKit): void {
  const left = -1.5;
  const right = 2.3;
  const parts: [Triple, Triple][] = [
    [
      [left + aisleM + 0.5, 0.25, endM * 2 + 1],
      [(left - aisleM - 0.5) / 2, roofM + 0.125, 0],
    ],
    [
      [aisleM + 0.5 - right, 0.25, endM * 2 + 1],
      [(right + aisleM + 0.5) / 2, roofM + 0.125, 0],
    ],
  ];
  for (let z = -8; z <= 8; z += 2)
    parts.push([
      [right - left, 0.35, 0.3],
      [(left + right) / 2, roofM + 0.1, z],
    ]);
  const plaster = kit.material({ color: '#d9d0c0', roughness: 0.9 });
  kit.mesh(boxes(parts), plaster);
  const limestone = kit.material({ color: '#d8ccb6', roughness: 0.7 });
  const shafts = [-rowM, rowM].flatMap((x) => bays.map((z) => placed(column(4.4, 0.3), [x, 0, z])));
  kit.mesh(merged(shafts), limestone);
  const entablature: [Triple, Triple][] = [-rowM, rowM].flatMap((x): [Triple, Triple][] => [
    [
      [0.7, 0.35, endM * 2],
      [x, 4.575, 0],
    ],
    [
      [0.86, 0.14, endM * 2],
      [x, 4.82, 0],
    ],
    [
      [0.5, roofM - 4.89, endM * 2],
      [x, (roofM + 4.89) / 2, 0],
    ],
  ]);
  kit.mesh(boxes(entablature, 2), limestone);
}

/** A columned hall: sun through roof and arches, banners, light that bounces several times. */
export function createAtrium(): DemoScene {
  const kit = new SceneKit('atrium');
  addShell(kit);
  addRoof(kit);
  addFurniture(kit);
  const banners = addBanners(kit);
  const bronze = kit.material({ color: '#c98a4b', roughness: 0.24, metalness: 1 });
  const statue = kit.mesh(new TorusKnotGeometry(0.44, 0.13, 160, 24, 2, 3), bronze, {
    at: [0, 1.82, -1],
  });
  const iron = kit.material({ color: '#6d6459', roughness: 0.4, metalness: 1, doubleSided: true });
  const lantern = addPendant(kit, {
    ceiling: [0, roofM - 0.05, -4],
    cordM: 2.7,
    color: '#ffb05e',
    intensityCd: 4,
    bulbRadiance: 12,
    shade: iron,
    farM: 14,
  });
  kit.mesh(new CylinderGeometry(0.1, 0.1, 0.08, 20), iron, { at: [0, roofM - 0.1, -4] });
  const sun = addSun(kit.root, { lux: 19, centre: [0, 2.5, 0], radiusM: 10.2 });
  const sky = makeSky({ sunDirection: sunDirection(54, 24), intensity: 2.1 });

  const animate = (timeS: number): void => {
    const drift = Math.sin(turn(timeS));
    aimSun(sun, { elevationDeg: 54 + 3 * drift, azimuthDeg: 20 + 12 * drift, distanceM: 20 });
    statue.rotation.set(0, turn(timeS), 0);
    lantern.rotation.set(0.1 * Math.sin(turn(timeS, 4)), 0, 0.13 * Math.cos(turn(timeS, 4)));
    for (const { upper, lower, phase } of banners) {
      upper.rotation.set(0.1 * Math.sin(turn(timeS, 2) + phase), Math.PI / 2, 0);
      lower.rotation.set(0.16 * Math.sin(turn(timeS, 2) + phase - 0.9), 0, 0);
    }
  };
  const path = makeCameraPath({
    eyes: [
      [-0.9, 1.65, 7.7],
      [0.4, 1.75, 5.9],
      [0.85, 2.0, 4.5],
    ],
    targets: [
      [-0.2, 2.0, -2],
      [-0.5, 2.1, -3],
      [-0.9, 2.1, -3.6],
    ],
    durationS,
    fovDeg: 52,
    farM: 40,
  });
  animate(0);
  const probeBounds = new Box3(
    new Vector3(-aisleM + 0.25, 0.25, -endM + 0.3),
    new Vector3(aisleM - 0.25, roofM - 0.3, endM - 0.3),
  );
  return {
    ...builtInEntries.atrium,
    root: kit.root,
    camera: path.camera,
    environment: kit.own(sky),
    probeBounds,
    probeResolution: probeGrid(probeBounds),
    durationS,
    animate,
    flyCamera: path.fly,
    dispose: () => kit.dispose(),
  };
}
