import { BoxGeometry, PlaneGeometry, SphereGeometry } from 'three';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ViewId } from '../../src/core/settings';
import type { ImageDataLinear } from '../../src/page-api';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open } from './browser';
import { loadScene, uniformSky, type SceneParts } from './glb';
import { countDifferent, differenceBelow, gradePicture, isFinitePicture, meanDifference, rangeOf } from './pictures'; // prettier-ignore
import { floorTurn, stillLife } from './test-scenes';

const size = { widthPx: 96, heightPx: 64 };
let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: `${size.widthPx}x${size.heightPx}` });
  await demo.page.route('**/white.hdr', (route) => route.fulfill({ body: uniformSky(1) }));
});

/** A scene after some frames, as linear radiance without a number that is none. */
async function draw(
  scene: SceneParts,
  { environment = 'none', steps = 3, views = ['ai', 'resolve'] as readonly ViewId[] } = {},
): Promise<ImageDataLinear[]> {
  await loadScene(demo, scene, environment);
  await demo.call('seek', 0);
  for (const view of views) await demo.pixelsLinear(view);
  await demo.call('step', steps);
  return read(views);
}

async function read(views: readonly ViewId[] = ['ai', 'resolve']): Promise<ImageDataLinear[]> {
  const pictures: ImageDataLinear[] = [];
  for (const view of views) {
    const picture = await demo.pixelsLinear(view);
    expect(isFinitePicture(picture), view).toBe(true);
    expect(rangeOf(picture).least, view).toBeGreaterThanOrEqual(0);
    pictures.push(picture);
  }
  return pictures;
}

/** The network may change the level of light, but not make another picture of it. */
function expectSensible([ai, resolve]: readonly ImageDataLinear[], most = 1.6): void {
  const gain = rangeOf(ai!).mean / rangeOf(resolve!).mean;
  expect(gain).toBeGreaterThan(1 / most);
  expect(gain).toBeLessThan(most);
}

describe('the level of the light', () => {
  let usual: ImageDataLinear[];
  beforeAll(async () => {
    usual = await draw(stillLife(1));
    expectSensible(usual);
  });

  it.each([0.001, 1000])('times %d gives the same picture', async (scale) => {
    const scaled = await draw(stillLife(scale));
    scaled.forEach((picture, i) => {
      const [now, before] = [gradePicture(picture, scale), gradePicture(usual[i]!)];
      // Half floats are rounded elsewhere: found are 0.04 steps on average, and 1 step (ai: 2) for all but one in 100.
      expect(meanDifference(now, before)).toBeLessThan(0.1);
      expect(differenceBelow(now, before, 0.99)).toBeLessThan(2);
    });
  });

  it('that is zero gives black', async () => {
    for (const picture of await draw(stillLife(0))) {
      expect(rangeOf(gradePicture(picture)).most).toBeLessThan(0.5);
    }
  });

  it('from things that glow alone shows them as bright as they are', async () => {
    const pictures = await draw({ ...stillLife(1), lamps: [] });
    expectSensible(pictures);
    // The lamp's red; edges and its own reflected light move it a little, more or less so on different GPUs.
    for (const picture of pictures) expect(Math.abs(rangeOf(picture).most - 4)).toBeLessThan(0.1);
  });
});

/** The same scene, written in a unit of which `perM` make a metre. */
function inUnits(perM: number): SceneParts {
  const { parts, lamps, shots } = stillLife(1);
  const at = (place: readonly [number, number, number] = [0, 0, 0]) =>
    place.map((x) => x * perM) as unknown as readonly [number, number, number];
  return {
    parts: parts.map((part) => Object.assign({}, part, { at: at(part.at), scale: perM })),
    lamps: lamps!.map((lamp) => Object.assign({}, lamp, { at: at(lamp.at), intensity: lamp.intensity * perM ** 2, radiusM: 0.05 * perM })), // prettier-ignore
    shots: shots.map(({ eye, target }) => ({ eye: at(eye), target: at(target) })),
    nearM: 0.05 * perM,
    farM: 60 * perM,
  };
}

it.each([0.001, 1000])('a file with %d units for a metre looks the same', async (perM) => {
  const usual = await draw(inUnits(1));
  const scaled = await draw(inUnits(perM));
  scaled.forEach((picture, i) => {
    const [now, before] = [gradePicture(picture), gradePicture(usual[i]!)];
    // Of 255 steps; offsets of rays are in metres, and the file is brought to another size than it had.
    expect(meanDifference(now, before)).toBeLessThan(1);
  });
});

describe('surroundings', () => {
  it('of nothing stay black', async () => {
    const views = ['ai', 'resolve', 'debug:raw-resolved'] as const;
    const pictures = await draw(stillLife(1), { steps: 0, views });
    const { images } = await demo.call('buffers');
    const surface = images['guide-emissive']!.data.filter((_, i) => i % 4 === 3);
    const outside = [...surface.keys()].filter((i) => surface[i] === 0);
    expect(outside.length).toBeGreaterThan(surface.length / 20);
    for (const { data } of pictures) {
      const glow = outside.map((i) => data[4 * i]! + data[4 * i + 1]! + data[4 * i + 2]!);
      expect(Math.max(...glow)).toBe(0);
    }
  });

  it('of sky alone are shown as they are', async () => {
    const up: SceneParts = { ...stillLife(1), shots: [{ eye: [0, 1, 4], target: [0, 30, 10] }] };
    const [ai, resolve] = await draw(up, { environment: 'sky' });
    expect(rangeOf(ai!).least).toBeGreaterThan(0.01);
    expect(countDifferent(ai!, resolve!)).toBe(0);
  });

  it('of one radiance have exactly that, though pictures are packed and dithered', async () => {
    // Mantissa 189 of the file, which three's loader divides by 255.
    const radiance = 189 / 255 / 2;
    await demo.page.route('**/grey.hdr', (route) => route.fulfill({ body: uniformSky(189 / 512) }));
    const up: SceneParts = { ...stillLife(1), shots: [{ eye: [0, 1, 4], target: [0, 30, 10] }] };
    for (const picture of await draw(up, { environment: '/grey.hdr' })) {
      const { data } = picture;
      const values = new Set(data.filter((_, i) => i % 4 < 3));
      expect(values.size).toBe(1);
      // Half floats between 1/4 and 1/2 are 2^-12 apart.
      expect(Math.abs([...values][0]! - radiance)).toBeLessThan(2 ** -13);
    }
  });
});

describe('materials', () => {
  it('that are black stay dark', async () => {
    const scene = stillLife(1);
    const black = { color: [0, 0, 0], metalness: 0, texture: undefined } as const;
    const parts = scene.parts.map((part) => ({ ...part, ...black }));
    const [ai, resolve] = await draw({ ...scene, parts });
    expectSensible([ai!, resolve!]);
    // Under the lamp a dielectric reflects 4 % of the light, and a little more.
    expect(rangeOf(gradePicture(ai!)).mean).toBeLessThan(60);
  });

  it('that are white stay white in a white world', async () => {
    const white: SceneParts = {
      parts: [
        { geometry: new PlaneGeometry(24, 4), turn: floorTurn },
        { geometry: new SphereGeometry(0.8, 32, 24), at: [0, 1.2, 0] },
      ],
      shots: [{ eye: [0, 2.2, 4], target: [0, 0.8, 0] }],
    };
    const [ai, resolve] = await draw(white, { environment: '/white.hdr' });
    const ones = { ...ai!, data: new Float32Array(ai!.data.length).fill(1) };
    // Found: 0.043; occlusion darkens where the ball is near the floor, which light between white things makes up for.
    expect(differenceBelow(resolve!, ones, 0.9)).toBeLessThan(0.05);
    // Found: 0.008 for half of the pixels, 0.024 for nine in ten, 0.043 for nearly all.
    expect(differenceBelow(ai!, ones, 0.99)).toBeLessThan(0.05);
  });
});

describe('a solid thing that fills its box', () => {
  it('is lit by the world around it, though no probe within the box sees any of that', async () => {
    const box: SceneParts = {
      parts: [{ geometry: new BoxGeometry(1, 1, 1) }],
      shots: [{ eye: [1.6, 1.1, 1.9], target: [0, 0, 0] }],
    };
    const views = ['ai', 'resolve', 'raw'] as const;
    // Everything is white, so that probes which know nothing would show as black. Found: 0.008 for half of the pixels, 0.044 for nearly all.
    for (const picture of await draw(box, { environment: '/white.hdr', views })) {
      const ones = { ...picture, data: new Float32Array(picture.data.length).fill(1) };
      expect(differenceBelow(picture, ones, 0.99)).toBeLessThan(0.05);
    }
  });
});

describe('the camera', () => {
  it('may touch a wall', async () => {
    const scene = stillLife(1);
    // A wall from 2 cm to 20 cm away: the near plane at 5 cm cuts it.
    const wall = { geometry: new PlaneGeometry(2, 2), color: [0.7, 0.6, 0.5] as const, at: [0, 1, -1.9] as const }; // prettier-ignore
    const shots = [{ eye: [0.1, 1, -1.86] as const, target: [-1, 1, -2] as const }];
    expectSensible(await draw({ ...scene, parts: [...scene.parts, wall], shots }));
  });
});

describe('sizes', () => {
  beforeAll(async () => {
    await draw(stillLife(1), { steps: 0 });
  });

  it.each([
    [1, 1],
    [1, 9],
    [7, 3],
    [25, 1],
    [61, 47],
  ])('%d x %d', async (widthPx, heightPx) => {
    await demo.call('apply', { size: { widthPx, heightPx } });
    await demo.call('step', 3);
    const pictures = await read();
    expect([pictures[0]!.width, pictures[0]!.height]).toEqual([widthPx, heightPx]);
    // One or two places of the mirror ball are all that some of these show of the light.
    expectSensible(pictures, 4);
  });
});

describe('another scene', () => {
  it('leaves no trace', async () => {
    await demo.call('apply', { size });
    /** The still life's first frames after some of another scene. */
    const after = async (other: SceneParts): Promise<ImageDataLinear[]> => {
      await draw(other, { steps: 2 });
      await loadScene(demo, stillLife(1));
      await demo.call('step', 2);
      return read();
    };
    const dark = await after(stillLife(0));
    const bright = await after({ ...stillLife(200), shots: [{ eye: [1, 1, 1], target: [0, 1, 0] }] }); // prettier-ignore
    dark.forEach((picture, i) => expect(countDifferent(picture, bright[i]!)).toBe(0));
  });
});

it('reports no error', () => {
  expectNoProblems(demo);
});
