import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import { viewIds } from '../../src/core/settings';
import { wantsHistory } from '../../src/pipeline/history';
import { launch, type Graphics } from '../../scripts/lib/browser';
import { openDemo, type OpenDemo, type OpenOptions } from '../../scripts/lib/demo';
import { serve, type DemoServer } from '../../scripts/lib/serve';

// One server, and one browser for each kind of graphics, for all tests of a file.
let server: Promise<DemoServer> | undefined;
const browsers = new Map<Graphics, Promise<Browser>>();
const opened = new Set<OpenDemo>();

afterAll(async () => {
  for (const demo of opened) await demo.close();
  for (const browser of browsers.values()) await (await browser).close();
  await (await server)?.close();
});

const { inputs } = JSON.parse(readFileSync('models/relight-m.json', 'utf8')) as {
  inputs: string[];
};

/** Views that show something with the network that ships: one without a memory has no history. */
export const drawnViews = viewIds.filter((id) => id !== 'debug:history' || wantsHistory(inputs));

/**
 * Opens the demo at a small size and waits until it is ready (not with `none`, where there is no demo, only a notice).
 * It is closed after the last test of the file.
 */
export async function open(
  params: Readonly<Record<string, string>> = {},
  {
    graphics = 'webgpu',
    prepare,
    waitUntilReady,
  }: Pick<OpenOptions, 'graphics' | 'prepare' | 'waitUntilReady'> = {},
): Promise<OpenDemo> {
  server ??= serve('dev');
  const browser = browsers.get(graphics) ?? launch({ graphics });
  browsers.set(graphics, browser);
  const demo = await openDemo({
    server: await server,
    browser: await browser,
    graphics,
    ...(prepare && { prepare }),
    ...(waitUntilReady !== undefined && { waitUntilReady }),
    viewport: { width: 960, height: 600 },
    params: { size: '160x96', paused: '1', ...params },
  });
  opened.add(demo);
  return demo;
}

/** Plays `frames` frames on from the current one, then pauses; the page's own loop gets no frame in between. */
export async function play(demo: OpenDemo, frames: number): Promise<void> {
  await demo.page.evaluate(async (count) => {
    await Promise.all([window.demo.apply({ paused: false }), window.demo.step(count)]);
    await window.demo.apply({ paused: true });
  }, frames);
}

/** Texts of the notices that the page shows now. */
export async function noticesOf({ page }: OpenDemo): Promise<string[]> {
  return page.locator('#notices .notice-text').allTextContents();
}

/** Fails with the text of every console error, page error and uncaptured GPU error of the page so far. */
export function expectNoProblems(demo: OpenDemo): void {
  expect(demo.problems).toEqual([]);
}

/** Keeps a picture of the page in tests/page/screenshots/ to look at after a run. */
export async function screenshot(demo: OpenDemo, name: string): Promise<void> {
  const folder = join(import.meta.dirname, 'screenshots');
  mkdirSync(folder, { recursive: true });
  await demo.page.screenshot({ path: join(folder, `${name}.png`) });
}
