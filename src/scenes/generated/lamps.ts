import { CylinderGeometry, Group, SphereGeometry, Vector3 } from 'three/webgpu';
import type { Triple } from '../kit';
import type { Random } from '../random';
import type { BuildContext, Layout } from './layout';
import type { LightPlan, PointPlan, SpotPlan, SunPlan } from './light-rig';
import { loopAngle } from './motion';

/** What shines, and where a changing light swings. */
export interface Lamps {
  sun: SunPlan | null;
  spots: readonly SpotPlan[];
  point: PointPlan | null;
}

/** The lights as a function of time, fixtures included. */
export type LightsAt = (timeS: number) => LightPlan;

/** A can behind a spot light with a glowing front; local +z is where it shines. */
function addCan({ kit, palette }: BuildContext, plan: SpotPlan): Group {
  const group = new Group();
  kit.root.add(group);
  const r = plan.radiusM;
  const can = new CylinderGeometry(r + 0.03, r * 0.8 + 0.03, 0.14, 28).rotateX(Math.PI / 2);
  kit.mesh(can, palette.metal, { parent: group, at: [0, 0, -0.12] });
  const front = new CylinderGeometry(r, r, 0.01, 28).rotateX(Math.PI / 2);
  const glow = kit.material({ color: '#000000', emissive: plan.color, emissiveIntensity: 5 });
  kit.mesh(front, glow, { parent: group, at: [0, 0, -0.04], castShadow: false });
  return group;
}

/** A bulb on a cord above a point light. */
function addBulb({ kit, palette }: BuildContext, layout: Layout, plan: PointPlan): Group {
  const group = new Group();
  kit.root.add(group);
  const above = plan.radiusM + 0.09;
  const glow = kit.material({ color: '#000000', emissive: plan.color, emissiveIntensity: 9 });
  kit.mesh(new SphereGeometry(0.05, 20, 14), glow, {
    parent: group,
    at: [0, above, 0],
    castShadow: false,
  });
  const cordM =
    layout.cover === 'open-air'
      ? 0.3
      : Math.max(0.05, layout.bounds.max.y + 0.14 - plan.at[1] - above);
  const cord = new CylinderGeometry(0.008, 0.008, cordM, 8);
  kit.mesh(cord, palette.metal, { parent: group, at: [0, above + cordM / 2, 0] });
  return group;
}

const shifted = (at: Triple, by: Vector3, amount: number): Triple => [
  at[0] + by.x * amount,
  at[1] + by.y * amount,
  at[2] + by.z * amount,
];

/** Builds the fixtures and lets one of the lights change: the lamp that comes first, else the sun. */
export function addLamps(context: BuildContext, layout: Layout, lamps: Lamps): LightsAt {
  const random: Random = context.random;
  const cans = lamps.spots.map((plan) => addCan(context, plan));
  const bulb = lamps.point ? addBulb(context, layout, lamps.point) : null;
  const swing = new Vector3(random.range(0.1, 0.24) * random.sign(), 0, random.range(-0.2, 0.2));
  const pulses = random.chance(0.35);
  const offset = random.range(0, 2 * Math.PI);
  const sunDriftDeg = random.range(3, 10) * random.sign();
  const centre = layout.bounds.getCenter(new Vector3()).toArray();
  const reachM = layout.bounds.getSize(new Vector3()).length() / 2 + 1;
  const aim = new Vector3();
  return (timeS) => {
    const wave = Math.sin(loopAngle(timeS, offset));
    const dim = pulses ? 0.75 + 0.25 * wave : 1;
    const move = pulses ? 0 : wave;
    const spots = lamps.spots.map((plan, i): SpotPlan => {
      if (i > 0) return plan;
      return { ...plan, at: shifted(plan.at, swing, move), intensityCd: plan.intensityCd * dim };
    });
    const swings = lamps.spots.length === 0;
    const point: PointPlan | null =
      lamps.point && swings
        ? {
            ...lamps.point,
            at: shifted(lamps.point.at, swing, move),
            intensityCd: lamps.point.intensityCd * dim,
          }
        : lamps.point;
    spots.forEach((plan, i) => {
      cans[i]?.position.set(...plan.at);
      cans[i]?.lookAt(aim.set(...plan.target));
    });
    if (point) bulb?.position.set(...point.at);
    const sun = lamps.sun && {
      ...lamps.sun,
      azimuthDeg: lamps.sun.azimuthDeg + sunDriftDeg * wave,
    };
    return { centre, reachM, sun, spots, point };
  };
}
