import type { MeshStandardMaterial } from 'three/webgpu';
import { SceneKit } from '../kit';
import { sunDirection } from '../lights';
import { type Random, createRandom, hashInts } from '../random';
import { probeGrid } from '../probe-grid';
import type { DemoScene } from '../scene';
import { type SkyOptions, makeSky } from '../sky';
import { makeCamera } from './camera';
import { addGlow, furnish, obstaclesOf } from './clutter';
import { type Lamps, addLamps } from './lamps';
import type { BuildContext, Layout, LayoutBuilder } from './layout';
import { type SunPlan, applyLightPlan, scaleLights } from './light-rig';
import { type LightMode, chooseMode, planPoint, planSpot, planSun } from './lighting';
import { glowAreas, setGlowLevel } from './glow-level';
import { LightMeter } from './measure';
import { addMotions, loopAngle, loopS } from './motion';
import { createPalette } from './palette';

/** What distinguishes one family of generated scenes from another. */
export interface AssembleOptions {
  name: string;
  seed: number;
  /** Keeps families apart: the same seed gives unrelated scenes. */
  family: number;
  builders: readonly LayoutBuilder[];
  seenInTraining: boolean;
}

const meshBudget = 50;
const maxLux = 90;

function chooseSky(random: Random, cover: Layout['cover'], sun: SunPlan | null): SkyOptions | null {
  if (cover === 'closed') return null;
  if (!sun) {
    const night: SkyOptions = {
      zenith: [0.004, 0.007, 0.02],
      horizon: [0.02, 0.022, 0.035],
      ground: [0.004, 0.004, 0.005],
    };
    return { ...night, halo: [0, 0, 0], intensity: random.range(0.4, 2.5), widthPx: 64 };
  }
  const low = Math.max(0, 1 - sun.elevationDeg / 35);
  return {
    sunDirection: sunDirection(sun.elevationDeg, sun.azimuthDeg),
    zenith: [0.15 + 0.1 * low, 0.3, 0.62 - 0.12 * low],
    horizon: [0.62 + 0.3 * low, 0.68 - 0.08 * low, 0.8 - 0.35 * low],
    halo: [0.7 + 0.8 * low, 0.5 + 0.2 * low, 0.35 - 0.1 * low],
    haloDeg: random.range(10, 40),
    haze: random.range(0.3, 0.8),
    // A bright sun has a bright sky; haze moves light from one to the other.
    intensity: sun.lux * random.range(0.06, 0.16),
    widthPx: 64,
  };
}

/** Factor on all lights that brings the picture to a good level: the upper middle near `target`, highlights in reach. */
function exposureGain(meter: LightMeter, target: number, brightest: number): number {
  const values = meter.picture(10, 6);
  const at = (share: number): number => values[Math.floor(share * (values.length - 1))] ?? target;
  const gain = Math.min(target / Math.max(1e-4, at(0.6)), 3.5 / Math.max(1e-4, at(0.95)));
  return Math.min(brightest, Math.max(0.1, gain));
}

/** Places the lamps; several share the light level that they aim for. */
function planLamps(context: BuildContext, layout: Layout, mode: LightMode): Lamps {
  const { random, sights } = context;
  const boxes = [...obstaclesOf(context).values()];
  const sun = mode.sun ? planSun(random, layout.cover) : null;
  const count = mode.spots + (mode.point ? 1 : 0);
  const level = (random.range(0.45, 0.95) * (mode.sun ? 0.7 : 1)) / Math.max(1, Math.sqrt(count));
  const spots = Array.from({ length: mode.spots }, () =>
    planSpot(random, layout, { boxes, sights, level }),
  );
  const point = mode.point ? planPoint(random, layout, { boxes, level }) : null;
  return { sun, spots: spots.filter((plan) => plan !== null), point };
}

function pulse(
  material: MeshStandardMaterial | undefined,
  offset: number,
): (timeS: number) => void {
  if (!material) return () => undefined;
  const full = material.emissiveIntensity;
  return (timeS) => {
    material.emissiveIntensity = full * (0.75 + 0.25 * Math.sin(loopAngle(timeS, offset)));
  };
}

/** Builds a scene: layout, things, light, motion and camera, everything from the seed. */
export function assembleScene(options: AssembleOptions): DemoScene {
  const { name, seed, family, builders, seenInTraining } = options;
  const random = createRandom(hashInts(family, seed));
  const kit = new SceneKit(name);
  const context: BuildContext = {
    kit,
    random,
    palette: createPalette(kit, random.fork()),
    sights: [],
  };
  const layout = random.pick(builders)(context);
  const { movables, sights } = furnish(context, layout, meshBudget);
  context.sights = sights;
  const mode = chooseMode(random, layout.cover);
  const lamps = planLamps(context, layout, mode);
  const glowOnly = !lamps.sun && lamps.spots.length === 0 && !lamps.point;
  const glowCount = glowOnly ? random.int(2, 4) : random.chance(0.45) ? random.int(1, 2) : 0;
  addGlow(context, layout, { count: glowCount, large: glowOnly });
  const glowing = context.palette.glowing;
  const lightsAt = addLamps(context, layout, lamps);
  const areas = glowAreas(kit);
  setGlowLevel(areas, layout, {
    glowing,
    level: glowOnly ? random.range(0.3, 0.55) : random.range(0.04, 0.15),
  });
  const obstacles = obstaclesOf(context);
  const motions = addMotions(random, movables, obstacles);
  const { camera, fly } = makeCamera(random, layout, { boxes: [...obstacles.values()], sights });
  const sky = chooseSky(random, layout.cover, lamps.sun);
  fly(0);
  const skyRadiance = 0.5 * (sky?.intensity ?? 0) * (lamps.sun ? 1 : 0.03);
  const meter = new LightMeter(
    { root: kit.root, camera, lights: lightsAt(0), skyRadiance },
    random.fork(),
  );
  meter.addGlow(areas);
  // A dim corner may stay dim: beyond this the lit places elsewhere would burn out.
  const brightest = lamps.sun ? Math.max(1, maxLux / lamps.sun.lux) : 7;
  const gain = exposureGain(meter, random.range(0.22, 0.6), brightest);
  kit.scaleGlow(gain, 60);
  const environment = sky
    ? kit.own(makeSky({ ...sky, intensity: (sky.intensity ?? 1) * gain }))
    : null;
  const pulses =
    glowOnly || random.chance(0.3) ? pulse(glowing[0], random.range(0, 6)) : () => undefined;

  const animate = (timeS: number): void => {
    for (const move of motions) move(timeS);
    pulses(timeS);
    applyLightPlan(kit.root, scaleLights(lightsAt(timeS), gain));
  };
  animate(0);
  return {
    name,
    description: `Generated ${layout.kind}, seed ${seed}: bounced light, soft shadows and glowing things that the raw frame lacks.`,
    seenInTraining,
    root: kit.root,
    camera,
    environment,
    probeBounds: layout.bounds.clone(),
    probeResolution: probeGrid(layout.bounds),
    durationS: loopS,
    animate,
    flyCamera: fly,
    dispose: () => kit.dispose(),
  };
}
