import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open, screenshot } from './browser';

/** Files whose requests are answered only once they are let go. */
class Held {
  private readonly released: Promise<void>;
  release!: () => void;

  constructor() {
    this.released = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  async hold(page: Page, files: string): Promise<void> {
    await page.route(files, async (route) => {
      await this.released;
      await route.continue();
    });
  }
}

/** Of a slow machine. */
const patience = { timeout: 60_000 } as const;

/** How far the scene's clock is, in frames. */
const clock = async (demo: OpenDemo): Promise<number> => (await demo.get('stats')).frame;

/** The name on the picture. */
const label = ({ page }: OpenDemo): Promise<string | null> =>
  page.locator('.split-label-right').textContent();

/** Fails unless the scene goes on, by more frames than may have been on their way. */
async function expectPlays(demo: OpenDemo): Promise<void> {
  const now = await clock(demo);
  await expect.poll(() => clock(demo), patience).toBeGreaterThan(now + 5);
}

let demo: OpenDemo;
const [network, runtime, next] = [new Held(), new Held(), new Held()];

beforeAll(async () => {
  demo = await open(
    { scene: 'cornell', size: '96x64', view: 'ai', paused: '0' },
    {
      waitUntilReady: false,
      prepare: async (page) => {
        await network.hold(page, '**/models/relight-m.onnx*');
        await runtime.hold(page, '**/*threaded.wasm');
        await next.hold(page, '**/models/relight-s.onnx*');
      },
    },
  );
  await demo.page.waitForFunction(
    () => performance.getEntriesByName('first raw picture').length > 0,
    null,
    { timeout: 120_000 },
  );
});

describe('while files are on their way', () => {
  it('the scene goes on, and the page says what it waits for', async () => {
    await expectPlays(demo);
    expect((await demo.get('stats')).ai).toBe('loading');
    const overlay = demo.page.locator('.progress-phase');
    await expect.poll(() => overlay.textContent(), patience).toBe('Loading the network');
    // What is seen, not what is asked for.
    expect(await label(demo)).toBe('Raw');
    await screenshot(demo, 'loading');
  });

  it('the runtime counts as well as the network', async () => {
    network.release();
    const amount = demo.page.locator('.progress-bytes');
    await expect.poll(() => amount.textContent(), patience).toMatch(/^0\.7 MB/);
    await expectPlays(demo);
    expect((await demo.get('stats')).ai).toBe('loading');
  });

  it('the network starts once all are there', async () => {
    runtime.release();
    await demo.page.evaluate(() => window.demo.ready);
    expect(await demo.get('stats')).toMatchObject({ ai: 'running', model: 'm' });
    expect(await label(demo)).toBe('AI relit');
    await expectPlays(demo);
  });
});

describe('while another network is on its way', () => {
  it('the one that is there goes on', async () => {
    await demo.page.evaluate(() => void window.demo.apply({ model: 's' }));
    await expect.poll(async () => (await demo.get('stats')).ai, patience).toBe('loading');
    await expectPlays(demo);
    expect(await demo.get('stats')).toMatchObject({ ai: 'loading', model: 'm' });
    expect(await label(demo)).toBe('AI relit');
  });

  it('calls wait for it', async () => {
    const pixels = demo.pixels('ai');
    next.release();
    expect((await pixels).width).toBe(96);
    expect(await demo.get('stats')).toMatchObject({ ai: 'running', model: 's' });
  });

  it('no error is reported', () => {
    expectNoProblems(demo);
  });
});
