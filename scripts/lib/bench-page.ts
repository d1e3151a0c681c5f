import type { Browser, Page } from 'playwright-core';
import { launch, reportGpuErrors } from './browser';
import type { DemoServer } from './serve';

/** How to open the page. */
export interface BenchPageOptions {
  /** A dev server: a build leaves the page out. */
  readonly server: DemoServer;
  readonly hardware?: boolean;
  readonly headed?: boolean;
  /** Use this browser and leave it running afterwards. */
  readonly browser?: Browser;
}

/** The page that measures what is not the demo: peers and plain loops. */
export interface BenchPage {
  readonly page: Page;
  /** Opens it again, with fresh modules: ONNX Runtime keeps its first number of threads. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Opens `scripts/bench-page/index.html`; its functions are in `window.benchPage`. */
export async function openBenchPage(options: BenchPageOptions): Promise<BenchPage> {
  const browser = options.browser ?? (await launch(options));
  const page = await browser.newPage();
  const close = async (): Promise<void> => {
    await page.close().catch(() => {});
    if (!options.browser) await browser.close().catch(() => {});
  };
  const reload = async (): Promise<void> => {
    await page.goto(`${options.server.url}scripts/bench-page/index.html`);
    await page.waitForFunction(() => 'benchPage' in window, null, { timeout: 60_000 });
  };
  try {
    await reportGpuErrors(page);
    page.setDefaultTimeout(0);
    await reload();
    return { page, reload, close };
  } catch (error) {
    await close();
    throw error;
  }
}
