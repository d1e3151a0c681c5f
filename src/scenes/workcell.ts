import { Box3, CylinderGeometry, Group, type MeshStandardMaterial, TorusGeometry, Vector3 } from 'three/webgpu';
import { builtInEntries } from './entries';
import { makeCameraPath } from './camera-path';
import { SceneKit, type Triple } from './kit';
import { addSpot } from './lights';
import type { DemoScene } from './scene';
import { box, boxes, lathe, merged, placed, roundedBox } from './shapes';
import {
  addBins,
  addConveyor,
  addFence,
  addHall,
  addStructure,
  addTray,
  conveyor,
  hall,
  partGeometry,
  workTopM,
} from './workcell-floor';
import { type PoseKey, type ToolPose, addRobot, poseAt } from './workcell-robot';

const durationS = 12;
const turn = (timeS: number, turns = 1): number => (2 * Math.PI * turns * timeS) / durationS;

const gripM = 0.1;
const trayYaw = Math.PI - 0.25;
const standYaw = 0.3;
const reachM = 1.3;
const pose = (yaw: number, heightM: number, open: number, reach = reachM): ToolPose => ({
  yaw,
  reachM: reach,
  heightM,
  open,
});
const low = workTopM + gripM;
const high = low + 0.5;

/** Tray to stand and back: after one loop every part is where it began. */
const cycle: readonly PoseKey[] = [
  { timeS: 0, pose: pose(1.9, high + 0.2, 1, 0.95) },
  { timeS: 1.2, pose: pose(trayYaw, high, 1) },
  { timeS: 2.1, pose: pose(trayYaw, low, 1) },
  { timeS: 2.4, pose: pose(trayYaw, low, 0) },
  { timeS: 3.2, pose: pose(trayYaw, high, 0) },
  { timeS: 4.8, pose: pose(standYaw, high, 0) },
  { timeS: 5.6, pose: pose(standYaw, low, 0) },
  { timeS: 5.9, pose: pose(standYaw, low, 1) },
  { timeS: 6.6, pose: pose(standYaw, high, 1, 1.15) },
  { timeS: 7.6, pose: pose(standYaw, low, 1) },
  { timeS: 7.9, pose: pose(standYaw, low, 0) },
  { timeS: 8.6, pose: pose(standYaw, high, 0) },
  { timeS: 10.2, pose: pose(trayYaw, high, 0) },
  { timeS: 10.8, pose: pose(trayYaw, low, 0) },
  { timeS: 11.05, pose: pose(trayYaw, low, 1) },
  { timeS: 12, pose: pose(1.9, high + 0.2, 1, 0.95) },
];

/** Where the carried part is: in the gripper, on the stand or in the tray. */
function partPose(timeS: number): ToolPose {
  const time = ((timeS % durationS) + durationS) % durationS;
  const carried = (time > 2.4 && time < 5.6) || (time > 7.9 && time < 10.8);
  if (carried) return poseAt(cycle, time);
  const onStand = time >= 5.6 && time <= 7.9;
  return pose(onStand ? standYaw : trayYaw, low, 0);
}

/** Inspection stand with a ring light, control cabinet with a screen. */
function addStations(kit: SceneKit): void {
  const white = kit.material({ color: '#e3e6e6', roughness: 0.35 });
  const [x, z]: [number, number] = [reachM * Math.cos(standYaw), -reachM * Math.sin(standYaw)];
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
  kit.mesh(box([0.02, 0.3, 0.46]), screen, { at: [cabinet[0] - 0.305, 1.35, cabinet[2]], castShadow: false });
}

/** Status lights; `set` fades them with scene time. */
function addTower(kit: SceneKit, at: Triple): (timeS: number) => void {
  const pole = kit.material({ color: '#23262a', roughness: 0.4 });
  const parts = [placed(new CylinderGeometry(0.02, 0.02, 0.5, 16), [0, 0.25, 0])];
  for (const i of [0, 1, 2, 3]) parts.push(placed(new CylinderGeometry(0.064, 0.064, 0.02, 24), [0, 0.5 + 0.14 * i, 0]));
  kit.mesh(merged(parts), pole, { at });
  const lamps = ['#1dff5a', '#ffa014', '#ff2418'].map((color, i) => {
    const lamp = kit.material({ color: '#101010', emissive: color, emissiveIntensity: 0 });
    kit.mesh(new CylinderGeometry(0.058, 0.058, 0.12, 24), lamp, { at: [at[0], at[1] + 0.57 + 0.14 * i, at[2]], castShadow: false });
    return lamp;
  });
  return (timeS) => {
    lamps.forEach((lamp, i) => {
      const wave = 0.5 + 0.5 * Math.sin(turn(timeS, 3) - (i * 2 * Math.PI) / 3);
      lamp.emissiveIntensity = 0.3 + 16 * wave ** 3;
    });
  };
}

function addPanels(kit: SceneKit): void {
  const panel = kit.material({ color: '#000000', emissive: '#f3f7ff', emissiveIntensity: 20 });
  const casing = kit.material({ color: '#9aa3a8', roughness: 0.5 });
  const rows: Triple[] = [
    [-2.2, 3.75, -1],
    [2.2, 3.75, -1],
    [-2.2, 3.75, 2.2],
    [2.2, 3.75, 2.2],
  ];
  kit.mesh(boxes(rows.map((at) => [[2.4, 0.02, 0.24], [at[0], at[1] - 0.05, at[2]]])), panel);
  kit.mesh(boxes(rows.map((at) => [[2.5, 0.08, 0.34], at])), casing);
}

const keyAt: Triple = [-0.7, 3.95, 3.2];
const followAt: Triple = [0.25, 3.95, 0.75];

/** Cans above the spot lights: the light leaves below them. */
function addCans(kit: SceneKit, material: MeshStandardMaterial): void {
  const cans = [keyAt, followAt].map(([x, y, z]) => placed(new CylinderGeometry(0.13, 0.17, 0.3, 28), [x, y + 0.2, z]));
  kit.mesh(merged(cans), material);
}

/** A robot cell on a factory floor: the digital-twin case. Held out: no training picture shows it. */
export function createWorkcell(): DemoScene {
  const kit = new SceneKit('workcell');
  const steel = kit.material({ color: '#b9bec4', roughness: 0.3, metalness: 1 });
  const dark = kit.material({ color: '#24262a', roughness: 0.75 });
  addHall(kit);
  addStructure(kit, steel);
  addFence(kit);
  addPanels(kit);
  addCans(kit, dark);
  addBins(kit, steel);
  const crates = addConveyor(kit, steel, dark);
  const tray: [number, number] = [reachM * Math.cos(trayYaw), -reachM * Math.sin(trayYaw)];
  addTray(kit, steel, tray);
  addStations(kit);
  const blink = addTower(kit, [3.55, 1.77, 0.1]);
  const robot = addRobot(kit);
  const carrier = new Group();
  kit.root.add(carrier);
  const brass = kit.material({ color: '#e0b25a', roughness: 0.22, metalness: 1 });
  kit.mesh(partGeometry(), brass, { parent: carrier, at: [0, -gripM, 0] });
  addSpot(kit.root, {
    color: '#fff3e0',
    intensityCd: 150,
    at: keyAt,
    target: [0.1, 0.5, -0.3],
    coneDeg: 76,
    penumbra: 0.8,
    radiusM: 0.14,
    nearM: 0.4,
    farM: 9,
  });
  const follow = addSpot(kit.root, {
    color: '#cfe4ff',
    intensityCd: 75,
    at: followAt,
    target: [1.2, 0.6, -0.4],
    coneDeg: 48,
    penumbra: 0.7,
    radiusM: 0.08,
    nearM: 0.4,
    farM: 7,
  });

  const tip = new Vector3();
  const animate = (timeS: number): void => {
    const now = poseAt(cycle, timeS);
    robot.reach(now);
    const part = partPose(timeS);
    robot.tip(part, carrier.position);
    carrier.rotation.y = part.yaw;
    // The follow spot keeps the tool lit, a little short of it so that the beam moves calmly.
    robot.tip(now, tip);
    follow.target.position.set(tip.x * 0.8, 0.6, tip.z * 0.8);
    const { spacingM, count, topM, zM } = conveyor;
    const lengthM = spacingM * count;
    crates.forEach((crate, i) => {
      const along = ((i + (2 * timeS) / durationS) * spacingM) % lengthM;
      crate.position.set((along + lengthM) % lengthM - lengthM / 2, topM + 0.13, zM);
    });
    blink(timeS);
  };
  const path = makeCameraPath({
    eyes: [
      [-2.7, 1.75, 3.5],
      [-0.2, 2.0, 4.1],
      [2.2, 2.2, 3.7],
    ],
    targets: [
      [0.15, 0.95, -0.3],
      [0.1, 1.0, -0.3],
      [0.0, 0.95, -0.2],
    ],
    durationS,
    fovDeg: 44,
    farM: 20,
  });
  animate(0);
  return {
    ...builtInEntries.workcell,
    root: kit.root,
    camera: path.camera,
    environment: null,
    probeBounds: new Box3(
      new Vector3(-hall.halfWidthM + 0.3, 0.2, hall.backM + 0.4),
      new Vector3(hall.halfWidthM - 0.3, hall.heightM - 0.4, hall.frontM - 0.3),
    ),
    probeResolution: [8, 4, 7],
    durationS,
    animate,
    flyCamera: path.fly,
    dispose: () => kit.dispose(),
  };
}
