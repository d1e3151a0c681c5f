import type { Browser, Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { hideWebGpu, launch, reportGpuErrors } from '../../scripts/lib/browser';
import { serve, type DemoServer } from '../../scripts/lib/serve';

/** The page of this folder, and its console errors, page errors and uncaptured GPU errors so far. */
export interface GpuPage {
  readonly page: Page;
  readonly problems: string[];
}

let server: Promise<DemoServer> | undefined;
let browser: Promise<Browser> | undefined;

afterAll(async () => {
  await (await browser)?.close();
  await (await server)?.close();
});

/** Opens tests/gpu/page.html with WebGPU, or as a browser without it. */
export async function openGpuPage(graphics: 'webgpu' | 'no-webgpu'): Promise<GpuPage> {
  server ??= serve('dev');
  browser ??= launch();
  const page = await (await browser).newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console error: ${message.text()}`);
  });
  if (graphics === 'no-webgpu') await hideWebGpu(page);
  await reportGpuErrors(page);
  await page.goto(`${(await server).url}tests/gpu/page.html`);
  await page.waitForFunction(() => 'kernels' in window, null, { timeout: 120_000 });
  return { page, problems };
}
