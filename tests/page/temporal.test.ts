import { beforeAll, describe, expect, it } from 'vitest';
import type { ViewId } from '../../src/core/settings';
import type { ImageData8, ImageDataLinear } from '../../src/page-api';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open, play } from './browser';
import { countDifferent, meanDifference, widenImage } from './pictures';

const views = [
  'ai',
  'resolve',
  'debug:raw-resolved',
  'taau',
  'classic',
] as const satisfies readonly ViewId[];
let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: '96x64', scene: 'cornell' });
});

async function pictures(): Promise<ImageDataLinear[]> {
  const read: ImageDataLinear[] = [];
  for (const view of views) read.push(await demo.pixelsLinear(view));
  return read;
}

describe('seek', () => {
  it('gives the same frame again, bit for bit, whatever was drawn between', async () => {
    await demo.call('seek', 30);
    const first = await pictures();
    const inputs = await demo.call('networkInput');
    await demo.call('seek', 60);
    const other = await pictures();
    await play(demo, 2);
    await demo.call('seek', 30);
    const again = await pictures();
    expect((await demo.call('networkInput')).data).toEqual(inputs.data);
    views.forEach((_, i) => {
      expect(countDifferent(again[i]!, first[i]!)).toBe(0);
      expect(meanDifference(other[i]!, first[i]!)).toBeGreaterThan(0.01);
    });
  });

  it('sets the clock', async () => {
    const { frame, timeS, durationS } = await demo.get('stats');
    expect([frame, timeS]).toEqual([30, 0.5]);
    expect(durationS).toBe(10);
    expect((await demo.get('settings')).frame).toBe(30);
  });

  it('is followed by the same frames', async () => {
    const run = async (): Promise<ImageDataLinear[]> => {
      await demo.call('seek', 30);
      await pictures();
      await play(demo, 3);
      return pictures();
    };
    const [first, second] = [await run(), await run()];
    views.forEach((_, i) => expect(countDifferent(second[i]!, first[i]!)).toBe(0));
  });
});

describe('a still camera', () => {
  const early = new Map<ViewId, ImageData8[]>();
  const late = new Map<ViewId, ImageData8[]>();

  async function watch(seen: Map<ViewId, ImageData8[]>, count: number): Promise<void> {
    for (let frame = 0; frame < count; frame++) {
      for (const view of views) {
        seen.set(view, [...(seen.get(view) ?? []), await demo.pixels(view)]);
      }
      await demo.call('step', 1);
    }
  }

  beforeAll(async () => {
    // The smaller the picture, the more of it is edges that every jittered frame sees differently.
    await demo.call('apply', { size: { widthPx: 320, heightPx: 180 } });
    await demo.call('seek', 30);
    await watch(early, 4);
    await demo.call('step', 12);
    await watch(late, 4);
  });

  /** Mean difference of successive frames, in steps of 8 bits. */
  function unrest(frames: readonly ImageData8[] = []): number {
    const steps = frames.slice(1).map((frame, i) => meanDifference(frame, frames[i]!));
    return steps.reduce((sum, step) => sum + step, 0) / steps.length;
  }

  it.each(views)('%s settles down', (view) => {
    const [first, last] = [unrest(early.get(view)), unrest(late.get(view))];
    expect(first).toBeGreaterThan(0);
    expect(last).toBeLessThan(first / 3);
    // Each frame goes on to weigh 1/16, and clipping to the neighbourhood lets edges follow it a little more.
    expect(last).toBeLessThan(0.5);
  });

  it('stays where it is', async () => {
    expect((await demo.get('stats')).frame).toBe(30);
  });

  it('starts over after a seek: nothing of the settled picture is left', async () => {
    const settled = await demo.pixels('ai');
    await demo.call('seek', 30);
    const fresh = await demo.pixels('ai');
    expect(countDifferent(fresh, early.get('ai')![0]!)).toBe(0);
    expect(countDifferent(fresh, settled)).toBeGreaterThan(0);
  });
});

describe('time', () => {
  it('moves the picture while it plays, and the frame counter with it', async () => {
    await demo.call('apply', { size: { widthPx: 96, heightPx: 64 } });
    await demo.call('seek', 60);
    await demo.call('step', 8);
    const still = await demo.pixels('ai');
    await demo.call('step', 1);
    const unmoved = meanDifference(await demo.pixels('ai'), still);
    await play(demo, 6);
    const moved = meanDifference(await demo.pixels('ai'), still);
    expect(moved).toBeGreaterThan(2 * unmoved);
    expect((await demo.get('stats')).frame).toBe(66);
  });

  it('shows motion vectors only while it plays', async () => {
    const motion = async (): Promise<number> => {
      const { images } = await demo.call('buffers');
      const { data } = widenImage(images['motion']!);
      return data.filter((_, i) => i % 4 < 2).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    };
    // In output pixels. A still point is projected twice, with the rounding of float32.
    const still = 0.01;
    await demo.call('seek', 90);
    expect(await motion()).toBeLessThan(still);
    await play(demo, 1);
    expect(await motion()).toBeGreaterThan(10 * still);
    await demo.call('step', 1);
    expect(await motion()).toBeLessThan(still);
  });

  it('starts over at the end of the loop', async () => {
    const { durationS } = await demo.get('stats');
    await demo.call('seek', 30);
    const first = await demo.pixels('raw');
    // Eight loops of 600 frames are also 150 rounds of the jitter, which goes on counting.
    await demo.call('seek', 30 + 8 * durationS * 60);
    expect(countDifferent(await demo.pixels('raw'), first)).toBe(0);
  });
});

it('reports no error', () => {
  expectNoProblems(demo);
});
