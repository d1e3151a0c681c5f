import { PlaneGeometry, Quaternion, TorusGeometry, Vector3 } from 'three';
import { beforeAll, expect, it } from 'vitest';
import { materialFactor } from '../../src/core/material';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open } from './browser';
import { loadScene, uniformSky, type Part } from './glb';
import { meanDifference, rangeOf, widenImage } from './pictures';
import { floorTurn } from './test-scenes';

let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: '96x64', scene: 'cornell', backend: 'none' });
  await demo.page.route('**/white.hdr', (route) => route.fulfill({ body: uniformSky(1) }));
});

/** Frames after which the jitter is what it was, while rays take other directions. */
const ROUND = 32;

it('is less noisy the more rays gather it, and as bright', async () => {
  await demo.call('apply', { view: 'raw' });
  const gather = async (rays: number): Promise<{ mean: number; noise: number }> => {
    await demo.call('apply', { rays });
    await demo.call('seek', 30);
    const once = await demo.pixelsLinear('debug:bounce');
    await demo.call('step', ROUND);
    const again = await demo.pixelsLinear('debug:bounce');
    return { mean: rangeOf(again).mean, noise: meanDifference(once, again) };
  };
  const [few, many] = [await gather(1), await gather(16)];
  expect(few.noise).toBeGreaterThan(0.001 * few.mean);
  // Found: 0.38; a quarter, if nothing but the number of rays made noise.
  expect(many.noise).toBeLessThan(0.6 * few.noise);
  expect(Math.abs(many.mean - few.mean)).toBeLessThan(0.02 * few.mean);
  expectNoProblems(demo);
});

/** Upright at z = 0, facing +z. */
const WALL = { widthM: 2, heightM: 0.6 } as const;
/** Upright, facing the wall. */
const PANEL = { widthM: 2, fromM: 0.1, toM: 0.6, zM: 4 } as const;
const toWall = new Quaternion().setFromAxisAngle(new Vector3(0, 1, 0), Math.PI);

const wall: Part = {
  geometry: new PlaneGeometry(WALL.widthM, WALL.heightM),
  color: [0.8, 0.8, 0.8],
  at: [0, WALL.heightM / 2, 0],
};
const panel: Part = {
  geometry: new PlaneGeometry(PANEL.widthM, PANEL.toM - PANEL.fromM),
  color: [0.9, 0.9, 0.9],
  at: [0, (PANEL.fromM + PANEL.toM) / 2, PANEL.zM],
  turn: toWall,
};
/** Between the lamp and the wall, so that only the panel is lit. */
const shade: Part = {
  geometry: new PlaneGeometry(1.5, 1.5),
  color: [0, 0, 0],
  at: [0, 2.9, 2.8],
  turn: toWall,
};
/** Black, so that it gives nothing but what it mirrors. */
const glossyFloor: Part = {
  geometry: new PlaneGeometry(8, 10),
  color: [0, 0, 0],
  roughness: 0.1,
  turn: floorTurn,
  at: [0, 0, 5],
};

/** Light that the middle of the wall gets from the panel by way of the floor, relative to that without detour. */
function floorShare(): number {
  const eye = new Vector3(0, WALL.heightM / 2, 0);
  const stepM = 0.01;
  const sum = { straight: 0, mirrored: 0 };
  for (let x = stepM / 2 - PANEL.widthM / 2; x < PANEL.widthM / 2; x += stepM) {
    for (let y = PANEL.fromM + stepM / 2; y < PANEL.toM; y += stepM) {
      for (const [name, sign] of [
        ['straight', 1],
        ['mirrored', -1],
      ] as const) {
        const way = new Vector3(x, sign * y, PANEL.zM).sub(eye);
        const distance2 = way.lengthSq();
        const { y: down, z: along } = way.normalize();
        const [kept] = sign > 0 ? [1] : materialFactor([0, 0, 0], 0, 0.3, -down);
        sum[name] += (kept! * along * along) / distance2;
      }
    }
  }
  return sum.mirrored / sum.straight;
}

it('comes through holes of textures, as much as they are of the surface', async () => {
  await demo.call('apply', { view: 'ai', rays: 64 });
  const sidePx = 16;
  // Every third column is there.
  const data = Uint8Array.from({ length: sidePx * sidePx * 4 }, (_, i) => (i % 4 < 3 || Math.floor(i / 4) % sidePx % 3 === 0 ? 255 * Number(i % 4 === 3) : 0)); // prettier-ignore
  const there = data.filter((alpha, i) => i % 4 === 3 && alpha > 0).length / sidePx ** 2;
  const screen: Part = {
    geometry: new PlaneGeometry(60, 60),
    texture: { width: sidePx, height: sidePx, data },
    at: [0, 0, 2],
    turn: toWall,
  };
  const lightOnWall = async (parts: readonly Part[]): Promise<number> => {
    const shots = [{ eye: [0, 0, 1], target: [0, 0, 0] }] as const;
    const facing: Part = { geometry: new PlaneGeometry(4, 4), color: [0.8, 0.8, 0.8] };
    await loadScene(demo, { parts: [facing, ...parts], shots }, '/white.hdr');
    await demo.call('seek', 0);
    const { images } = await demo.call('buffers');
    const { data: light, width, height } = widenImage(images.bounce!);
    return light.reduce((sum, value, i) => (i % 4 === 0 ? sum + value : sum), 0) / (width * height);
  };
  const free = await lightOnWall([]);
  const screened = await lightOnWall([{ ...screen, isCutOut: true }]);
  const closed = await lightOnWall([screen]);
  // The black screen gives back what it reflects of the wall, 4 %; the pattern of holes is chance.
  expect(Math.abs(screened / free - (1 - there))).toBeLessThan(0.06);
  expect(closed / free).toBeLessThan(0.06);
  expectNoProblems(demo);
});

it('a glossy floor lights a wall with what it mirrors', async () => {
  await demo.call('apply', { view: 'ai', rays: 64 });
  const lightOnWall = async (parts: readonly Part[]): Promise<number> => {
    const scene = {
      parts: [wall, shade, ...parts],
      lamps: [
        { type: 'point', intensity: 1000, at: [0, 3, 3] },
        // Along the floor, past the panel: rays are kept as a change of the light that is there without them.
        { type: 'directional', intensity: 1, direction: [-1, 0, -1] },
      ],
      shots: [{ eye: [0, 0.3, 3], target: [0, 0.3, 0] }],
      fovDeg: 5,
    } as const;
    await loadScene(demo, scene, 'none');
    await demo.call('seek', 0);
    const frames = 8;
    let sum = 0;
    for (let frame = 0; frame < frames; frame++) {
      await demo.call('step', 1);
      const { images } = await demo.call('buffers');
      const { data, width, height } = widenImage(images.bounce!);
      for (let i = 0; i < width * height; i++) sum += data[4 * i]! / (width * height * frames);
    }
    return sum;
  };
  const sun = await lightOnWall([]);
  const straight = (await lightOnWall([panel])) - sun;
  const mirrored = (await lightOnWall([panel, glossyFloor])) - sun - straight;
  // Found: 0.20, of which 0.08 are what the wall itself reflects: that follows near light up to twice what the probes say.
  expect(Math.abs(mirrored / straight / floorShare() - 1)).toBeLessThan(0.25);
  expectNoProblems(demo);
});

it('on what is curved is the same, however small it is in the picture', async () => {
  await demo.call('apply', { view: 'ai', rays: 32 });
  const ring: Part = {
    geometry: new TorusGeometry(0.5, 0.22, 24, 64),
    color: [0.4, 0.5, 0.8],
    at: [0, 0.5, 0],
    turn: new Quaternion().setFromAxisAngle(new Vector3(1, 0, 0), -1.2),
  };
  const glow: Part = {
    geometry: new PlaneGeometry(0.6, 0.6),
    color: [0, 0, 0],
    glow: [60, 60, 60],
    at: [2.5, 0.6, 1],
    turn: new Quaternion().setFromAxisAngle(new Vector3(0, 1, 0), -Math.PI / 2),
  };
  const shots = [{ eye: [0, 2.5, 6], target: [0, 0.5, 0] }] as const;
  await loadScene(demo, { parts: [ring, glow], shots, fovDeg: 14 }, 'none');
  /** Mean light of 12×8 parts of the picture over some frames, each of other rays. */
  const lightOf = async (widthPx: number, heightPx: number, frames: number): Promise<number[]> => {
    await demo.call('apply', { size: { widthPx, heightPx } });
    await demo.call('seek', 0);
    const parts = Array.from({ length: 96 }, () => 0);
    for (let frame = 0; frame < frames; frame++) {
      await demo.call('step', 1);
      const { images } = await demo.call('buffers');
      const { data, width, height } = widenImage(images.bounce!);
      for (let i = 0; i < width * height; i++) {
        const x = Math.floor(((i % width) / width) * 12);
        const y = Math.floor((Math.floor(i / width) / height) * 8);
        parts[y * 12 + x]! += data[4 * i]! / ((width * height) / 96) / frames;
      }
    }
    return parts;
  };
  const small = await lightOf(96, 64, 8);
  // With 25 times the pixels, and rays, in each part.
  const large = await lightOf(480, 320, 3);
  const error = small.reduce((sum, light, i) => sum + Math.abs(light - large[i]!), 0);
  // Found: 0.034, and 0.075 with light shared among what is turned by 20° and more.
  expect(error / large.reduce((a, b) => a + b, 0)).toBeLessThan(0.05);
  expectNoProblems(demo);
});
