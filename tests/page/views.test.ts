import { beforeAll, describe, expect, it } from 'vitest';
import { bufferNames, pictureViews } from '../../src/core/settings';
import type { ViewId } from '../../src/core/settings';
import type { ImageData8, ImageDataLinear } from '../../src/page-api';
import type { OpenDemo } from '../../scripts/lib/demo';
import { drawnViews, expectNoProblems, open, play, screenshot } from './browser';
import { countDifferent, isFinitePicture, meanDifference, rangeOf } from './pictures';

const [width, height] = [96, 64];
let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: `${width}x${height}`, scene: 'cornell' });
  await demo.call('seek', 30);
});

describe('a frame of which little is shown', () => {
  it('is the same as one of which everything is', async () => {
    const alone = await open({ size: `${width}x${height}`, scene: 'atrium', view: 'raw' });
    await alone.call('seek', 40);
    // Drawn without probe light, which comes when the third asks.
    const views = ['raw', 'taau', 'resolve', 'debug:lit', 'ai'] as const;
    const early = [];
    for (const view of views) early.push(await alone.pixels(view));
    await alone.call('seek', 40);
    for (const [i, view] of views.entries())
      expect(countDifferent(early[i]!, await alone.pixels(view)), view).toBe(0);
    expectNoProblems(alone);
  });
});

describe('every view', () => {
  const shown = new Map<ViewId, ImageData8>();

  beforeAll(async () => {
    for (const id of drawnViews) await demo.pixels(id);
    // Motion shows while something moves, and history while frames follow each other.
    await play(demo, 2);
  });

  it.each(drawnViews)('%s draws', async (id) => {
    const linear = await demo.pixelsLinear(id);
    expect([linear.width, linear.height]).toEqual([width, height]);
    expect(linear.data).toHaveLength(width * height * 4);
    expect(isFinitePicture(linear)).toBe(true);
    expect(rangeOf(linear).least).toBeGreaterThanOrEqual(0);
    // The slowest of them is motion: 0.002 stand for 0.06 pixels.
    expect(rangeOf(linear).most - rangeOf(linear).least).toBeGreaterThan(0.002);
    shown.set(id, await demo.pixels(id));
  });

  it('differs from each other one', () => {
    const alike: string[] = [];
    for (const [a, first] of shown) {
      for (const [b, second] of shown) {
        if (a < b && !(meanDifference(first, second) > 0.25)) alike.push(`${a} = ${b}`);
      }
    }
    expect(shown.size).toBe(drawnViews.length);
    expect(alike).toEqual([]);
  });

  it('is display-referred as it is for buffers, graded for pictures', async () => {
    for (const name of bufferNames.filter(
      (each) => each !== 'raw-resolved' && shown.has(`debug:${each}`),
    )) {
      const linear = await demo.pixelsLinear(`debug:${name}`);
      const picture = shown.get(`debug:${name}`)!;
      const scaled = { ...linear, data: linear.data.map((value) => value * 255) };
      // Half floats near 1 and rounding to 8 bits.
      expect(meanDifference(scaled, picture)).toBeLessThan(0.5);
    }
    for (const id of pictureViews) {
      const linear = await demo.pixelsLinear(id);
      const scaled = { ...linear, data: linear.data.map((value) => value * 255) };
      expect(meanDifference(scaled, shown.get(id)!)).toBeGreaterThan(1);
    }
  });

  it('raw shows low-resolution pixels as they are, bilinear smooths the same ones', async () => {
    /** Number of low-resolution pixels that are not of one colour. */
    const mixed = (picture: ImageData8): number => {
      const block = (x: number, y: number): string =>
        picture.data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3).join();
      let broken = 0;
      for (let y = 0; y < height; y += 2) {
        for (let x = 0; x < width; x += 2) {
          const corner = block(x, y);
          const others = [block(x + 1, y), block(x, y + 1), block(x + 1, y + 1)];
          if (others.some((other) => other !== corner)) broken++;
        }
      }
      return broken;
    };
    const [raw, bilinear] = [shown.get('raw')!, shown.get('bilinear')!];
    expect(mixed(raw)).toBe(0);
    expect(mixed(bilinear)).toBeGreaterThan((width * height) / 8);
    // Smoothing keeps the mean of the radiance, but for the edge of the picture.
    const means = [await demo.pixelsLinear('raw'), await demo.pixelsLinear('bilinear')].map(
      (linear) => rangeOf(linear).mean,
    );
    expect((means[0] ?? NaN) / (means[1] ?? NaN)).toBeCloseTo(1, 1);
  });
});

describe('the canvas', () => {
  /** What the visitor sees, read from the canvas itself. */
  async function onCanvas(): Promise<ImageData8> {
    const data = await demo.page.evaluate(async () => {
      await window.demo.step(1);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const picture = document.querySelector<HTMLCanvasElement>('#picture')!;
      const copy = new OffscreenCanvas(picture.width, picture.height).getContext('2d')!;
      copy.drawImage(picture, 0, 0);
      return [...copy.getImageData(0, 0, picture.width, picture.height).data];
    });
    return { width, height, data: Uint8Array.from(data) };
  }

  it('shows the view that the settings name', async () => {
    await demo.call('apply', { view: 'raw' });
    expect(meanDifference(await onCanvas(), await demo.pixels('raw'))).toBeLessThan(0.01);
    await demo.call('apply', { view: 'ai' });
    expect(meanDifference(await onCanvas(), await demo.pixels('ai'))).toBeLessThan(0.01);
    await screenshot(demo, 'ai');
  });

  it('shows two views left and right of the split', async () => {
    await demo.call('apply', { view: 'ai', compareView: 'raw', splitPosition: 0.25 });
    const picture = await onCanvas();
    await screenshot(demo, 'split');
    const [raw, ai] = [await demo.pixels('raw'), await demo.pixels('ai')];
    const composed = Uint8Array.from(picture.data, (_, index) => {
      const left = ((index >> 2) % width) + 0.5 < 0.25 * width;
      return (left ? raw : ai).data[index] ?? NaN;
    });
    expect(meanDifference(picture, { width, height, data: composed })).toBeLessThan(0.01);
    await demo.call('apply', { compareView: 'off' });
  });
});

describe('intensity', () => {
  const pair = async (): Promise<[ImageDataLinear, ImageDataLinear]> => [
    await demo.pixelsLinear('ai'),
    await demo.pixelsLinear('debug:raw-resolved'),
  ];

  it('0 gives the raw lighting through the same resolve, exactly, also with history', async () => {
    await demo.call('apply', { intensity: 0 });
    await demo.call('seek', 40);
    expect(countDifferent(...(await pair()))).toBe(0);
    await play(demo, 3);
    expect(countDifferent(...(await pair()))).toBe(0);
    await demo.call('step', 2);
    expect(countDifferent(...(await pair()))).toBe(0);
  });

  it('moves the picture away from raw as it grows', async () => {
    const distances: number[] = [];
    for (const intensity of [0.5, 1]) {
      await demo.call('apply', { intensity });
      await demo.call('seek', 40);
      distances.push(meanDifference(...(await pair())));
    }
    const [half = NaN, whole = NaN] = distances;
    expect(half).toBeGreaterThan(0.001);
    expect(whole).toBeGreaterThan(half);
  });
});

describe('exposure', () => {
  it('changes the display, not the radiance', async () => {
    const [before, linear] = [await demo.pixels('ai'), await demo.pixelsLinear('ai')];
    await demo.call('apply', { exposure: 2 });
    expect(rangeOf(await demo.pixels('ai')).mean).toBeGreaterThan(rangeOf(before).mean + 5);
    expect(countDifferent(await demo.pixelsLinear('ai'), linear)).toBe(0);
    await demo.call('apply', { exposure: 1 });
    expect(countDifferent(await demo.pixels('ai'), before)).toBe(0);
  });
});

it('reports no error', () => {
  expectNoProblems(demo);
});
