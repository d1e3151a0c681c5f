import { Box3, CylinderGeometry, Group, type MeshStandardMaterial, Vector3 } from 'three/webgpu';
import { builtInEntries } from './entries';
import { makeCameraPath } from './camera-path';
import { SceneKit, type Triple } from './kit';
import { addSpot } from './lights';
import { probeGrid } from './probe-grid';
import type { DemoScene } from './scene';
import { boxes, merged, placed } from './shapes';
import { addFence, addHall, addStructure, hall } from './workcell-floor';
import {
  addBins,
  addConveyor,
  addTray,
  conveyor,
  partGeometry,
  workTopM,
} from './workcell-machines';
import { type PoseKey, type ToolPose, addRobot, poseAt } from './workcell-robot';
import { addStations, addTower } from './workcell-stations';

const durationS = 12;

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

function addPanels(kit: SceneKit): void {
  const panel = kit.material({ color: '#000000', emissive: '#f3f7ff', emissiveIntensity: 20 });
  const casing = kit.material({ color: '#9aa3a8', roughness: 0.5 });
  const rows: Triple[] = [
    [-2.2, 3.75, -1],
    [2.2, 3.75, -1],
    [-2.2, 3.75, 2.2],
    [2.2, 3.75, 2.2],
  ];
  kit.mesh(
    boxes(
      rows.map((at) => [
        [2.4, 0.02, 0.24],
        [at[0], at[1] - 0.05, at[2]],
      ]),
    ),
    panel,
  );
  kit.mesh(boxes(rows.map((at) => [[2.5, 0.08, 0.34], at])), casing);
}

const keyAt: Triple = [-0.7, 3.95, 3.2];
const followAt: Triple = [0.25, 3.95, 0.75];

/** Cans above the spot lights, clear of the tilted discs that shine. */
function addCans(kit: SceneKit, material: MeshStandardMaterial): void {
  const cans = [keyAt, followAt].map(([x, y, z]) =>
    placed(new CylinderGeometry(0.13, 0.17, 0.28, 28), [x, y + 0.26, z]),
  );
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
  addStations(kit, [reachM * Math.cos(standYaw), -reachM * Math.sin(standYaw)]);
  const blink = addTower(kit, [3.55, 1.77, 0.1], durationS);
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
      crate.position.set(((along + lengthM) % lengthM) - lengthM / 2, topM + 0.13, zM);
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
  const probeBounds = new Box3(
    new Vector3(-hall.halfWidthM + 0.3, 0.2, hall.backM + 0.4),
    new Vector3(hall.halfWidthM - 0.3, hall.heightM - 0.4, hall.frontM - 0.3),
  );
  return {
    ...builtInEntries.workcell,
    root: kit.root,
    camera: path.camera,
    environment: null,
    probeBounds,
    probeResolution: probeGrid(probeBounds),
    durationS,
    animate,
    flyCamera: path.fly,
    dispose: () => kit.dispose(),
  };
}
