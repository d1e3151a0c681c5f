import type { Capability } from '../core/device';
import type { Settings, ViewId } from '../core/settings';
import { cellsOf } from './cells';
import type { Cell } from './cells';
import { EnvironmentWatch } from './environment';
import { measureCell } from './measure-cell';
import type { CellSubject } from './measure-cell';
import type { BenchmarkOptions, BenchmarkResult, CellResult, FailedCell } from './result';

/** What a benchmark needs of the page. */
export interface BenchmarkSubject extends CellSubject {
  readonly capability: Capability;
  apply(partial: Partial<Settings>): Promise<void>;
  /** Runs a job while nothing else draws. */
  exclusive<T>(job: () => Promise<T>): Promise<T>;
  needsNetwork(view: ViewId): boolean;
  /** Told before each combination. */
  progress(text: string): void;
}

/**
 * Measures every combination on the same frames of the scene's path and puts the settings back.
 * @throws Error if not one combination could be measured
 */
export async function benchmark(
  subject: BenchmarkSubject,
  options: BenchmarkOptions,
): Promise<BenchmarkResult> {
  const before = settingsToRestore(subject.settings);
  const watch = await EnvironmentWatch.start(subject.capability);
  const [cells, failed]: [CellResult[], FailedCell[]] = [[], []];
  const wanted = cellsOf(options, before, subject.needsNetwork);
  let network = subject.network;
  try {
    for (const [i, cell] of wanted.entries()) {
      const { view, quality, model, backend } = cell;
      subject.progress(`Benchmark ${i + 1} of ${wanted.length}: ${view}, ${quality}`);
      try {
        cells.push(await runCell(subject, cell, options));
        network = subject.network ?? network;
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        failed.push({ view, quality, model, backend, error: text });
      }
    }
  } finally {
    await subject.apply(before);
  }
  const environment = watch.finish(network, subject.stats.adapter);
  const [first] = cells;
  if (!first) throw new Error(`Nothing could be measured: ${failed[0]?.error ?? 'no combination'}`);
  const { seed } = subject.settings;
  return { ...first, seed, environment, cells, failed };
}

/** What the run changes; while the page plays its clock stands between two frames. */
function settingsToRestore(settings: Readonly<Settings>) {
  const { view, compareView, quality, model, backend, size, paused, cameraMode } = settings;
  const frame = Math.round(settings.frame);
  return { view, compareView, quality, model, backend, size, paused, cameraMode, frame };
}

async function runCell(
  subject: BenchmarkSubject,
  cell: Cell,
  { frames = 60, warmUp = 10, vsync = true }: BenchmarkOptions,
): Promise<CellResult> {
  await subject.apply({ ...cell, compareView: 'off', paused: false, cameraMode: 'path' });
  // Without its network the view would show, and time, another one.
  if (subject.needsNetwork(cell.view) && subject.stats.ai !== 'running') {
    throw new Error(`the network is ${subject.stats.ai}`);
  }
  return subject.exclusive(() => measureCell(subject, { frames, warmUp, vsync }));
}
