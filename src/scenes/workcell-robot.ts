import { CylinderGeometry, Group, type Vector3 } from 'three/webgpu';
import type { SceneKit, Triple } from './kit';
import { boxes, lathe, merged, placed, projectUv, roundedBox } from './shapes';

/** Where the robot works, in its own cylinder coordinates: turn about y, reach and height of the tool tip. */
export interface ToolPose {
  yaw: number;
  reachM: number;
  heightM: number;
  /** 0 = closed on a part, 1 = open. */
  open: number;
}

const shoulderM = 1.02;
const shoulderOffsetM = 0.14;
const upperM = 0.92;
const foreM = 0.84;
const toolM = 0.36;

/** A six-axis arm whose joints follow a tool pose. */
export interface Robot {
  /** Bends the arm so that the tool tip is at the pose, pointing down. */
  reach(pose: ToolPose): void;
  /** World position of the tool tip for a pose. */
  tip(pose: ToolPose, out: Vector3): Vector3;
}

/** A cylinder that lies along z, as the joints of the arm do. */
function hub(radiusM: number, lengthM: number, at: Triple): CylinderGeometry {
  const geometry = new CylinderGeometry(radiusM, radiusM, lengthM, 28);
  geometry.rotateX(Math.PI / 2);
  return placed(geometry, at);
}

/** One link along +x with a joint hub at its start and at its end. */
function link(lengthM: number, thicknessM: number, widthM: number): ReturnType<typeof merged> {
  const beam = roundedBox([lengthM * 0.94, thicknessM, widthM], 0.045);
  return merged([
    placed(beam, [lengthM / 2, 0, 0]),
    hub(thicknessM * 0.66, widthM * 1.12, [0, 0, 0]),
    hub(thicknessM * 0.56, widthM * 1.08, [lengthM, 0, 0]),
  ]);
}

/** Builds the arm at the origin of `kit.root`. */
export function addRobot(kit: SceneKit): Robot {
  const orange = kit.material({ color: '#f06a12', roughness: 0.32 });
  const graphite = kit.material({ color: '#2b2e33', roughness: 0.45 });
  const steel = kit.material({ color: '#c3c8ce', roughness: 0.24, metalness: 1 });
  const group = (parent: Group | SceneKit['root'], at: Triple): Group => {
    const node = new Group();
    node.position.set(...at);
    parent.add(node);
    return node;
  };
  const foot = lathe(
    [
      [0, 0],
      [0.44, 0],
      [0.44, 0.05],
      [0.3, 0.08],
      [0.27, 0.5],
      [0.33, 0.54],
      [0.33, 0.58],
      [0, 0.58],
    ],
    40,
  );
  kit.mesh(foot, graphite);

  const turret = group(kit.root, [0, 0.58, 0]);
  const housing = merged([
    placed(new CylinderGeometry(0.27, 0.31, 0.2, 36), [0, 0.1, 0]),
    placed(roundedBox([0.34, 0.42, 0.16], 0.06), [shoulderOffsetM, 0.38, 0.2]),
    placed(roundedBox([0.34, 0.42, 0.16], 0.06), [shoulderOffsetM, 0.38, -0.2]),
    placed(roundedBox([0.3, 0.24, 0.3], 0.05), [-0.16, 0.28, 0]),
  ]);
  kit.mesh(housing, orange, { parent: turret });
  kit.mesh(hub(0.13, 0.6, [shoulderOffsetM, shoulderM - 0.58, 0]), graphite, { parent: turret });

  const upper = group(turret, [shoulderOffsetM, shoulderM - 0.58, 0]);
  kit.mesh(link(upperM, 0.22, 0.2), orange, { parent: upper });
  kit.mesh(
    merged([hub(0.085, 0.27, [upperM, 0, 0]), hub(0.05, 0.25, [upperM * 0.5, 0, 0])]),
    graphite,
    {
      parent: upper,
    },
  );
  const fore = group(upper, [upperM, 0, 0]);
  kit.mesh(link(foreM, 0.16, 0.15), orange, { parent: fore });
  const motor = new CylinderGeometry(0.085, 0.095, 0.26, 28);
  motor.rotateZ(Math.PI / 2);
  kit.mesh(merged([placed(motor, [-0.2, 0, 0]), hub(0.06, 0.2, [foreM, 0, 0])]), graphite, {
    parent: fore,
  });

  const wrist = group(fore, [foreM, 0, 0]);
  const flange = new CylinderGeometry(0.06, 0.075, 0.2, 28);
  flange.rotateZ(-Math.PI / 2);
  kit.mesh(
    merged([
      placed(flange, [0.1, 0, 0]),
      placed(roundedBox([0.05, 0.09, 0.26], 0.015), [0.22, 0, 0]),
    ]),
    steel,
    {
      parent: wrist,
    },
  );
  const fingers = [-1, 1].map((side) => {
    const parts: [Triple, Triple][] = [
      [
        [0.1, 0.045, 0.022],
        [0, 0, 0],
      ],
      [
        [0.045, 0.05, 0.035],
        [0.045, 0, -0.006 * side],
      ],
    ];
    return {
      side,
      mesh: kit.mesh(projectUv(boxes(parts), 1), graphite, { parent: wrist, at: [0.3, 0, 0] }),
    };
  });

  const reach = ({ yaw, reachM, heightM, open }: ToolPose): void => {
    const x = reachM - shoulderOffsetM;
    const y = heightM + toolM - shoulderM;
    const distance = Math.min(Math.hypot(x, y), upperM + foreM - 1e-3);
    const cosine = (upperM ** 2 + distance ** 2 - foreM ** 2) / (2 * upperM * distance);
    const shoulder = Math.atan2(y, x) + Math.acos(Math.min(1, cosine));
    const elbow = Math.atan2(y - upperM * Math.sin(shoulder), x - upperM * Math.cos(shoulder));
    turret.rotation.y = yaw;
    upper.rotation.z = shoulder;
    fore.rotation.z = elbow - shoulder;
    wrist.rotation.z = -elbow - Math.PI / 2;
    for (const { side, mesh } of fingers) mesh.position.z = side * (0.078 + 0.03 * open);
  };
  const tip = ({ yaw, reachM, heightM }: ToolPose, out: Vector3): Vector3 =>
    out.set(reachM * Math.cos(yaw), heightM, -reachM * Math.sin(yaw));
  return { reach, tip };
}

/** A pose and when it is reached. */
export interface PoseKey {
  timeS: number;
  pose: ToolPose;
}

const ease = (t: number): number => t * t * t * (t * (6 * t - 15) + 10);

/** The pose at a time between keys, with zero velocity and acceleration at each key. */
export function poseAt(keys: readonly PoseKey[], timeS: number): ToolPose {
  const last = keys.at(-1);
  if (!last) throw new RangeError('poseAt: no keys');
  const time = ((timeS % last.timeS) + last.timeS) % last.timeS;
  const next = keys.findIndex((key) => key.timeS > time);
  const from = keys[Math.max(0, next - 1)] ?? last;
  const to = keys[next] ?? last;
  const t = ease((time - from.timeS) / Math.max(1e-6, to.timeS - from.timeS));
  const mix = (key: keyof ToolPose): number => from.pose[key] + (to.pose[key] - from.pose[key]) * t;
  return { yaw: mix('yaw'), reachM: mix('reachM'), heightM: mix('heightM'), open: mix('open') };
}
