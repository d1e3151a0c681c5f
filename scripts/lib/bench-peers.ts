import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench-command';
import { openBenchPage, type BenchPage } from './bench-page';
import { openDemo } from './demo';
import { figureScenes } from './figures-scenes';
import { published } from './figures-tables';
import { projectRoot } from './install.mjs';
import { paretoFront } from './pareto';
import { frameFolder } from './shot';
import { serve, type DemoServer } from './serve';
import { pictureViews } from '../../src/core/settings';
import type { CellResult } from '../../src/bench/result';

/** Pictures of a held-out scene that are scored: from the start, and from the middle of its path. */
const SCORED_FRAMES = [1, 5];
/** Frames per combination at most on a software adapter, where one may take seconds. */
const SOFTWARE_FRAMES = 3;

/**
 * One way to make the output picture from the same low-resolution frame. Times are those of the fastest frame: few are
 * drawn, and whatever else runs on the machine only adds to them.
 */
export interface PeerRow {
  readonly name: string;
  readonly kind: 'ours' | 'three' | 'neural upscaler' | 'random weights, time only';
  readonly runsOn: 'webgpu' | 'wasm';
  /** Multiply-adds of its network per pixel of the picture; 0 = none. */
  readonly macsPerOutputPixel: number;
  /** Time of its frame beyond that of the raw frame; null where only its network was timed. */
  readonly aboveRawMs: number | null;
  /** Time of its network alone; null where it has none. */
  readonly networkMs: number | null;
  /** Its time over that of our AI view on the same backend: whole where both are known, else network alone. */
  readonly ratioToOurs: number | null;
  /** PSNR beyond that of the raw picture; null for what makes no picture of this kind. */
  readonly gainDb: number | null;
  /** No other row with a quality is as cheap and as good; null where time or quality is missing. */
  readonly onFront: boolean | null;
}

/** All of them, at one size. */
export interface Peers {
  readonly inputSize: readonly [number, number];
  readonly outputSize: readonly [number, number];
  /** Threads of the CPU path. */
  readonly threads: number;
  readonly frames: number;
  /** Held-out pictures that the quality is the mean of; 0 = there are none here. */
  readonly pictures: number;
  readonly rows: readonly PeerRow[];
}

type Row = Omit<PeerRow, 'ratioToOurs' | 'onFront'>;
type Scores = ReadonlyMap<string, number>;

/** Measures three's views, ours and foreign networks on the same machine, at the same input and output size. */
export async function measurePeers(bench: Bench): Promise<Peers> {
  // A build leaves the peers out.
  const server = await serve('dev');
  let page: BenchPage | null = null;
  try {
    const frames = bench.hardware ? bench.frames : Math.min(bench.frames, SOFTWARE_FRAMES);
    const cells = await timeViews(bench, server, frames);
    page = await openBenchPage({ server, hardware: bench.hardware, headed: bench.headed });
    const threads = Math.min(await page.page.evaluate(() => navigator.hardwareConcurrency), 8);
    const raw = cells.find(({ view }) => view === 'raw');
    if (!raw) throw new Error('peers: the raw view could not be timed');
    const { inputSize, outputSize } = raw;
    const foreign = await timeForeign(page, { inputSize, outputSize, frames, threads, bench });
    const { scores, pictures } = await scoreAll(page, server, join(projectRoot, bench.references));
    const gain = (name: string): number | null => {
      const [own, base] = [scores.get(name), scores.get('raw')];
      return own === undefined || base === undefined ? null : own - base;
    };
    const views = cells.map((cell): Row => {
      const network = cell.macsPerOutputPixel > 0;
      return {
        name: network ? `${cell.view} ${cell.model}` : cell.view,
        kind: network || cell.view === 'resolve' ? 'ours' : 'three',
        runsOn: network && cell.backend === 'wasm' ? 'wasm' : 'webgpu',
        macsPerOutputPixel: cell.macsPerOutputPixel,
        aboveRawMs: cell.view === 'raw' ? 0 : Math.max(cell.uncapped.minMs - raw.uncapped.minMs, 0),
        networkMs: network ? (foreign.ours.get(`${cell.model} ${cell.backend}`) ?? null) : null,
        gainDb: gain(cell.view),
      };
    });
    const others = foreign.rows.map((row) => Object.assign(row, { gainDb: gain(row.name) }));
    const rows = judge([...views, ...others]);
    return { inputSize, outputSize, threads, frames, pictures, rows };
  } finally {
    await page?.close();
    await server.close();
  }
}

/** Adds the ratio to ours and the place on the front. */
export function judge(rows: readonly Row[]): PeerRow[] {
  const ours = (row: Row): Row | undefined =>
    rows.find(({ name, runsOn }) => name.startsWith('ai ') && runsOn === row.runsOn);
  const ratio = (row: Row): number | null => {
    const own = ours(row);
    if (!own) return null;
    if (row.aboveRawMs !== null && own.aboveRawMs !== null) return row.aboveRawMs / own.aboveRawMs;
    return row.networkMs !== null && own.networkMs !== null ? row.networkMs / own.networkMs : null;
  };
  const candidates = rows.flatMap((row) =>
    row.aboveRawMs === null || row.gainDb === null
      ? []
      : [{ row, cost: row.aboveRawMs, gain: row.gainDb }],
  );
  const front = new Set(paretoFront(candidates).map(({ row }) => row));
  const judged = new Set(candidates.map(({ row }) => row));
  return rows.map((row) => ({
    ...row,
    ratioToOurs: ratio(row),
    onFront: judged.has(row) ? front.has(row) : null,
  }));
}

async function timeViews(bench: Bench, server: DemoServer, frames: number): Promise<CellResult[]> {
  const { scene, seed, hardware, headed, models } = bench;
  const [size] = bench.sizes;
  const demo = await openDemo({ server, hardware, headed, timeoutMs: 1_800_000, params: { scene, seed: String(seed), size: `${size!.widthPx}x${size!.heightPx}` } }); // prettier-ignore
  try {
    const { cells, failed } = await demo.call('benchmark', {
      ...{ frames, warmUp: 2, vsync: false, views: pictureViews, models: models.slice(0, 1) },
      ...{ backends: ['wasm', 'webgpu'], qualities: ['performance'], sizes: [size!] },
    });
    for (const { view, backend, error } of failed) console.warn(`${view}, ${backend}: ${error}`);
    return [...cells];
  } finally {
    await demo.close();
  }
}

interface ForeignOptions extends Pick<Peers, 'inputSize' | 'outputSize' | 'frames' | 'threads'> {
  readonly bench: Bench;
}

/** Networks alone: ours, the upscaler's and the denoiser's. */
async function timeForeign({ page, reload }: BenchPage, options: ForeignOptions) {
  const { inputSize, outputSize, frames, threads, bench } = options;
  const [model = 'm'] = bench.models;
  const repeats = { warmUp: 1, runs: frames };
  const ours = new Map<string, number>();
  const rows: Row[] = [];
  const channels = channelsOf(model);
  for (const backend of ['wasm', 'webgpu'] as const) {
    await reload();
    const source = { url: `/models/relight-${model}.onnx`, channels };
    const run = { ...padded(inputSize, 16), ...repeats, backend, threads };
    const { minMs } = await page.evaluate(([a, b]) => window.benchPage.network(a, b), [source, run] as const); // prettier-ignore
    ours.set(`${model} ${backend}`, minMs);
    // On an emulated GPU this one takes minutes a run.
    if (backend === 'webgpu' && !bench.hardware) continue;
    const cost = await page.evaluate(() => window.benchPage.oidnCost());
    const oidnRun = { ...run, ...padded(outputSize, cost.alignment) };
    const oidn = await page.evaluate((a) => window.benchPage.network('oidn-small', a), oidnRun);
    const pixels = (oidnRun.width * oidnRun.height) / (outputSize[0] * outputSize[1]);
    rows.push({
      name: 'OIDN small',
      kind: 'random weights, time only',
      runsOn: backend,
      macsPerOutputPixel: cost.macsPerPixel * pixels,
      aboveRawMs: null,
      networkMs: oidn.minMs,
      gainDb: null,
    });
  }
  const [width, height] = inputSize;
  for (const name of await page.evaluate(() => window.benchPage.upscalerNames)) {
    const size = { width, height, ...repeats };
    const { minMs, macsPerOutputPixel } = await page.evaluate(([a, b]) => window.benchPage.upscaler(a, b), [name, size] as const); // prettier-ignore
    rows.push({
      name: `websr ${name}`,
      kind: 'neural upscaler',
      runsOn: 'webgpu',
      macsPerOutputPixel,
      aboveRawMs: minMs,
      networkMs: minMs,
      gainDb: null,
    });
  }
  return { ours, rows };
}

function channelsOf(model: string): number {
  const path = join(projectRoot, 'models', `relight-${model}.json`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { inputs: string[] }).inputs.length;
}

function padded([width, height]: readonly [number, number], alignment: number) {
  const up = (side: number): number => Math.ceil(side / alignment) * alignment;
  return { width: up(width), height: up(height) };
}

/** Mean PSNR of every view and every upscaler against path-traced references of `npm run figures`. */
async function scoreAll(
  { page }: BenchPage,
  server: DemoServer,
  folder: string,
): Promise<{ scores: Scores; pictures: number }> {
  const play = `${published.quality}-${published.model}`;
  const heldOut = figureScenes().filter(({ group }) => group !== 'seen');
  const frames = heldOut.flatMap(({ name }) =>
    SCORED_FRAMES.map((frame) => join(folder, name, play, frameFolder(frame))),
  );
  const scored = frames.filter((frame) => ['raw', 'reference'].every((name) => existsSync(join(frame, `${name}.png`)))); // prettier-ignore
  const sums = new Map<string, number>();
  const upscalers = await page.evaluate(() => window.benchPage.upscalerNames);
  for (const frame of scored) {
    const address = (name: string): string => server.exchange.publish(join(frame, `${name}.png`));
    const add = async (name: string, picture: string, upscaler?: (typeof upscalers)[number]) => {
      const args = [address(picture), address('reference'), upscaler] as const;
      const score = await page.evaluate(([a, b, c]) => window.benchPage.score(a, b, c), args);
      sums.set(name, (sums.get(name) ?? 0) + score / scored.length);
    };
    const views = pictureViews.filter((view) =>
      scored.every((other) => existsSync(join(other, `${view}.png`))),
    );
    for (const view of views) await add(view, view);
    for (const name of upscalers) await add(`websr ${name}`, 'raw', name);
  }
  return { scores: sums, pictures: scored.length };
}
