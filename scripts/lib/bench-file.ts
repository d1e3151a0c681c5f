import { readFileSync } from 'node:fs';
import type { Peers } from './bench-peers';
import type { Rate } from './bench-rate';
import type { Scaling } from './bench-scaling';
import type { Start } from './bench-start';
import type { Cost } from './gpu-cost';
import { overheadShare } from './bench-overhead';
import { UsageError } from './cli';
import type { CellResult, Environment, FailedCell, Flag } from '../../src/bench/result';

/** Versions of everything that has a part in the times. */
export type Versions = Readonly<
  Record<'node' | 'browser' | 'three' | 'onnxruntime-web' | 'commit', string>
>;

/** What `npm run bench` writes as benchmark.json, and reads back to compare. */
export interface BenchFile {
  readonly format: 'neural-relight-benchmark-1';
  readonly scene: string;
  readonly seed: number;
  readonly frames: number;
  readonly warmUp: number;
  readonly versions: Versions;
  readonly environment: Environment;
  readonly flags: readonly Flag[];
  readonly cells: readonly CellResult[];
  readonly failed: readonly FailedCell[];
  readonly cost: Cost | null;
  /** Parts that the run was not asked for, or files of older versions, lack theirs. */
  readonly peers?: Peers | null;
  readonly scaling?: Scaling | null;
  readonly rate?: Rate | null;
  readonly start?: Start | null;
}

/** Reads an earlier run; throws a UsageError if the file is none. */
export function readBenchFile(path: string): BenchFile {
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as BenchFile;
    if (file.format === 'neural-relight-benchmark-1') return file;
  } catch (error) {
    throw new UsageError(`--compare: ${path} cannot be read: ${String(error)}`);
  }
  throw new UsageError(`--compare: ${path} is not a benchmark.json of this version`);
}

/** What tells one combination from another. */
export function cellKey({
  scene,
  view,
  quality,
  model,
  backend,
  outputSize,
  macsPerOutputPixel,
}: CellResult): string {
  const network = macsPerOutputPixel > 0 ? `${model} on ${backend}` : 'no network';
  return [scene, view, quality, network, outputSize.join('x')].join(' · ');
}

/** Every flag once. */
export function uniqueFlags(flags: readonly Flag[]): Flag[] {
  return [...new Map(flags.map((flag) => [flag.kind, flag])).values()];
}

const columns: readonly (readonly [name: string, value: (cell: CellResult) => unknown])[] = [
  ['scene', ({ scene }) => scene],
  ['view', ({ view }) => view],
  ['quality', ({ quality }) => quality],
  ['model', ({ model, macsPerOutputPixel }) => (macsPerOutputPixel > 0 ? model : '')],
  ['backend', ({ backend, macsPerOutputPixel }) => (macsPerOutputPixel > 0 ? backend : '')],
  ['input', ({ inputSize }) => inputSize.join('x')],
  ['output', ({ outputSize }) => outputSize.join('x')],
  ['frames', ({ frames }) => frames],
  ['median_ms', ({ medianMs }) => medianMs],
  ['p95_ms', ({ p95Ms }) => p95Ms],
  ['p99_ms', ({ uncapped }) => uncapped.p99Ms],
  ['spread_ms', ({ uncapped }) => uncapped.spreadMs],
  ['min_ms', ({ uncapped }) => uncapped.minMs],
  ['max_ms', ({ uncapped }) => uncapped.maxMs],
  ['vsync_median_ms', ({ vsync }) => vsync?.medianMs],
  ['vsync_p95_ms', ({ vsync }) => vsync?.p95Ms],
  ['vsync_low1_fps', ({ vsync }) => vsync?.low1Fps],
  ['vsync_dropped', ({ vsync }) => vsync?.dropped],
  ['long_tasks', ({ longTasks }) => longTasks?.count],
  ['carrying_share', (cell) => overheadShare(cell) ?? undefined],
  ['mac_per_output_pixel', ({ macsPerOutputPixel }) => macsPerOutputPixel],
];

/** One line per combination; numbers to a thousandth. */
export function toCsv(cells: readonly CellResult[]): string {
  const text = (value: unknown): string => {
    if (typeof value === 'number') return String(Math.round(value * 1000) / 1000);
    const plain = typeof value === 'string' ? value : '';
    return /[",\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  const lines = cells.map((cell) => columns.map(([, value]) => text(value(cell))).join(','));
  return [columns.map(([name]) => name).join(','), ...lines, ''].join('\n');
}
