import type { Bench } from './bench-command';
import { openDemo, type OpenDemo } from './demo';
import { fitExponent } from './power-law';
import type { DemoServer } from './serve';
import { qualityNames, type Quality, type SizePx } from '../../src/core/settings';
import type { CellResult } from '../../src/bench/result';

/** Output sizes by the names that displays go by, smallest first. */
export const displaySizes: Readonly<Record<string, SizePx>> = {
  '360p': { widthPx: 640, heightPx: 360 },
  '540p': { widthPx: 960, heightPx: 540 },
  '720p': { widthPx: 1280, heightPx: 720 },
  '1080p': { widthPx: 1920, heightPx: 1080 },
  '4K': { widthPx: 3840, heightPx: 2160 },
};
/** Frames of a combination: the first ones compile. */
const [WARM_UP, FRAMES] = [3, 5];
/** Stage times take as many frames again. */
const FRAMES_IN_ALL = WARM_UP + 2 * FRAMES;

/** The AI view at one size and quality. */
export interface ScalingRow {
  readonly size: string;
  readonly quality: Quality;
  readonly outputPixels: number;
  readonly inputPixels: number;
  readonly medianMs: number;
  /** Multiply-adds of the network per frame, padding included. */
  readonly macs: number;
  /** What three holds on the GPU, scene included. */
  readonly gpuBytes: number;
  /** Passes of all stages. */
  readonly passes: number;
}

/** Cost of the AI view over output size and over quality mode. */
export interface Scaling {
  readonly frames: number;
  /** Performance mode, by size. */
  readonly sizes: readonly ScalingRow[];
  /** The smallest size, by quality. */
  readonly qualities: readonly ScalingRow[];
  /** Exponents `a` of cost ~ output pixelsᵃ over the sizes. */
  readonly exponents: Readonly<Record<'time' | 'macs' | 'memory', number>>;
  /** What was not measured, with the reason. */
  readonly leftOut: readonly string[];
}

/** Measures sizes upwards until one would take longer than the budget or fails, then every quality at the smallest. */
export async function measureScaling(
  bench: Bench,
  server: DemoServer,
  wanted: Readonly<Record<string, SizePx>> = displaySizes,
): Promise<Scaling> {
  const { scene, seed, hardware, headed, scalingBudgetS } = bench;
  const params = { scene, seed: String(seed), size: '96x64' };
  const demo = await openDemo({ server, hardware, headed, params, timeoutMs: 1_800_000 });
  const sizes: ScalingRow[] = [];
  const leftOut: string[] = [];
  try {
    for (const [name, sizePx] of Object.entries(wanted)) {
      const pixels = sizePx.widthPx * sizePx.heightPx;
      const last = sizes.at(-1);
      const expectedS = last ? expectedSeconds(last, pixels) : 0;
      if (expectedS > scalingBudgetS) {
        leftOut.push(`${name}: would take about ${Math.round(expectedS)} s of at most ${scalingBudgetS} s`); // prettier-ignore
        continue;
      }
      try {
        sizes.push(await measure(demo, bench, name, sizePx, 'performance'));
      } catch (error) {
        leftOut.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const [smallest, sizePx] = Object.entries(wanted)[0]!;
    const qualities: ScalingRow[] = [];
    for (const quality of qualityNames) {
      qualities.push(await measure(demo, bench, smallest, sizePx, quality));
    }
    return { frames: FRAMES, sizes, qualities, exponents: exponentsOf(sizes), leftOut };
  } finally {
    await demo.close();
  }
}

/** Exponents over sizes; NaN while there are fewer than two. */
export function exponentsOf(rows: readonly ScalingRow[]): Scaling['exponents'] {
  const of = (cost: (row: ScalingRow) => number): number =>
    fitExponent(rows.map((row) => [row.outputPixels, cost(row)]));
  return {
    time: of(({ medianMs }) => medianMs),
    macs: of(({ macs }) => macs),
    memory: of(({ gpuBytes }) => gpuBytes),
  };
}

function expectedSeconds({ medianMs, outputPixels }: ScalingRow, pixels: number): number {
  return (medianMs * (pixels / outputPixels) * FRAMES_IN_ALL) / 1000;
}

async function measure(
  demo: OpenDemo,
  { models, backends }: Bench,
  size: string,
  sizePx: SizePx,
  quality: Quality,
): Promise<ScalingRow> {
  const { cells } = await demo.call('benchmark', {
    ...{ frames: FRAMES, warmUp: WARM_UP, vsync: false, views: ['ai'] },
    ...{ models: models.slice(0, 1), backends: backends.slice(0, 1) },
    ...{ qualities: [quality], sizes: [sizePx] },
  });
  return rowOf(cells[0]!, size);
}

function rowOf(cell: CellResult, size: string): ScalingRow {
  const { quality, medianMs, macsPerOutputPixel, stages, gpuBytes } = cell;
  const [outputPixels, inputPixels] = [cell.outputSize, cell.inputSize].map(([w, h]) => w * h);
  return {
    size, quality, medianMs,
    outputPixels: outputPixels!,
    inputPixels: inputPixels!,
    macs: macsPerOutputPixel * outputPixels!,
    gpuBytes: gpuBytes.textureBytes + gpuBytes.bufferBytes,
    passes: Object.values(stages).reduce((sum, { passes }) => sum + passes, 0),
  }; // prettier-ignore
}
