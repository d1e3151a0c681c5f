import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/core/settings';
import type { ViewId } from '../../src/core/settings';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, noticesOf, open } from './browser';
import { countDifferent, meanDifference, rangeOf } from './pictures';

let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: '96x64', quality: 'quality', seed: '7', frame: '12', compare: 'raw' });
});

describe('a fresh page', () => {
  it('has the defaults but for what the address says', async () => {
    expect(await demo.get('settings')).toEqual({
      ...defaultSettings('cpu'),
      size: { widthPx: 96, heightPx: 64 },
      quality: 'quality',
      seed: 7,
      frame: 12,
      compareView: 'raw',
      paused: true,
    });
    expect(await noticesOf(demo)).toEqual([]);
  });

  it('runs the network on the CPU of a software adapter', async () => {
    const stats = await demo.get('stats');
    expect(stats).toMatchObject({ backend: 'wasm', model: 'm', ai: 'running', frame: 12 });
    expect(stats.adapter).toMatch(/swiftshader/i);
  });

  it('is isolated, so that the network gets threads', async () => {
    expect(await demo.page.evaluate(() => crossOriginIsolated)).toBe(true);
  });
});

describe('the first frame', () => {
  it.each(['cornell', 'workcell'])(
    'of %s is what a seek to it draws, by the network too',
    async (scene) => {
      const prepare = (page: Page) => page.addInitScript(hideFromItself);
      const fresh = await open({ size: '96x64', scene }, { prepare });
      // The page draws no frames on its own while it is hidden, so this is the one that it started with.
      const marks = () => performance.getEntriesByName('first AI picture').length;
      expect(await fresh.page.evaluate(marks)).toBe(1);
      const views: readonly ViewId[] = ['ai', 'raw', 'debug:lit', 'resolve'];
      const first = [];
      for (const view of views) first.push(await fresh.pixels(view));
      await fresh.call('seek', 0);
      for (const [i, view] of views.entries()) {
        // Rounding may differ where shaders have just been compiled.
        expect(meanDifference(await fresh.pixels(view), first[i]!), view).toBeLessThan(0.02);
      }
      expectNoProblems(fresh);
    },
  );
});

/** Runs in the page. */
function hideFromItself(): void {
  Object.defineProperty(document, 'hidden', { get: () => true });
}

describe('stats', () => {
  it('describe the last frame', async () => {
    await demo.call('seek', 30);
    const stats = await demo.get('stats');
    expect(stats).toMatchObject({
      frame: 30,
      timeS: 0.5,
      durationS: 10,
      inputSize: [64, 43],
      outputSize: [96, 64],
    });
    const { inference, frameMs, inputsMs, viewsMs, fps } = stats;
    for (const ms of [frameMs, inputsMs, viewsMs, fps]) expect(ms).toBeGreaterThanOrEqual(0);
    const parts = ['copyMs', 'networkGpuMs', 'networkMs', 'packMs', 'unpackMs'];
    expect(Object.keys(inference).toSorted()).toEqual(parts);
    expect(inference.networkMs).toBeGreaterThan(0);
    expect(frameMs).toBeGreaterThanOrEqual(inference.networkMs);
  });
});

describe('benchmark', () => {
  it('times frames and says on what', async () => {
    const result = await demo.call('benchmark', { frames: 5, warmUp: 1 });
    expect(result).toMatchObject({
      scene: 'cornell',
      view: 'ai',
      quality: 'quality',
      backend: 'wasm',
      model: 'm',
      inputSize: [64, 43],
      outputSize: [96, 64],
      frames: 5,
    });
    const sorted = result.frameMs.toSorted((a, b) => a - b);
    expect(sorted).toHaveLength(5);
    expect(sorted[0]).toBeGreaterThan(0);
    expect(result.medianMs).toBe(sorted[2]);
    expect(result.p95Ms).toBe(sorted[4]);
    expect(result.vsync?.count).toBe(5);
    expect(Object.keys(result.stages)).toEqual(
      expect.arrayContaining(['GBuffer', 'Guide', 'Network', 'Resolve', 'Present']),
    );
  });

  it('counts the tasks that keep input waiting', async () => {
    const longTasks = await demo.page.evaluate(async () => {
      const block = (): void => {
        const end = performance.now() + 60;
        while (performance.now() < end);
      };
      const blocks = setInterval(block, 1);
      const result = await window.demo.benchmark({ frames: 3, warmUp: 0, vsync: false });
      clearInterval(blocks);
      return result.longTasks;
    });
    expect(longTasks?.count).toBeGreaterThan(0);
    expect(longTasks?.longestMs).toBeGreaterThanOrEqual(50);
  });

  it('measures each combination that differs, and puts the settings back', async () => {
    const before = await demo.get('settings');
    const options = { frames: 1, warmUp: 0, vsync: false } as const;
    const { cells, failed, environment } = await demo.call('benchmark', {
      ...options,
      views: ['raw', 'ai'],
      qualities: ['performance', 'ultra-performance'],
      backends: ['wasm', 'none'],
    });
    const names = cells.map(({ view, quality, inputSize }) => `${view} ${quality} ${inputSize[0]}`);
    const both = (view: string) => [`${view} performance 48`, `${view} ultra-performance 32`];
    expect(names.toSorted()).toEqual([...both('ai'), ...both('raw')]);
    // Without a network the AI view would be another one: it is not timed under that name.
    expect(failed.map(({ view, backend, error }) => [view, backend, error])).toEqual(
      Array.from({ length: 2 }, () => ['ai', 'none', 'the network is off']),
    );
    expect(environment.flags.map(({ kind }) => kind)).toContain('software-adapter');
    expect(environment.contract?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await demo.get('settings')).toEqual({ ...before, frame: Math.round(before.frame) });
  });
});

describe('calls', () => {
  it('wait for each other, in order', async () => {
    const frames = await demo.page.evaluate(async () => {
      const seen: number[] = [];
      const note = () => seen.push(window.demo.stats.frame);
      const { demo: api } = window;
      await Promise.all([
        api.seek(20).then(note),
        api.pixels('raw').then(note),
        api.seek(40).then(note),
      ]);
      return seen;
    });
    expect(frames).toEqual([20, 20, 40]);
  });

  it('take the frame from the settings, too', async () => {
    await demo.call('apply', { frame: 60 });
    await demo.call('step', 1);
    expect((await demo.get('stats')).frame).toBe(60);
  });

  it('read the same frame twice alike', async () => {
    const [first, second] = [await demo.pixels('ai'), await demo.pixels('ai')];
    expect(countDifferent(first, second)).toBe(0);
  });

  it('refuse an unknown view by name, and draw on', async () => {
    await expect(demo.pixels('neural' as ViewId)).rejects.toThrow('neural');
    await demo.call('step', 1);
    expect(rangeOf(await demo.pixels('raw')).most).toBeGreaterThan(40);
  });

  it.each([NaN, -1, Infinity])('refuse to seek to %d', async (frame) => {
    const refused = demo.page.evaluate((text) => window.demo.seek(Number(text)), String(frame));
    await expect(refused).rejects.toThrow(`seek: ${frame}`);
  });
});

it('reports no error', () => {
  expectNoProblems(demo);
});
