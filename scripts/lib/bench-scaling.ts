import type { Bench } from './bench-command';
import { openDemo, type OpenDemo } from './demo';
import { fitExponent } from './power-law';
import { startProgress } from './progress';
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
const [WARM_UP, FRAMES] = [2, 5];
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

/** Measures sizes upwards, then the other qualities at the smallest size, cheapest first, as far as the budget goes. */
export async function measureScaling(
  bench: Bench,
  server: DemoServer,
  wanted: Readonly<Record<string, SizePx>> = displaySizes,
): Promise<Scaling> {
  const { scene, seed, hardware, headed } = bench;
  const params = { scene, seed: String(seed), size: '96x64' };
  const demo = await openDemo({ server, hardware, headed, params, timeoutMs: 1_800_000 });
  const run = new ScalingRun(demo, bench);
  const names = Object.keys(wanted);
  const others = qualityNames.filter((quality) => quality !== 'performance').toReversed();
  const progress = startProgress(names.length + others.length, 'combinations');
  const measure = async (size: string, quality: Quality): Promise<ScalingRow | null> => {
    const row = await run.measure(size, wanted[size]!, quality);
    progress.advance(`${size}, ${quality}${row ? '' : ': left out'}`);
    return row;
  };
  try {
    const sizes = await inTurn(names, (size) => measure(size, 'performance'));
    const rest = await inTurn(others, (quality) => measure(names[0]!, quality));
    const atSmallest = [...rest, ...sizes.filter(({ size }) => size === names[0])];
    const qualities = atSmallest.toSorted((a, b) => b.inputPixels - a.inputPixels);
    const { leftOut } = run;
    return { frames: FRAMES, sizes, qualities, exponents: exponentsOf(sizes), leftOut };
  } finally {
    progress.finish();
    await demo.close();
  }
}

/** What came of the items that could be measured, one after another. */
async function inTurn<T>(
  items: readonly T[],
  measure: (item: T) => Promise<ScalingRow | null>,
): Promise<ScalingRow[]> {
  const rows: ScalingRow[] = [];
  for (const item of items) {
    const row = await measure(item);
    if (row) rows.push(row);
  }
  return rows;
}

/** Measures combinations until the budget is spent, and knows what each would take from the one before. */
class ScalingRun {
  readonly leftOut: string[] = [];
  private readonly startMs = performance.now();
  private last: { readonly row: ScalingRow; readonly tookS: number } | null = null;

  constructor(
    private readonly demo: OpenDemo,
    private readonly bench: Bench,
  ) {}

  /** Null where it would not fit into the budget, or fails: `leftOut` says why. */
  async measure(size: string, sizePx: SizePx, quality: Quality): Promise<ScalingRow | null> {
    const label = `${size}, ${quality}`;
    const expectedS = this.expectedS(sizePx);
    const leftS = this.bench.scalingBudgetS - (performance.now() - this.startMs) / 1000;
    if (expectedS > leftS) {
      this.leftOut.push(`${label}: would take about ${Math.round(expectedS)} s, ${Math.max(0, Math.round(leftS))} s are left`); // prettier-ignore
      return null;
    }
    const startMs = performance.now();
    try {
      const row = await measureRow(this.demo, this.bench, size, sizePx, quality);
      this.last = { row, tookS: (performance.now() - startMs) / 1000 };
      return row;
    } catch (error) {
      this.leftOut.push(`${label}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  /** Frames grow with the picture; what else a combination takes (probes, compilation) does not. */
  private expectedS({ widthPx, heightPx }: SizePx): number {
    if (!this.last) return 0;
    const { row, tookS } = this.last;
    const framesS = Math.min(tookS, (row.medianMs * FRAMES_IN_ALL) / 1000);
    return tookS - framesS + (framesS * widthPx * heightPx) / row.outputPixels;
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

async function measureRow(
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
