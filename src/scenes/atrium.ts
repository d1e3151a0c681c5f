import {
  Box3,
  CylinderGeometry,
  Group,
  IcosahedronGeometry,
  SphereGeometry,
  TorusKnotGeometry,
  Vector3,
} from 'three/webgpu';
import { builtInEntries } from './entries';
import { makeCameraPath } from './camera-path';
import { addPendant } from './fixtures';
import { SceneKit, type Triple } from './kit';
import { addSun, aimSun, sunDirection } from './lights';
import type { DemoScene } from './scene';
import { archWall, box, boxes, cloth, column, lathe, merged, placed, projectUv, roundedBox, stairs } from './shapes';
import { makeSky } from './sky';

const durationS = 12;
const turn = (timeS: number, turns = 1): number => (2 * Math.PI * turns * timeS) / durationS;

const aisleM = 5;
const endM = 8.5;
const roofM = 6.4;
const rowM = 2.7;
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
  kit.mesh(box([aisleM * 2, 0.2, endM * 2], 4), kit.material({ maps: marble }), { at: [0, -0.1, 0] });
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
    [[0.5, roofM, endM * 2], [-aisleM - 0.25, roofM / 2, 0]],
    [[aisleM * 2 + 1, roofM + 0.3, 0.5], [0, roofM / 2, -endM - 0.25]],
    [[aisleM * 2 + 1, roofM + 0.3, 0.5], [0, roofM / 2, endM + 0.25]],
  ];
  kit.mesh(boxes(closed, 3.2), stone);
}

function addRoof(kit: SceneKit): void {
  const left = -1.5;
  const right = 2.3;
  const parts: [Triple, Triple][] = [
    [[left + aisleM + 0.5, 0.25, endM * 2 + 1], [(left - aisleM - 0.5) / 2, roofM + 0.125, 0]],
    [[aisleM + 0.5 - right, 0.25, endM * 2 + 1], [(right + aisleM + 0.5) / 2, roofM + 0.125, 0]],
  ];
  for (let z = -8; z <= 8; z += 2) parts.push([[right - left, 0.35, 0.3], [(left + right) / 2, roofM + 0.1, z]]);
  const plaster = kit.material({ color: '#d9d0c0', roughness: 0.9 });
  kit.mesh(boxes(parts), plaster);
  const limestone = kit.material({ color: '#d8ccb6', roughness: 0.7 });
  const shafts = [-rowM, rowM].flatMap((x) => bays.map((z) => placed(column(4.4, 0.3), [x, 0, z])));
  kit.mesh(merged(shafts), limestone);
  const entablature: [Triple, Triple][] = [-rowM, rowM].flatMap((x): [Triple, Triple][] => [
    [[0.7, 0.35, endM * 2], [x, 4.575, 0]],
    [[0.86, 0.14, endM * 2], [x, 4.82, 0]],
    [[0.5, roofM - 4.89, endM * 2], [x, (roofM + 4.89) / 2, 0]],
  ]);
  kit.mesh(boxes(entablature, 2), limestone);
}

/** Banners between the columns: two hinged cloths each, so that they can wave as rigid parts. */
function addBanners(kit: SceneKit): { upper: Group; lower: Group; phase: number }[] {
  const looks = [
    { base: '#a3161c', accent: '#e9b44a', at: [-rowM + 0.02, 4.35, 4] },
    { base: '#164f86', accent: '#e8dcc0', at: [-rowM + 0.02, 4.35, 0] },
    { base: '#b96a12', accent: '#3a1d0c', at: [-rowM + 0.02, 4.35, -4] },
    { base: '#1c6b3f', accent: '#ecd9a0', at: [rowM - 0.02, 4.35, -2 - 2] },
    { base: '#a3161c', accent: '#e9b44a', at: [rowM - 0.02, 4.35, 0] },
  ] as const;
  return looks.map(({ base, accent, at }, index) => {
    const maps = kit.maps({ pattern: 'banner', seed: 30 + index, base, accent, columns: 5 + index });
    const silk = kit.material({ maps, doubleSided: true });
    const upper = new Group();
    upper.position.set(...at);
    upper.rotation.order = 'YXZ';
    const lower = new Group();
    lower.position.set(0, -1.2, 0);
    kit.root.add(upper);
    upper.add(lower);
    for (const [group, half] of [
      [upper, 0],
      [lower, 1],
    ] as const) {
      const sheet = cloth({ widthM: 1.5, heightM: 1.2, folds: 2, topFoldM: half ? 0.045 : 0.012, foldM: half ? 0.07 : 0.045 });
      const { uv } = sheet.attributes;
      // Each half shows its part of one picture.
      if (uv) for (let i = 0; i < uv.count; i++) uv.setY(i, (uv.getY(i) + 1 - half) / 2);
      kit.mesh(sheet, silk, { parent: group });
    }
    return { upper, lower, phase: index * 1.3 };
  });
}

function addFurniture(kit: SceneKit): void {
  const maps = kit.maps({ pattern: 'concrete', seed: 41, base: '#a89a88', accent: '#7d7061', rows: 0 });
  const granite = kit.material({ maps });
  kit.mesh(stairs({ widthM: 5, riseM: 0.16, goingM: 0.34, count: 4, uvMetres: 2 }), granite, { at: [0, 0, -5.2] });
  kit.mesh(box([5, 0.64, 1.95], 2), granite, { at: [0, 0.32, -7.53] });
  const plinth = [roundedBox([1.5, 0.3, 1.5], 0.04, 2), placed(roundedBox([0.95, 0.8, 0.95], 0.03, 2), [0, 0.55, 0])];
  kit.mesh(merged(plinth), granite, { at: [0, 0.15, -1] });
  const chrome = kit.material({ color: '#eef0f2', roughness: 0.06, metalness: 1 });
  kit.mesh(new SphereGeometry(0.75, 56, 36), chrome, { at: [0, 1.39, -7.3] });
  const teak = kit.maps({ pattern: 'planks', seed: 42, base: '#9a6a3c', accent: '#6b4423', rows: 4, roughness: [0.3, 0.7] });
  const bench: [Triple, Triple][] = [1.2, -3.2].flatMap((z): [Triple, Triple][] => [
    [[0.5, 0.07, 1.7], [1.75, 0.46, z]],
    [[0.4, 0.43, 0.08], [1.75, 0.215, z - 0.6]],
    [[0.4, 0.43, 0.08], [1.75, 0.215, z + 0.6]],
  ]);
  kit.mesh(boxes(bench, 0.9), kit.material({ maps: teak }));
  addPlanters(kit);
}

function addPlanters(kit: SceneKit): void {
  const spots: [number, number][] = [
    [-1.7, 3.4],
    [-1.7, -3.4],
    [3.9, 4],
    [3.9, 0],
    [-3.9, 0.2],
  ];
  const profile = [
    [0, 0],
    [0.26, 0],
    [0.36, 0.42],
    [0.4, 0.44],
    [0.4, 0.52],
    [0.35, 0.52],
    [0.33, 0.44],
    [0, 0.44],
  ] as const;
  const pots = spots.map(([x, z]) => placed(lathe(profile, 24), [x, 0, z]));
  kit.mesh(merged(pots), kit.material({ color: '#b5542c', roughness: 0.75 }));
  const shrubs = spots.flatMap(([x, z], index) =>
    [0, 1, 2, 3].map((i) => {
      const angle = i * 2.1 + index;
      const leaf = new IcosahedronGeometry(0.3 - 0.03 * i, 2);
      return placed(leaf, [x + 0.16 * Math.cos(angle), 0.68 + 0.17 * i, z + 0.16 * Math.sin(angle)]);
    }),
  );
  kit.mesh(projectUv(merged(shrubs), 1), kit.material({ color: '#4a7a2c', roughness: 0.85 }));
}

/** A columned hall: sun through roof and arches, banners, light that bounces several times. */
export function createAtrium(): DemoScene {
  const kit = new SceneKit('atrium');
  addShell(kit);
  addRoof(kit);
  addFurniture(kit);
  const banners = addBanners(kit);
  const bronze = kit.material({ color: '#c98a4b', roughness: 0.24, metalness: 1 });
  const statue = kit.mesh(new TorusKnotGeometry(0.44, 0.13, 160, 24, 2, 3), bronze, { at: [0, 1.82, -1] });
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
  return {
    ...builtInEntries.atrium,
    root: kit.root,
    camera: path.camera,
    environment: kit.own(sky),
    probeBounds: new Box3(
      new Vector3(-aisleM + 0.25, 0.25, -endM + 0.3),
      new Vector3(aisleM - 0.25, roofM - 0.3, endM - 0.3),
    ),
    probeResolution: [6, 4, 8],
    durationS,
    animate,
    flyCamera: path.fly,
    dispose: () => kit.dispose(),
  };
}
