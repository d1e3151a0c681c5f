import type { Browser, Page } from 'playwright-core';
import { hideWebGpu, launch, reportGpuErrors, type LaunchOptions } from './browser';
import { callInPage, reviveBytes } from './page-call';
import { serve, type DemoServer, type ServeMode } from './serve';
import type { ViewId } from '../../src/core/settings';
import type { DemoApi, ImageData8, ImageDataLinear } from '../../src/page-api';

type AnyFunction = (...args: never[]) => unknown;
/** Methods of `window.demo` that a script can call; `pixels` has overloads and so methods of its own below. */
type DemoMethod = Exclude<
  { [K in keyof DemoApi]: DemoApi[K] extends AnyFunction ? K : never }[keyof DemoApi],
  'pixels'
>;
type Call<K extends DemoMethod> = Extract<DemoApi[K], AnyFunction>;

/** How to open the demo. */
export interface OpenOptions extends LaunchOptions {
  /** Page address parameters, for example `{ scene: 'cornell', paused: '1' }`. */
  readonly params?: Readonly<Record<string, string>>;
  readonly mode?: ServeMode;
  /** Use this server and leave it running afterwards. */
  readonly server?: DemoServer;
  /** Use this browser and leave it running afterwards. */
  readonly browser?: Browser;
  /** False for a page that only shows why it cannot draw, and has no `window.demo`; default: not for `none`. */
  readonly waitUntilReady?: boolean;
  /** Runs before the page is opened. */
  readonly prepare?: (page: Page) => Promise<unknown>;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** For the page to be ready and for each call. */
  readonly timeoutMs?: number;
}

/** The demo in a browser page, past `window.demo.ready`. */
export interface OpenDemo {
  readonly page: Page;
  readonly server: DemoServer;
  /** Console errors, page errors and uncaptured GPU errors so far; empty when all is well. */
  readonly problems: string[];
  /** Calls a method of `window.demo`; typed arrays in its result arrive as typed arrays. */
  call<K extends DemoMethod>(
    method: K,
    ...args: Parameters<Call<K>>
  ): Promise<Awaited<ReturnType<Call<K>>>>;
  /** A property of `window.demo` as it is now. */
  get<K extends 'settings' | 'stats'>(name: K): Promise<DemoApi[K]>;
  /** A view of the current frame as it is shown, 8-bit sRGB. */
  pixels(view: ViewId): Promise<ImageData8>;
  /** A view of the current frame as linear radiance. */
  pixelsLinear(view: ViewId): Promise<ImageDataLinear>;
  close(): Promise<void>;
}

/** Opens the demo and waits until it is ready, if it can be. */
export async function openDemo(options: OpenOptions = {}): Promise<OpenDemo> {
  const { params = {}, mode = 'dev', timeoutMs = 180_000 } = options;
  const server = options.server ?? (await serve(mode));
  const browser = options.browser ?? (await launch(options));
  const context = await browser.newContext({ viewport: options.viewport ?? null });
  const page = await context.newPage();
  const problems = collectProblems(page);
  const crashed = new Promise<never>((_, reject) => {
    page.on('crash', () => reject(new Error('the browser page crashed')));
    browser.on('disconnected', () => reject(new Error('the browser ended')));
  });
  // A crash while nobody waits for the page is reported by the next call.
  crashed.catch(() => {});
  const guard = <T>(work: Promise<T>, what: string): Promise<T> =>
    withTimeout(Promise.race([work, crashed]), { what, timeoutMs, problems });

  const close = async (): Promise<void> => {
    await context.close().catch(() => {});
    if (!options.browser) await browser.close().catch(() => {});
    if (!options.server) await server.close();
  };
  const request = async <T>(method: string, args: readonly unknown[] = []): Promise<T> => {
    const address = server.exchange.uploadAddress();
    const work = page.evaluate(callInPage, { method, args, address });
    const { value, posted } = await guard(work, `demo.${method}`);
    // The page's own types describe the result; the bytes only changed their way.
    return (posted ? reviveBytes(value, server.exchange.take(address)) : value) as T;
  };
  const demo: OpenDemo = {
    page,
    server,
    problems,
    call: (method, ...args) => request(method, args),
    get: (name) => request(name),
    pixels: (view) => request('pixels', [view]),
    pixelsLinear: (view) => request('pixels', [view, { linear: true }]),
    close,
  };

  try {
    if (options.graphics && options.graphics !== 'webgpu') await hideWebGpu(page);
    await reportGpuErrors(page);
    await options.prepare?.(page);
    await page.goto(`${server.url}?${new URLSearchParams(params)}`, { timeout: timeoutMs });
    const wait = options.waitUntilReady ?? options.graphics !== 'none';
    if (wait) await guard(waitUntilReady(page, timeoutMs), 'demo.ready');
    return demo;
  } catch (error) {
    await close();
    throw error;
  }
}

async function waitUntilReady(page: Page, timeoutMs: number): Promise<void> {
  await page.waitForFunction(() => 'demo' in window, null, { timeout: timeoutMs });
  await page.evaluate(async () => {
    await window.demo.ready;
  });
}

function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`page error: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    const { url } = message.location();
    const [type, text] = [message.type(), message.text()];
    // three warns of shaders that are not what was meant; on WebGL2 its own shadows do so, too (r187).
    const isOfShader = text.startsWith('THREE.') && !text.includes('.toInspector()');
    if (type === 'error' || (type === 'warning' && isOfShader))
      problems.push(`console ${type}: ${text} (${url})`);
  });
  return problems;
}

interface TimeoutOptions {
  readonly what: string;
  readonly timeoutMs: number;
  readonly problems: readonly string[];
}

async function withTimeout<T>(work: Promise<T>, options: TimeoutOptions): Promise<T> {
  const { what, timeoutMs, problems } = options;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const text = `${what} did not finish in ${timeoutMs / 1000} s`;
    timer = setTimeout(() => reject(new Error(text)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    const reason = firstLine(error instanceof Error ? error.message : String(error));
    const seen = problems.length > 0 ? `\n  ${problems.join('\n  ')}` : '';
    throw new Error(`${what}: ${reason}${seen}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Playwright's message goes on with the stack of the page; the error kept as the cause has it all. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/^page\.evaluate: (Error: )?/, '');
}
