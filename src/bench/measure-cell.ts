import type { Settings } from '../core/settings';
import type { Measure } from '../measure';
import type { FrameStats } from '../page-api';
import { nextFrame } from './environment';
import { LongTasks } from './long-tasks';
import type { NetworkInfo } from './environment';
import type { CellResult, StageResult, VsyncResult } from './result';
import { summarize } from './stats';
import { inOrder, stageTimes } from './stage-times';
import type { StageTime } from './stage-times';

/** What measuring one combination needs of the demo. Nothing else draws meanwhile. */
export interface CellSubject {
  readonly settings: Readonly<Settings>;
  readonly stats: Readonly<FrameStats>;
  readonly measure: Pick<Measure, 'recording' | 'gpuTimes' | 'onFrame' | 'memory'>;
  /** The network that runs, if the view needs one. */
  readonly network: NetworkInfo | null;
  /** Goes to a frame of the path, with all history forgotten. */
  seek(frame: number): Promise<void>;
  /** Draws the next frame of the scene. */
  advance(): Promise<void>;
  /** Resolves when the GPU has finished everything queued so far. */
  gpuDone(): Promise<unknown>;
}

export interface CellOptions {
  readonly frames: number;
  readonly warmUp: number;
  readonly vsync: boolean;
}

/** Frames that the times of the stages are medians of, at most. */
const STAGE_FRAMES = 30;

/** Measures the demo as it is set, along the scene's path from its start. */
export async function measureCell(
  subject: CellSubject,
  { frames, warmUp, vsync }: CellOptions,
): Promise<CellResult> {
  const { stats, settings, measure } = subject;
  const before = { recording: measure.recording, gpuTimes: measure.gpuTimes };
  try {
    // What measures stages would be measured too.
    Object.assign(measure, { recording: false, gpuTimes: false });
    await subject.seek(0);
    for (let i = 0; i < warmUp; i++) await drawWhole(subject);
    const frameMs: number[] = [];
    const watch = LongTasks.start();
    for (let i = 0; i < frames; i++) frameMs.push(await drawWhole(subject));
    const longTasks = (await watch?.finish()) ?? null;
    const paced = vsync ? await pace(subject, frames) : null;
    const stages = await timeStages(subject, Math.min(frames, STAGE_FRAMES));
    const { adapter, backend, model, inputSize, outputSize } = stats;
    const { view, quality, scene } = settings;
    const uncapped = summarize(frameMs);
    const { medianMs, p95Ms } = uncapped;
    return {
      scene, view, quality, backend, model, adapter,
      inputSize: [...inputSize], outputSize: [...outputSize],
      frames, medianMs, p95Ms, frameMs, uncapped, vsync: paced, stages, longTasks,
      macsPerOutputPixel: macsPerOutputPixel(subject),
      gpuBytes: measure.memory,
    }; // prettier-ignore
  } finally {
    Object.assign(measure, before, { onFrame: null });
  }
}

/** One frame until the GPU is done with it, in milliseconds. */
async function drawWhole({ advance, gpuDone }: CellSubject): Promise<number> {
  const start = performance.now();
  await advance();
  await gpuDone();
  return performance.now() - start;
}

/** Frames that each start with an animation frame of the browser, as while the page plays. */
async function pace({ advance, gpuDone }: CellSubject, frames: number): Promise<VsyncResult> {
  const ticks: number[] = [await nextFrame()];
  const refreshMs: number[] = [];
  for (let i = 0; i < frames; i++) {
    await advance();
    ticks.push(await nextFrame());
  }
  await gpuDone();
  for (let i = 0, last = await nextFrame(); i < 20; i++) {
    const now = await nextFrame();
    refreshMs.push(now - last);
    last = now;
  }
  const intervals = ticks.slice(1).map((tick, i) => tick - ticks[i]!);
  const refresh = summarize(refreshMs).medianMs;
  const dropped = intervals.reduce((sum, ms) => sum + Math.max(0, Math.round(ms / refresh) - 1), 0);
  return { ...summarize(intervals), refreshMs: refresh, dropped };
}

async function timeStages(
  { measure, advance, gpuDone }: CellSubject,
  frames: number,
): Promise<Record<string, StageResult>> {
  Object.assign(measure, { recording: true, gpuTimes: true });
  const seen = new Map<string, StageTime[]>();
  for (let i = 0; i < frames; i++) {
    const recorded = new Promise<void>((resolve) => {
      measure.onFrame = (frame) => {
        for (const [name, time] of stageTimes(frame)) {
          seen.set(name, [...(seen.get(name) ?? []), time]);
        }
        resolve();
      };
    });
    await advance();
    await gpuDone();
    await recorded;
  }
  return Object.fromEntries(inOrder(seen).map(([name, times]) => [name, medians(times)]));
}

function medians(times: readonly StageTime[]): StageResult {
  const gpuMs = times.map((time) => time.gpuMs).filter(Number.isFinite);
  return {
    passes: Math.max(...times.map(({ passes }) => passes)),
    cpuMs: summarize(times.map(({ cpuMs }) => cpuMs)).medianMs,
    gpuMs: gpuMs.length > 0 ? summarize(gpuMs).medianMs : null,
  };
}

function macsPerOutputPixel({ network, stats }: CellSubject): number {
  if (!network) return 0;
  const { alignment, macsPerPixel } = network.contract;
  const padded = stats.inputSize.map((side) => Math.ceil(side / alignment) * alignment);
  const output = stats.outputSize[0] * stats.outputSize[1];
  return (macsPerPixel * padded[0]! * padded[1]!) / output;
}
