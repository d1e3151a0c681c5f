import { PlaneGeometry, Quaternion, Vector3 } from 'three';
import { beforeAll, expect, it } from 'vitest';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open } from './browser';
import { loadScene, type Part, type SceneParts } from './glb';
import { widenImage } from './pictures';

let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: '96x64' });
});

const FIRST = [0.9, 0.6, 0.9] as const;
const SECOND = [1, 0.5, 0.25] as const;
/** Radiance. */
const GLOW = 2;

/** Turns a plane, which faces +z, towards a direction. */
const facing = (x: number, y: number, z: number): Quaternion =>
  new Quaternion().setFromUnitVectors(new Vector3(0, 0, 1), new Vector3(x, y, z).normalize());

/** A mirror that fills the picture shows a mirror above it, which shows a glowing wall that the camera does not see. */
function periscope(): SceneParts {
  const mirror = { metalness: 1, roughness: 0 } as const;
  return {
    parts: [
      {
        ...mirror,
        geometry: new PlaneGeometry(1.5, 1.5),
        color: FIRST,
        turn: facing(0, 1, 1),
      },
      {
        ...mirror,
        geometry: new PlaneGeometry(1.5, 1.5),
        color: SECOND,
        at: [0, 2, 0],
        turn: facing(0, -1, -1),
      },
      {
        geometry: new PlaneGeometry(2, 2),
        color: [0, 0, 0],
        glow: [GLOW, GLOW, GLOW],
        at: [0, 2, -3],
      },
    ],
    shots: [{ eye: [0, 0, 3], target: [0, 0, 0] }],
    fovDeg: 10,
  };
}

it('a mirror shows what a mirror shows', async () => {
  await loadScene(demo, periscope(), 'none');
  await demo.call('seek', 0);
  const { images } = await demo.call('buffers');
  const { data, width, height } = widenImage(images.mirror!);
  const middle = ((height >> 1) * width + (width >> 1)) * 4;
  // Lighting: what arrives, without the colour of the first mirror. A change of ℓ by 5 is kept to half a step of 2.3 %.
  SECOND.forEach((color, c) => {
    expect(Math.abs(data[middle + c]! / (color * GLOW) - 1), `channel ${c}`).toBeLessThan(0.015);
  });
  expectNoProblems(demo);
});

const ALPHA = 0.25 ** 2;
const EYE = [0, 0.8, 4] as const;
/** Upright, facing the camera, standing on the floor; radiance is what the one in front adds to the other. */
const WALL = { widthM: 12, heightM: 6, zM: -4.2, radiance: 0.3 } as const;
const POST = { widthM: 0.2, heightM: 2.5, zM: -4, radiance: 1.7 } as const;

const upright = ({ widthM, heightM, zM }: typeof WALL | typeof POST, radiance: number): Part => ({
  geometry: new PlaneGeometry(widthM, heightM),
  color: [0, 0, 0],
  glow: [radiance, radiance, radiance],
  at: [0, heightM / 2, zM],
});

/** A floor of rough metal, seen at a flat angle, in front of a glowing post before a glowing wall. */
const postBehindFloor: SceneParts = {
  parts: [
    {
      geometry: new PlaneGeometry(12, 8),
      color: [1, 1, 1],
      metalness: 1,
      roughness: Math.sqrt(ALPHA),
      turn: facing(0, 1, 0),
    },
    upright(WALL, WALL.radiance),
    upright(POST, POST.radiance + WALL.radiance),
  ],
  shots: [{ eye: EYE, target: [0, 0, 0] }],
  fovDeg: 30,
};

/** Light that the floor gets at (x, 0, 0) along its lobe, by quadrature: GGX by visible normals (Heitz 2018). */
function reflectedAt(x: number): number {
  const view = new Vector3(...EYE).sub(new Vector3(x, 0, 0)).normalize();
  const masking = 0.5 / (view.y + Math.sqrt(ALPHA ** 2 + (1 - ALPHA ** 2) * view.y * view.y));
  const from = ({ widthM, heightM, zM, radiance }: typeof WALL | typeof POST): number => {
    const stepM = 0.02;
    let sum = 0;
    for (let across = stepM / 2 - widthM / 2; across < widthM / 2; across += stepM) {
      for (let up = stepM / 2; up < heightM; up += stepM) {
        const way = new Vector3(across - x, up, zM);
        const distance2 = way.lengthSq();
        const direction = way.normalize();
        const half = direction.clone().add(view).normalize();
        const spread = half.y * half.y * (ALPHA ** 2 - 1) + 1;
        const density = (ALPHA ** 2 / (Math.PI * spread * spread)) * masking;
        sum += (radiance * density * -direction.z * stepM * stepM) / distance2;
      }
    }
    return sum;
  };
  return from(WALL) + from(POST);
}

it('a rough floor draws what it reflects out into streaks, no wider than its lobe', async () => {
  // What rays find is asked for below; nothing else need be drawn.
  await demo.call('apply', { view: 'raw', size: { widthPx: 256, heightPx: 128 } });
  await loadScene(demo, postBehindFloor, 'none');
  await demo.call('seek', 0);
  const frames = 32;
  const found: number[] = [];
  for (let i = 0; i < frames; i++) {
    await demo.call('step', 1);
    const { images } = await demo.call('buffers');
    const { data, width, height } = widenImage(images.mirror!);
    // The row that shows z = 0.
    const row = (height >> 1) * width;
    for (let column = 0; column < width; column++) {
      found[column] = (found[column] ?? 0) + data[(row + column) * 4]! / frames;
    }
  }
  const perPx = (2 * Math.tan((15 * Math.PI) / 180) * Math.hypot(EYE[1], EYE[2])) / 64;
  const columns = found.map((_, column) => column).slice(40, -40);
  const expected = columns.map((column) => reflectedAt((column + 0.5 - found.length / 2) * perPx));
  const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const apart = total(columns.map((column, i) => Math.abs(expected[i]! - found[column]!)));
  // Found: 4 % of its light elsewhere, most of it noise of 32 frames; 18 % where neighbours are as far away to all sides.
  expect(apart).toBeLessThan(0.08 * total(expected));
  expectNoProblems(demo);
});

it('a mirror shows the light that the network has found', async () => {
  const [size, fovDeg, heightM, distanceM] = [128, 50, 0.25, 3];
  await demo.call('apply', { view: 'ai', size: { widthPx: size, heightPx: size } });
  const mirrorAndWall: SceneParts = {
    parts: [
      {
        geometry: new PlaneGeometry(6, 6),
        color: [1, 1, 1],
        metalness: 1,
        roughness: 0,
        turn: facing(0, 1, 0),
      },
      {
        geometry: new PlaneGeometry(6, 3),
        color: [0.6, 0.6, 0.6],
        at: [0, 1.5, -distanceM],
      },
      // So close to the wall that no probe knows its light.
      {
        geometry: new PlaneGeometry(0.1, 2),
        color: [0, 0, 0],
        glow: [GLOW, GLOW, GLOW],
        at: [-0.5, 1, 0.15 - distanceM],
        turn: facing(0, 0, -1),
      },
    ],
    shots: [{ eye: [0, heightM, 0], target: [0, heightM, -1] }],
    fovDeg,
  };
  await loadScene(demo, mirrorAndWall, 'none');
  await demo.call('seek', 0);
  await demo.call('step', 8);
  const { data } = await demo.pixelsLinear('ai');
  const focalPx = size / 2 / Math.tan((fovDeg * Math.PI) / 360);
  const [wall, mirrored] = [-1, 1].map((side) => {
    let sum = 0;
    for (let y = 0.5; y < 1; y += 0.05) {
      for (let x = -0.4; x < 0; x += 0.05) {
        const row = Math.floor(size / 2 + ((side * y + heightM) / distanceM) * focalPx);
        const column = Math.floor(size / 2 + (x / distanceM) * focalPx);
        sum += data[(row * size + column) * 4]!;
      }
    }
    return sum;
  });
  // Found: 0.45, since the network does not trust rays wholly; 0.01 with the light of probes alone.
  expect(mirrored! / wall!).toBeGreaterThan(0.3);
  expect(mirrored! / wall!).toBeLessThan(1.1);
  expectNoProblems(demo);
});
