import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pictureViews } from '../src/core/settings';
import { command, readBench, type Bench, type Part } from './lib/bench-command';
import { checks } from './lib/bench-cost-report';
import { readBenchFile, toCsv, uniqueFlags, type BenchFile, type Versions } from './lib/bench-file';
import { measurePeers } from './lib/bench-peers';
import { measureRate } from './lib/bench-rate';
import { measureScaling } from './lib/bench-scaling';
import { measureStart } from './lib/bench-start';
import { measureTraffic, type TrafficCost } from './lib/bench-traffic';
import { verdict } from './lib/bench-peers-report';
import { renderBenchReport } from './lib/bench-report';
import { runCommand } from './lib/cli';
import { openDemo, type OpenDemo } from './lib/demo';
import { countFrames, heapGrowth, openCounted, weigh, type Cost } from './lib/gpu-cost';
import { projectRoot } from './lib/install.mjs';
import { startProgress, type Progress } from './lib/progress';
import { serve, type DemoServer } from './lib/serve';
import type { BenchmarkResult } from '../src/bench/result';

await runCommand(command, async (flags) => {
  const bench = readBench(flags);
  // Before the long work, not after it.
  const before = bench.compare === '' ? null : readBenchFile(bench.compare);
  const server = await serve(bench.mode);
  try {
    const asked = (part: Part): boolean => bench.parts.includes(part);
    const timed = await timeAll(asked('times') ? bench : onlyEnvironment(bench), server);
    const cost = asked('cost') ? await countAll(bench, server) : null;
    const peers = asked('peers') ? await measurePeers(bench) : null;
    const scaling = asked('scaling') ? await measureScaling(bench, server) : null;
    const rate = asked('rate') ? await measureRate(bench) : null;
    const start = asked('start') ? await measureStart(bench) : null;
    await writeAll(bench, { ...timed, cost, peers, scaling, rate, start }, before);
  } finally {
    await server.close();
  }
});

type Timed = Omit<BenchFile, 'cost'>;

/** One raw frame: a report says where it was made, whatever it measures. */
function onlyEnvironment(bench: Bench): Bench {
  return { ...bench, views: ['raw'], frames: 1, warmUp: 0, vsync: false };
}

/** Measures every combination; one call each view, so that a failure costs no more than that. */
async function timeAll(bench: Bench, server: DemoServer): Promise<Timed> {
  const { scene, seed, frames, warmUp, sizes, qualities, views, hardware, headed } = bench;
  const [size = ''] = sizes.map(({ widthPx, heightPx }) => `${widthPx}x${heightPx}`);
  const params = { scene, seed: String(seed), size };
  const demo = await openDemo({ server, params, hardware, headed, timeoutMs: 1_800_000 });
  const calls = sizes.flatMap((sizePx) =>
    qualities.flatMap((quality) => views.map((view) => ({ sizePx, quality, view }))),
  );
  const progress = startProgress(calls.length, 'measurements');
  const results: BenchmarkResult[] = [];
  const failed: BenchFile['failed'][number][] = [];
  try {
    for (const { sizePx, quality, view } of calls) {
      const { models, backends } = bench;
      const lists = { sizes: [sizePx], qualities: [quality], views: [view], models, backends };
      try {
        results.push(
          await demo.call('benchmark', { frames, warmUp, vsync: bench.vsync, ...lists }),
        );
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        failed.push({ view, quality, model: models[0]!, backend: backends[0]!, error: text });
      }
      progress.advance(`${view}, ${quality}, ${sizePx.widthPx}x${sizePx.heightPx}`);
    }
    return await collect(bench, demo, results, failed);
  } finally {
    progress.finish();
    await demo.close();
  }
}

async function collect(
  { scene, seed, frames, warmUp }: Bench,
  demo: OpenDemo,
  results: readonly BenchmarkResult[],
  failed: BenchFile['failed'],
): Promise<Timed> {
  const withNetwork = results.find(({ environment }) => environment.contract);
  const environment = (withNetwork ?? results[0])?.environment;
  if (!environment) throw new Error(`nothing could be measured: ${failed[0]?.error ?? ''}`);
  if (demo.problems.length > 0) console.warn(`The page reported:\n${demo.problems.join('\n')}`);
  return {
    format: 'neural-relight-benchmark-1',
    scene, seed, frames, warmUp,
    versions: await readVersions(demo, environment.three),
    environment,
    flags: uniqueFlags(results.flatMap((result) => result.environment.flags)),
    cells: results.flatMap(({ cells }) => cells),
    failed: [...failed, ...results.flatMap((result) => result.failed)],
  }; // prettier-ignore
}

/** Counts calls, memory and heap in a page of its own: the counters themselves take time. */
async function countAll(bench: Bench, server: DemoServer): Promise<Cost> {
  const { scene, hardware, heapFrames } = bench;
  const demo = await openCounted({
    server,
    hardware,
    params: { scene, paused: '1' },
    timeoutMs: 900_000,
  });
  const progress: Progress = startProgress(6, 'counts');
  try {
    const wasm = await countFrames(demo, 'wasm');
    progress.advance('calls, wasm');
    const heap = await heapGrowth(demo, heapFrames);
    progress.advance('JS heap');
    const memory = await weigh(demo, { widthPx: 1920, heightPx: 1080 });
    progress.advance('memory at 1080p');
    const webgpu = await countFrames(demo, 'webgpu');
    progress.advance('calls, webgpu');
    const traffic: TrafficCost[] = [];
    for (const backend of ['webgpu', 'wasm'] as const) {
      traffic.push(await measureTraffic(demo, backend));
      progress.advance(`bytes, ${backend}`);
    }
    return { backends: [wasm, webgpu], memory, heap, traffic };
  } finally {
    progress.finish();
    await demo.close();
  }
}

async function readVersions(demo: OpenDemo, three: string): Promise<Versions> {
  const ort = join(projectRoot, 'node_modules', 'onnxruntime-web', 'package.json');
  const { version } = JSON.parse(await readFile(ort, 'utf8')) as { version: string };
  const browser = demo.page.context().browser()?.version() ?? 'unknown';
  return {
    node: process.versions.node,
    browser,
    three,
    'onnxruntime-web': version,
    commit: commit(),
  };
}

/** The commit, marked where files differ from it; `unknown` outside of a repository. */
function commit(): string {
  try {
    const options = { cwd: projectRoot, encoding: 'utf8' } as const;
    return execFileSync('git', ['describe', '--always', '--dirty'], options).trim();
  } catch {
    return 'unknown';
  }
}

async function writeAll(bench: Bench, file: BenchFile, before: BenchFile | null): Promise<void> {
  const { out } = bench;
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'benchmark.json'), JSON.stringify(file, null, 2));
  await writeFile(join(out, 'benchmark.csv'), toCsv(file.cells));
  await writeFile(join(out, 'index.html'), renderBenchReport(file, before));
  for (const { kind, text } of file.flags) console.log(`note (${kind}): ${text}`);
  for (const { name, found, limit, unit } of file.cost ? checks(file.cost, file.cells) : []) {
    const verdict = found <= limit ? 'ok    ' : 'MISSED';
    console.log(`${verdict} ${name}: ${Number(found.toFixed(1))} ${unit} (limit ${limit})`);
  }
  if (file.peers) console.log(verdict(file.peers));
  const missing = pictureViews.filter((view) => !file.cells.some((cell) => cell.view === view));
  if (missing.length > 0 && bench.parts.includes('times'))
    console.log(`Not in this run: ${missing.join(', ')}`);
  console.log(`Report: ${resolve(out, 'index.html')}`);
}
