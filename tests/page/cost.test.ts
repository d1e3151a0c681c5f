import { beforeAll, describe, expect, it } from 'vitest';
import type { OpenDemo } from '../../scripts/lib/demo';
import {
  costLimits,
  countEverything,
  countFrames,
  createdPerFrame,
  heapGrowth,
  passesPerFrame,
  weigh,
  type BackendCost,
} from '../../scripts/lib/gpu-cost';
import { bytesPerPixel, measureTraffic } from '../../scripts/lib/bench-traffic';
import { expectNoProblems, open, play } from './browser';

/** Few enough to take half a minute on two cores; it is repeated until the heap has settled. */
const HEAP_FRAMES = 60;
/** Packed images and their read-back: 16,384 pixels of a strip with 8 images of 8 bytes, twice. */
const STRIP_BYTES = 16384 * 8 * 8 * 2;

let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: '96x64', scene: 'cornell', view: 'ai' }, { prepare: countEverything });
});

describe.each(['wasm', 'webgpu'] as const)('a warm frame on %s', (backend) => {
  let cost: BackendCost;

  beforeAll(async () => {
    cost = await countFrames(demo, backend);
  });

  it('creates no buffer, texture or pipeline, by anyone', () => {
    const kept = Object.keys(cost.created).filter((key) => !key.startsWith('bindGroups ort'));
    expect(kept).toEqual([]);
    expect(createdPerFrame(cost)).toBe(costLimits.createdPerFrame);
  });

  it('makes no bind group but those of ONNX Runtime', () => {
    const { ours, three } = cost.calls.bindGroups;
    expect([ours, three]).toEqual([0, 0]);
  });

  it('keeps to the limit of passes', () => {
    const { renderPasses, computePasses } = cost.calls;
    const named = Object.values(cost.passes).reduce((sum, count) => sum + count, 0);
    // Each face of the lamp's cube map is cleared in a pass that three does not report.
    expect(renderPasses.three + computePasses.three - named).toBe(6);
    expect(passesPerFrame(cost)).toBeLessThanOrEqual(costLimits.passesPerFrame);
  });

  it('draws each shadow map once', () => {
    // Six faces of the lamp and the one of the panel, although the probes are drawn by cameras of their own.
    expect(cost.passes['Shadows']).toBe(7);
    expect(cost.passes['Probes']).toBeGreaterThan(0);
  });
});

it('draws no shadow map and asks no probe while nothing moves', async () => {
  await demo.call('apply', { backend: 'wasm', paused: true });
  await demo.call('step', 2);
  const { passes } = await demo.get('stats');
  expect(passes['GBuffer']).toBe(1);
  expect(passes['Shadows'] ?? 0).toBe(0);
  expect(passes['Probes']).toBeGreaterThan(0);
  // A round of cornell's 168 probes, and the bounces after it.
  await demo.call('step', Math.ceil(168 / 32) + 32);
  expect((await demo.get('stats')).passes['Probes'] ?? 0).toBe(0);
  await play(demo, 1);
  expect((await demo.get('stats')).passes['Probes']).toBe(3);
  await demo.call('apply', { paused: false });
});

it.each(['webgpu', 'wasm'] as const)('moves few bytes per output pixel on %s', async (backend) => {
  const traffic = await measureTraffic(demo, backend);
  const of = (name: string) => traffic.passes.find(({ label }) => label.includes(name));
  // Shadow maps and probes do not follow the size of the picture.
  expect(of('Shadow')).toBeUndefined();
  expect(bytesPerPixel(traffic)).toBeGreaterThan(100);
  expect(bytesPerPixel(traffic)).toBeLessThanOrEqual(costLimits.bytesPerOutputPixel[backend]!);
});

it('costs few multiply-adds per output pixel', async () => {
  await demo.call('apply', { backend: 'wasm', size: { widthPx: 320, heightPx: 180 } });
  const { macsPerOutputPixel } = await demo.call('benchmark', {
    frames: 1,
    warmUp: 0,
    vsync: false,
  });
  expect(macsPerOutputPixel).toBeGreaterThan(100);
  expect(macsPerOutputPixel).toBeLessThanOrEqual(costLimits.macsPerOutputPixel);
});

it('holds little memory at 1080p on the CPU path', async () => {
  await demo.call('apply', { backend: 'wasm' });
  // A ninth of the pixels, which would take long: all but the strips grows with them.
  const { oursBytes } = await weigh(demo, { widthPx: 640, heightPx: 360 });
  const atFull = (oursBytes - STRIP_BYTES) * 9 + STRIP_BYTES;
  expect(atFull).toBeGreaterThan(100e6);
  expect(atFull).toBeLessThanOrEqual(costLimits.oursAt1080pBytes);
});

it('does not let the JS heap grow', async () => {
  await demo.call('apply', { size: { widthPx: 32, heightPx: 32 } });
  const { bytesPerFrame } = await heapGrowth(demo, HEAP_FRAMES);
  expect(bytesPerFrame).toBeLessThanOrEqual(costLimits.heapBytesPerFrame);
}, 600_000);

it('reports no error', () => {
  expectNoProblems(demo);
});
