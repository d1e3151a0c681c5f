import { Box3, Mesh, MeshStandardMaterial, PerspectiveCamera, PlaneGeometry, Scene } from 'three/webgpu'; // prettier-ignore
import { If, float, uint, vec3 } from 'three/tsl';
import { RayGlow } from '../../src/pipeline/ray-glow';
import { RayScene } from '../../src/pipeline/ray-scene';
import { Rays } from '../../src/pipeline/rays';
import { Random, cosineDirection } from '../../src/pipeline/sampling';
import { createRandom } from '../../src/scenes/random';
import type { DemoScene } from '../../src/scenes/scene';
import { evaluate } from './nodes';
import type { Texel } from './nodes';

/** A little more than what lies between two of its points: between them it is darker than above one. */
const SPREAD_M = 0.06;

/** Irradiance / π from a panel of one square metre and unit radiance, in the two ways that rays find it; means. */
export interface PanelLight {
  /** Of rays that meet the panel by chance. */
  readonly chance: number;
  /** Of rays to points on it. */
  readonly asked: number;
}

/**
 * Light at `distanceM` from the panel, on surfaces that face it within SPREAD_M of its middle; `count` samples.
 */
export async function lightOfPanel(distanceM: number, count: number): Promise<PanelLight> {
  const scene = new RayScene();
  scene.setScene(panel());
  const rays = new Rays(scene);
  const glow = new RayGlow(scene, rays);
  const random = createRandom(5);
  const off = () => random.range(-SPREAD_M, SPREAD_M);
  const rows = Array.from({ length: count }, (_, i): Texel => [off(), off(), distanceM, i]);
  const found = await evaluate([rows], (row) => {
    const random = new Random(uint(row!.a));
    // The panel faces +z.
    const normal = vec3(0, 0, -1).toVar();
    const ray = cosineDirection(normal, random.next(), random.next());
    const hit = rays.closest(row!.xyz, ray);
    const chance = float(0).toVar();
    If(hit.found, () => {
      const distance2 = hit.distance.mul(hit.distance);
      chance.assign(glow.chanceShare(float(1), ray.z.abs(), distance2));
    });
    const { light, open } = glow.arriving(row!.xyz, random, {
      response: (direction) => direction.dot(normal).max(0).div(Math.PI),
      besideChance: true,
    });
    return vec3(chance, light.x.mul(open), 0);
  });
  const mean = (channel: number) =>
    found.reduce((sum, texel) => sum + texel[channel]!, 0) / found.length;
  return { chance: mean(0), asked: mean(1) };
}

function panel(): DemoScene {
  const root = new Scene();
  root.add(
    new Mesh(
      new PlaneGeometry(1, 1),
      new MeshStandardMaterial({ color: 0, emissive: 'white', emissiveIntensity: 1 }),
    ),
  );
  return {
    name: 'panel',
    description: '',
    seenInTraining: false,
    root,
    camera: new PerspectiveCamera(),
    environment: null,
    probeBounds: new Box3(),
    probeResolution: [1, 1, 1],
    durationS: 1,
    animate: () => undefined,
    flyCamera: () => undefined,
    dispose: () => undefined,
  };
}
