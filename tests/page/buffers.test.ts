import { PlaneGeometry } from 'three';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FrameBuffers } from '../../src/page-api';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open } from './browser';
import { loadScene } from './glb';
import { isFinitePicture, rangeOf, widenImage } from './pictures';
import { checker, stillLife } from './test-scenes';

let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: '96x64', quality: 'quality' });
});

describe('buffers', () => {
  const input = [
    ...['light', 'unshadowed', 'albedo', 'normal', 'motion', 'probe', 'emissive'],
    ...['ao', 'lit', 'mirror', 'bounce'],
  ];
  const guide = ['albedo', 'normal', 'motion', 'emissive'].map((name) => `guide-${name}`);
  let buffers: FrameBuffers;
  const channel = (name: string, index: number): Float32Array =>
    widenImage(buffers.images[name]!).data.filter((_, i) => i % 4 === index);

  beforeAll(async () => {
    await demo.call('seek', 30);
    buffers = await demo.call('buffers');
  });

  it('hold every image at its size, without a number that is none', () => {
    expect(Object.keys(buffers.images).toSorted()).toEqual([...input, ...guide].toSorted());
    for (const [name, image] of Object.entries(buffers.images)) {
      const [width, height] = guide.includes(name) ? [96, 64] : [64, 43];
      expect([image.width, image.height, image.channels]).toEqual([width, height, 4]);
      expect(image.data).toHaveLength(width! * height! * 4);
      expect(isFinitePicture(widenImage(image)), name).toBe(true);
    }
    expect([buffers.inputSize, buffers.outputSize]).toEqual([[64, 43], [96, 64]]); // prettier-ignore
  });

  it('hold what they say: unit normals, depth in metres, shares from 0 to 1', () => {
    const [x, y, z] = [0, 1, 2].map((index) => channel('normal', index));
    x!.forEach((value, i) => expect(Math.hypot(value, y![i]!, z![i]!)).toBeCloseTo(1, 2));
    const depths = channel('motion', 2);
    // The room is 4.2 m wide and 5.3 m deep.
    expect(Math.min(...depths)).toBeGreaterThan(0.1);
    expect(Math.max(...depths)).toBeLessThan(8);
    for (const [name, index] of [
      ['light', 3],
      ['albedo', 3],
      ['normal', 3],
      ['ao', 0],
      ['mirror', 3],
    ] as const) {
      for (const value of channel(name, index)) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1.001);
      }
    }
    expect(new Set(channel('emissive', 3))).toEqual(new Set([1]));
  });

  it('hold rays that change light where they hit, and nowhere else', () => {
    const hit = channel('mirror', 3);
    const [lit, mirror] = [channel('lit', 1), channel('mirror', 1)];
    expect(hit.filter((value) => value > 0.5).length / hit.length).toBeGreaterThan(0.1);
    // Where no ray was sent, the image holds the lit light (half floats).
    hit.forEach((value, i) => value > 0.5 || expect(mirror[i]).toBeCloseTo(lit[i]!, 2));
    const changed = hit.filter((value, i) => value > 0.5 && mirror[i] !== lit[i]).length;
    expect(changed).toBeGreaterThan(0);
  });

  it('hold gathered light that takes the colour of what is near', () => {
    const sum = (name: string, index: number, from: number, to: number): number =>
      channel(name, index)
        .filter((_, i) => (i % 64) / 64 >= from && (i % 64) / 64 < to)
        .reduce((total, value) => total + value);
    /** Red over green of the light in a part of the picture; the material is divided out. */
    const warmth = (from: number, to: number): number =>
      sum('bounce', 0, from, to) / sum('bounce', 1, from, to);
    // The wall on the left is red, the one on the right green.
    expect(warmth(0, 0.2)).toBeGreaterThan(warmth(0.6, 0.8) + 0.05);
    // Gathering moves light, it makes none.
    const level = sum('bounce', 1, 0, 1) / sum('lit', 1, 0, 1);
    expect(level).toBeGreaterThan(0.8);
    expect(level).toBeLessThan(1.25);
  });

  it('come with exposure, ambient, camera and lights', () => {
    const { exposure, flatAmbient, camera, lights, frame, timeS } = buffers;
    expect([frame, timeS]).toEqual([30, 0.5]);
    for (const value of [exposure, ...flatAmbient]) expect(value).toBeGreaterThan(0);
    for (const matrix of Object.values(camera)) {
      expect(matrix).toHaveLength(16);
      expect(matrix.every(Number.isFinite)).toBe(true);
    }
    expect(camera.projectionMatrix).not.toEqual(camera.unjitteredProjectionMatrix);
    expect(camera.projectionMatrix[0]).toBe(camera.unjitteredProjectionMatrix[0]);
    expect(lights.length).toBeGreaterThan(0);
    for (const { type, color, direction, radiusM } of lights) {
      expect(['directional', 'point', 'spot']).toContain(type);
      expect(Math.max(...color)).toBeGreaterThan(0);
      expect(Math.hypot(...direction)).toBeCloseTo(1, 5);
      expect(radiusM).toBeGreaterThan(0);
    }
  });

  it('have lit surfaces around the mean level of 1 after exposure', () => {
    const lit = widenImage(buffers.images['lit']!);
    expect(rangeOf(lit).most).toBeGreaterThan(0.1);
    expect(buffers.exposure).toBeGreaterThan(0.01);
    expect(buffers.exposure).toBeLessThan(100);
  });
});

describe('exportScene', () => {
  it('gives a GLB with a node for each matrix', async () => {
    const { glb, nodes, emissive, environment, deforming } = await demo.call('exportScene');
    const bytes = Buffer.from(glb);
    expect(bytes.subarray(0, 4).toString()).toBe('glTF');
    expect(bytes.readUInt32LE(8)).toBe(bytes.length);
    const json = JSON.parse(bytes.subarray(20, 20 + bytes.readUInt32LE(12)).toString()) as {
      nodes: { name: string; mesh?: number }[];
    };
    const names = json.nodes.filter(({ mesh }) => mesh !== undefined).map(({ name }) => name);
    expect(names.toSorted()).toEqual(Object.keys(nodes).toSorted());
    for (const [name, matrix] of Object.entries(nodes)) {
      expect(name).toMatch(/^mesh-\d+$/);
      expect(matrix).toHaveLength(16);
      expect(matrix.every(Number.isFinite)).toBe(true);
    }
    expect(Object.keys(emissive).every((name) => name in nodes)).toBe(true);
    expect(
      Object.values(emissive)
        .flat()
        .every((value) => value >= 0),
    ).toBe(true);
    expect(Object.keys(emissive).length).toBeGreaterThan(0);
    expect([environment, deforming]).toEqual([null, false]);
  });
});

describe('buffers of a frame with sky', () => {
  it('hold numbers, and nothing but sky in the background', async () => {
    await loadScene(demo, stillLife(), 'sky');
    await demo.call('seek', 0);
    const { images } = await demo.call('buffers');
    for (const [name, image] of Object.entries(images))
      expect(isFinitePicture(widenImage(image)), name).toBe(true);
    const texels = (name: string) => widenImage(images[name]!).data;
    const [emissive, ...others] = ['emissive', 'normal', 'lit', 'mirror', 'bounce'].map(texels);
    // A sign of nothing says nothing.
    const rgb = (texel: Float32Array, i: number) => Array.from(texel.subarray(i, i + 3), Math.abs);
    let sky = 0;
    for (let i = 0; i < emissive!.length; i += 4) {
      if (emissive![i + 3]! > 0.5) continue;
      sky++;
      expect(emissive![i + 2]).toBeGreaterThan(0);
      for (const texel of others) expect(rgb(texel, i)).toEqual([0, 0, 0]);
    }
    expect(sky).toBeGreaterThan(10);
  });
});

it('the guide reads textures a mip level finer than the G-buffer does at the same size', async () => {
  await demo.call('apply', { quality: 'native' });
  // 32 pixels a metre, so squares of a texel are 0.6 pixels wide: the level of detail is 0.74, and below 0 in the guide.
  const squares = { geometry: new PlaneGeometry(4.8, 4.8), texture: checker(256, ['ffffff', '000000']) }; // prettier-ignore
  const distanceM = 1 / Math.tan((25 * Math.PI) / 180);
  await loadScene(demo, {
    parts: [squares],
    lamps: [{ type: 'point', intensity: 5, at: [0, 0, 2] }],
    shots: [{ eye: [0, 0, distanceM], target: [0, 0, 0] }],
    isFiltered: true,
  });
  await demo.call('seek', 0);
  const { images } = await demo.call('buffers');
  const [engine, guide] = ['albedo', 'guide-albedo'].map((name) => {
    const { least, most } = rangeOf(widenImage(images[name]!));
    return most - least;
  });
  // A quarter of the contrast is left at level 0.74, all of it at level 0, less what lies between texels.
  expect(engine).toBeLessThan(0.45);
  expect(guide).toBeGreaterThan(0.65);
});

it('reports no error', () => {
  expectNoProblems(demo);
});
