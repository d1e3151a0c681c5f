import type { BenchmarkOptions, BenchmarkResult, FrameStats } from '../page-api';
import type { Settings } from '../core/settings';

/** What a benchmark needs of the demo. */
export interface BenchmarkSubject {
  readonly settings: Readonly<Settings>;
  readonly stats: Readonly<FrameStats>;
  /** Draws the next frame of the scene. */
  advance(): Promise<void>;
  /** Resolves when the GPU has finished everything queued so far. */
  gpuDone(): Promise<unknown>;
}

/** Times whole frames one after another, each until the GPU is done with it. */
export async function benchmark(
  { settings, stats, advance, gpuDone }: BenchmarkSubject,
  { frames = 60, warmUp = 10 }: BenchmarkOptions,
): Promise<BenchmarkResult> {
  const frameMs: number[] = [];
  for (let i = 0; i < warmUp + frames; i++) {
    const start = performance.now();
    await advance();
    await gpuDone();
    if (i >= warmUp) frameMs.push(performance.now() - start);
  }
  const sorted = frameMs.toSorted((a, b) => a - b);
  const quantile = (q: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  const { adapter, backend, model, inputSize, outputSize } = stats;
  const { view, quality, scene } = settings;
  const setting = { scene, view, quality, backend, model, adapter };
  const sizes = { inputSize, outputSize };
  return { ...setting, ...sizes, frames, medianMs: quantile(0.5), p95Ms: quantile(0.95), frameMs };
}
