import { beforeAll, describe, expect, it } from 'vitest';
import { qualityNames } from '../../src/core/settings';
import type { ImageDataLinear } from '../../src/page-api';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, noticesOf, open, play } from './browser';
import { isFinitePicture, meanDifference, rangeOf } from './pictures';

/** What three itself offers for the same low-resolution frame. */
const peers = ['fsr1', 'taau', 'classic'] as const;
const [width, height] = [160, 96];
let demo: OpenDemo;

beforeAll(async () => {
  const address = { view: 'classic', compare: 'fsr1', scene: 'cornell', backend: 'none' };
  demo = await open({ size: `${width}x${height}`, ...address });
  await demo.call('seek', 30);
});

/** Steps a still scene; waits for the GPU in between, which may take long for each frame. */
async function settle(frames: number): Promise<void> {
  for (let frame = 0; frame < frames; frame++) {
    await demo.call('step', 1);
    await demo.pixels('classic');
  }
}

/** Mean of what `read` says of a picture's pixels. */
function meanOf(
  { data }: ImageDataLinear,
  read: (luminance: number, pixel: number) => number,
): number {
  let sum = 0;
  for (let pixel = 0; pixel < data.length / 4; pixel++) sum += read(data[pixel * 4 + 1]!, pixel);
  return sum / (data.length / 4);
}

/** Mean step from a pixel to the next in its row, lamps cut off. */
const contrast = (picture: ImageDataLinear): number =>
  meanOf(picture, (value, pixel) => {
    const next = picture.data[pixel * 4 + 5] ?? value;
    return Math.abs(Math.min(next, 2) - Math.min(value, 2));
  });

it('the address chooses them', async () => {
  expect(await demo.get('settings')).toMatchObject({ view: 'classic', compareView: 'fsr1' });
  expect(await noticesOf(demo)).toEqual([]);
});

describe('fsr1', () => {
  it('is sharper than bilinear and as bright', async () => {
    const [fsr1, bilinear] = [await demo.pixelsLinear('fsr1'), await demo.pixelsLinear('bilinear')];
    expect(contrast(fsr1)).toBeGreaterThan(1.05 * contrast(bilinear));
    const inside = (value: number): number => Math.min(value, 2);
    expect(meanOf(fsr1, inside) / meanOf(bilinear, inside)).toBeCloseTo(1, 1);
  });

  it('depends on its frame only', async () => {
    const before = await demo.pixelsLinear('fsr1');
    await settle(3);
    await demo.call('seek', 30);
    expect(meanDifference(await demo.pixelsLinear('fsr1'), before)).toBe(0);
  });
});

describe('taau', () => {
  it('settles on the mean of the jittered frames', async () => {
    await demo.call('seek', 30);
    const frames: ImageDataLinear[] = [];
    await demo.pixels('taau');
    for (let frame = 0; frame < 32; frame++) {
      await demo.call('step', 1);
      // Read in 8 bits, where no lamp outweighs the rest.
      const { data } = await demo.pixels('bilinear');
      frames.push({ width, height, data: Float32Array.from(data) });
    }
    const mean = {
      ...frames[0]!,
      data: frames[0]!.data.map((_, i) => frames.reduce((sum, { data }) => sum + data[i]!, 0) / 32),
    };
    const taau = await demo.pixels('taau');
    const distances = frames.map((frame) => meanDifference(frame, mean));
    // A picture that is shifted or mirrored, or one that keeps old frames, is farther away than each single frame.
    expect(meanDifference(taau, mean)).toBeLessThan(Math.min(...distances));
    for (const frame of frames) expect(meanDifference(taau, frame)).toBeGreaterThan(0.1);
  });
});

describe('classic', () => {
  it('darkens what is occluded, in its place', async () => {
    await demo.call('seek', 30);
    await demo.pixels('taau');
    await settle(8);
    const [classic, taau] = [await demo.pixelsLinear('classic'), await demo.pixelsLinear('taau')];
    const occlusion = await demo.pixelsLinear('debug:ao');
    /** Mean ratio of the two where our own, independent occlusion is within the range. */
    const ratio = (least: number, most: number): number => {
      let [sum, count] = [0, 0];
      meanOf(classic, (value, pixel) => {
        const open = occlusion.data[pixel * 4] ?? NaN;
        if (open < least || open > most) return 0;
        sum += value / Math.max(taau.data[pixel * 4 + 1]!, 1e-3);
        count++;
        return 0;
      });
      expect(count).toBeGreaterThan(100);
      return sum / count;
    };
    const [hidden, open] = [ratio(0, 0.7), ratio(0.95, 1)];
    expect(hidden).toBeLessThan(open - 0.05);
    expect(open).toBeGreaterThan(0.6);
    expect(open).toBeLessThan(1.3);
  });

  it('bounces light: the wall between the red one and the box turns redder', async () => {
    const redness = ({ data }: ImageDataLinear): number => {
      let [red, green] = [0, 0];
      for (let y = Math.round(0.45 * height); y < 0.7 * height; y++) {
        for (let x = Math.round(0.16 * width); x < 0.25 * width; x++) {
          red += data[(y * width + x) * 4]!;
          green += data[(y * width + x) * 4 + 1]!;
        }
      }
      return red / green;
    };
    const [classic, taau] = [await demo.pixelsLinear('classic'), await demo.pixelsLinear('taau')];
    expect(redness(classic)).toBeGreaterThan(1.05 * redness(taau));
  });
});

describe('each of them', () => {
  const expectAllDraw = async (): Promise<void> => {
    const { outputSize } = await demo.get('stats');
    const bilinear = await demo.pixels('bilinear');
    for (const view of peers) {
      const linear = await demo.pixelsLinear(view);
      expect([linear.width, linear.height], view).toEqual(outputSize);
      expect(isFinitePicture(linear), view).toBe(true);
      const picture = await demo.pixels(view);
      expect(rangeOf(picture).most - rangeOf(picture).least, view).toBeGreaterThan(40);
      const difference = meanDifference(picture, bilinear);
      expect(difference, view).toBeGreaterThan(0.25);
      // Misplaced or out of scale it would be another picture.
      expect(difference, view).toBeLessThan(25);
    }
  };

  it.each(qualityNames)(
    'draws in %s mode, at odd sizes, while the scene plays',
    async (quality) => {
      await demo.call('apply', { quality, size: { widthPx: 101, heightPx: 67 } });
      await demo.call('seek', 20);
      await expectAllDraw();
      await play(demo, 3);
      await expectAllDraw();
    },
  );

  it('follows a change of size and of scene', async () => {
    await demo.call('apply', { quality: 'performance', size: { widthPx: 128, heightPx: 72 } });
    await demo.call('step', 1);
    await expectAllDraw();
    await demo.call('apply', { scene: 'atrium' });
    await demo.call('step', 2);
    await expectAllDraw();
  });

  it('can share the canvas with another view', async () => {
    for (const view of peers) {
      await demo.call('apply', { view, compareView: 'raw', splitPosition: 0.5 });
      await demo.call('step', 1);
      expect((await demo.get('settings')).view).toBe(view);
    }
  });
});

it('reports no error', () => {
  expectNoProblems(demo);
});
