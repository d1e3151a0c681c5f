import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Bench } from './bench-command';
import { launch } from './browser';
import { startProgress } from './progress';
import { serve } from './serve';

/** Visits of which the median counts. */
const VISITS = 5;
/** Between visits: an emulated GPU still draws the last frame of a page that is closed. */
const REST_MS = 3000;
/** For a visit on a slow machine. */
const TIMEOUT_MS = 600_000;

/** A file that the page asked for before its first AI picture. */
export interface Transfer {
  readonly name: string;
  readonly bytes: number;
  /** What gzip makes of it, as most hosts send it. */
  readonly gzipBytes: number;
  /** When the page asked for it, in milliseconds from the start of the visit without a cache. */
  readonly startMs: number;
}

/** How fast the built page starts. */
export interface Start {
  readonly visits: number;
  /** From navigation to the first picture of the raw frame, cache warm. */
  readonly rawMs: number;
  /** From navigation to the first picture of the network, cache warm. */
  readonly aiMs: number;
  readonly transfers: readonly Transfer[];
}

/** Visits the build in dist/ several times with a warm cache, after one with a cold one. */
export async function measureStart({ scene, sizes, hardware, headed }: Bench): Promise<Start> {
  let asked: { url: string; atMs: number }[] = [];
  const onRequest = (url: string): void => void asked.push({ url, atMs: performance.now() });
  const server = await serve('preview', { onRequest });
  const browser = await launch({ hardware, headed });
  const progress = startProgress(VISITS + 1, 'visits');
  try {
    // One context: its visits share a cache.
    const context = await browser.newContext();
    const { widthPx, heightPx } = sizes[0]!;
    const query = { scene, view: 'ai', size: `${widthPx}x${heightPx}` };
    const address = `${server.url}?${new URLSearchParams(query)}`;
    const visit = async (): Promise<Milestones> => {
      const page = await context.newPage();
      await page.goto(address);
      await page.waitForFunction(reached, null, { timeout: TIMEOUT_MS });
      const times = await page.evaluate(readMilestones);
      if (Number.isNaN(times.aiMs)) throw new Error(`The AI view did not start: ${times.ai}`);
      await page.close();
      await setTimeout(REST_MS);
      progress.advance(`raw ${times.rawMs.toFixed(0)} ms, AI ${times.aiMs.toFixed(0)} ms`);
      return times;
    };
    await visit();
    const [cold, originMs] = [asked, asked[0]?.atMs ?? 0];
    asked = [];
    const transfers = await Promise.all(
      cold.map(({ url, atMs }) => weigh(new URL(url, server.url), atMs - originMs)),
    );
    const visits: Milestones[] = [];
    for (let i = 0; i < VISITS; i++) visits.push(await visit());
    const median = (key: 'rawMs' | 'aiMs'): number =>
      visits.map((times) => times[key]).toSorted((a, b) => a - b)[Math.floor(VISITS / 2)]!;
    return { visits: VISITS, rawMs: median('rawMs'), aiMs: median('aiMs'), transfers };
  } finally {
    progress.finish();
    await browser.close();
    await server.close();
  }
}

interface Milestones {
  readonly rawMs: number;
  readonly aiMs: number;
  /** State of the network. */
  readonly ai: string;
}

/** Runs in the page: the demo marks both moments, or says why the second will not come. */
function reached(): boolean {
  const isShown = performance.getEntriesByName('first AI picture').length > 0;
  return isShown || Boolean(window.demo?.stats.ai.startsWith('failed'));
}

function readMilestones(): Milestones {
  const at = (name: string): number => performance.getEntriesByName(name)[0]?.startTime ?? NaN;
  const { ai } = window.demo.stats;
  return { rawMs: at('first raw picture'), aiMs: at('first AI picture'), ai };
}

async function weigh(url: URL, startMs: number): Promise<Transfer> {
  const body = Buffer.from(await (await fetch(url)).arrayBuffer());
  return { name: url.pathname, bytes: body.length, gzipBytes: gzipSync(body).length, startMs };
}
