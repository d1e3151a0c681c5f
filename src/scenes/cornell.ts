import {
  Box3,
  CylinderGeometry,
  Group,
  SphereGeometry,
  TorusKnotGeometry,
  Vector3,
} from 'three/webgpu';
import { TeapotGeometry } from 'three/addons/geometries/TeapotGeometry.js';
import { builtInEntries } from './entries';
import { makeCameraPath } from './camera-path';
import { addPendant, addTube } from './fixtures';
import { SceneKit, type Triple } from './kit';
import { addSpot } from './lights';
import type { DemoScene } from './scene';
import { box, boxes, lathe, roundedBox } from './shapes';

const durationS = 10;
const turn = (timeS: number, turns = 1): number => (2 * Math.PI * turns * timeS) / durationS;

const halfWidthM = 2.1;
const heightM = 2.7;
const backM = -2;
const frontM = 3.3;

function addRoom(kit: SceneKit): void {
  const white = kit.maps({
    pattern: 'plaster',
    seed: 11,
    base: '#e6e1d6',
    accent: '#d3cabb',
    wear: 0.3,
    roughness: [0.7, 0.95],
  });
  const slabs = kit.maps({
    pattern: 'tiles',
    seed: 12,
    base: '#b9b4ab',
    accent: '#a39e96',
    sizePx: 512,
    rows: 4,
    columns: 4,
    wear: 0.6,
    roughness: [0.22, 0.7],
  });
  const wall = kit.material({ maps: white });
  const red = kit.material({ maps: white, color: '#dc4a3c' });
  const teal = kit.material({ maps: white, color: '#48ac74' });
  const depthM = frontM - backM;
  const midZ = (frontM + backM) / 2;
  const widthM = halfWidthM * 2;
  kit.mesh(box([widthM, 0.1, depthM], 2.4), kit.material({ maps: slabs }), {
    at: [0, -0.05, midZ],
  });
  const shell: [Triple, Triple][] = [
    [
      [widthM + 0.4, 0.1, depthM + 0.4],
      [0, heightM + 0.05, midZ],
    ],
    [
      [widthM + 0.4, heightM, 0.1],
      [0, heightM / 2, backM - 0.05],
    ],
    [
      [widthM + 0.4, heightM, 0.1],
      [0, heightM / 2, frontM + 0.05],
    ],
  ];
  kit.mesh(boxes(shell, 2), wall);
  kit.mesh(box([0.1, heightM, depthM], 2), red, { at: [-halfWidthM - 0.05, heightM / 2, midZ] });
  kit.mesh(box([0.1, heightM, depthM], 2), teal, { at: [halfWidthM + 0.05, heightM / 2, midZ] });
  const skirting: [Triple, Triple][] = [
    [
      [widthM, 0.09, 0.018],
      [0, 0.045, backM + 0.009],
    ],
    [
      [0.018, 0.09, depthM],
      [-halfWidthM + 0.009, 0.045, midZ],
    ],
    [
      [0.018, 0.09, depthM],
      [halfWidthM - 0.009, 0.045, midZ],
    ],
  ];
  kit.mesh(boxes(skirting), kit.material({ color: '#e9e4da', roughness: 0.35 }));
}

function addCeilingLight(kit: SceneKit): void {
  const at: Triple = [0, heightM, -0.35];
  const frame = kit.material({ color: '#3a3a3c', roughness: 0.4, metalness: 1 });
  const panel = kit.material({ color: '#000000', emissive: '#fff0da', emissiveIntensity: 9 });
  const bars: [Triple, Triple][] = [
    [
      [0.8, 0.06, 0.04],
      [0, 0, 0.38],
    ],
    [
      [0.8, 0.06, 0.04],
      [0, 0, -0.38],
    ],
    [
      [0.04, 0.06, 0.72],
      [0.38, 0, 0],
    ],
    [
      [0.04, 0.06, 0.72],
      [-0.38, 0, 0],
    ],
  ];
  kit.mesh(boxes(bars), frame, { at: [at[0], at[1] - 0.03, at[2]], castShadow: false });
  kit.mesh(box([0.72, 0.02, 0.72]), panel, {
    at: [at[0], at[1] - 0.015, at[2]],
    castShadow: false,
  });
  // Below the frame, so that neither panel nor frame stands in its way; the half-angle imitates a panel's cosine.
  addSpot(kit.root, {
    color: '#fff0da',
    intensityCd: 40,
    at: [at[0], at[1] - 0.08, at[2]],
    target: [at[0], 0, at[2]],
    coneDeg: 148,
    penumbra: 1,
    radiusM: 0.25,
    farM: 5,
  });
}

function addStillLife(kit: SceneKit): void {
  const chalk = kit.material({ color: '#dcd6ca', roughness: 0.85 });
  const slate = kit.material({ color: '#4c6a94', roughness: 0.55 });
  const mirror = kit.material({ color: '#f2f2f2', roughness: 0.04, metalness: 1 });
  const glaze = kit.material({ color: '#16727c', roughness: 0.1, doubleSided: true });
  const clay = kit.material({ color: '#c26a3d', roughness: 0.9 });
  const satin = kit.material({ color: '#c8ccd2', roughness: 0.3, metalness: 1 });
  kit.mesh(roundedBox([0.72, 1.4, 0.72], 0.03), chalk, {
    at: [-0.85, 0.7, -0.95],
    turn: [0, 0.32, 0],
  });
  kit.mesh(roundedBox([0.78, 0.62, 0.78], 0.05), slate, {
    at: [0.72, 0.31, -0.15],
    turn: [0, -0.3, 0],
  });
  kit.mesh(new SphereGeometry(0.36, 48, 32), mirror, { at: [0.72, 0.98, -0.15] });
  kit.mesh(new TeapotGeometry(0.2, 8), glaze, { at: [-0.62, 0.2, 0.55], turn: [0, 0.5, 0] });
  kit.mesh(new SphereGeometry(0.24, 40, 28), clay, { at: [1.55, 0.24, 0.55] });
  kit.mesh(new CylinderGeometry(0.16, 0.16, 0.5, 40), satin, { at: [0.25, 0.25, 0.5] });
  const vase = [
    [0, 0],
    [0.13, 0],
    [0.2, 0.12],
    [0.22, 0.28],
    [0.15, 0.5],
    [0.075, 0.62],
    [0.075, 0.68],
    [0.11, 0.76],
    [0.095, 0.76],
    [0.06, 0.68],
  ] as const;
  kit.mesh(
    lathe(vase, 40),
    kit.material({ color: '#e7c9b0', roughness: 0.25, doubleSided: true }),
    {
      at: [-1.62, 0, -0.05],
    },
  );
}

/** A painter's box: coloured walls, one area light, mirror and matte objects. */
export function createCornell(): DemoScene {
  const kit = new SceneKit('cornell');
  addRoom(kit);
  addCeilingLight(kit);
  addStillLife(kit);

  const brass = kit.material({ color: '#ffc869', roughness: 0.18, metalness: 1 });
  const knot = kit.mesh(new TorusKnotGeometry(0.19, 0.062, 128, 20), brass, {
    at: [-0.85, 1.73, -0.95],
  });
  const lacquer = kit.material({ color: '#e8641b', roughness: 0.15 });
  const ball = kit.mesh(new SphereGeometry(0.13, 32, 24), lacquer, { at: [0, 0.13, 0] });
  const graphite = kit.material({
    color: '#55585e',
    roughness: 0.35,
    metalness: 1,
    doubleSided: true,
  });
  const pendant = addPendant(kit, {
    ceiling: [1.3, heightM, -1.25],
    cordM: 1.05,
    color: '#ffb469',
    intensityCd: 1.7,
    bulbRadiance: 8,
    shade: graphite,
    farM: 6,
  });
  const neon = kit.material({ color: '#000000', emissive: '#35b8ff', emissiveIntensity: 4 });
  const tube = new Group();
  tube.position.set(0.1, 0.84, backM + 0.2);
  tube.rotation.set(-0.16, 0, 0.1);
  kit.root.add(tube);
  addTube(kit, { parent: tube, lengthM: 1.6, radiusM: 0.025, glow: neon, cap: graphite });

  const animate = (timeS: number): void => {
    knot.rotation.set(0.35, turn(timeS), 0);
    const angle = turn(timeS);
    ball.position.set(-0.85 + 0.78 * Math.cos(angle), 0.13, -0.9 + 0.78 * Math.sin(angle));
    pendant.rotation.set(0.22 * Math.sin(turn(timeS, 3)), 0, 0.3 * Math.cos(turn(timeS, 3)));
    neon.emissiveIntensity = 4 + 2.5 * Math.sin(turn(timeS, 2));
  };
  const path = makeCameraPath({
    eyes: [
      [-1.15, 1.2, 2.95],
      [0.1, 1.4, 2.65],
      [1.2, 1.6, 2.85],
    ],
    targets: [
      [0.15, 1.02, -0.9],
      [0, 1.0, -0.8],
      [-0.2, 0.98, -0.75],
    ],
    durationS,
    fovDeg: 48,
    farM: 12,
  });
  animate(0);
  return {
    ...builtInEntries.cornell,
    root: kit.root,
    camera: path.camera,
    environment: null,
    probeBounds: new Box3(
      new Vector3(-halfWidthM + 0.2, 0.15, backM + 0.2),
      new Vector3(halfWidthM - 0.2, heightM - 0.2, frontM - 0.2),
    ),
    probeResolution: [6, 4, 7],
    durationS,
    animate,
    flyCamera: path.fly,
    dispose: () => kit.dispose(),
  };
}
