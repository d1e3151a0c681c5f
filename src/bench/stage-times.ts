import type { FrameRecord } from './frame-profiler';

/** Time of one stage in one frame, over all of its passes. */
export interface StageTime {
  passes: number;
  /** Time on the CPU without what is drawn inside of it for other stages. */
  cpuMs: number;
  /** NaN where the GPU did not say. */
  gpuMs: number;
}

/** Adds a frame up by stage, in the order in which the stages first came. */
export function stageTimes({ passes, count }: FrameRecord): Map<string, StageTime> {
  const stages = new Map<string, StageTime>();
  for (let i = 0; i < count; i++) {
    const { stage, startMs, endMs, nestedMs, gpuMs } = passes[i]!;
    const sum = stages.get(stage) ?? { passes: 0, cpuMs: 0, gpuMs: 0 };
    sum.passes++;
    sum.cpuMs += endMs - startMs - nestedMs;
    sum.gpuMs += gpuMs;
    stages.set(stage, sum);
  }
  return stages;
}

/** The stages in the order of the data, which is not that of the drawing: shadows are drawn inside the G-buffer. */
const order = [
  'Probes', 'Shadows', 'GBuffer', 'Levels', 'ShadowRays', 'AO', 'Demodulate', 'History', 'Trace', 'Gather', 'Candidates', 'Guide',
  'Pack', 'GPU wait', 'Read-back', 'Network', 'Upload', 'Compose', 'RawPicture', 'Mirrors', 'Resolve', 'Accumulate',
]; // prettier-ignore

/** Unknown stages belong to views and so come after these; `Present` ends the frame. */
function rank(stage: string): number {
  const at = order.indexOf(stage);
  if (at >= 0) return at;
  return stage === 'Present' ? order.length + 1 : order.length;
}

/** Stages in the order of the data. */
export function inOrder<T>(stages: Iterable<readonly [string, T]>): (readonly [string, T])[] {
  return [...stages].toSorted(([a], [b]) => rank(a) - rank(b));
}

/** Share of the newest frame in the running mean: a third of a second at 60 fps. */
const NEWEST = 0.05;

/** Running means of the stages, for eyes that want numbers that stand still. */
export class StageMeans {
  stages = new Map<string, StageTime>();
  private readonly seen = new Map<string, number>();

  add(frame: FrameRecord): void {
    const times = stageTimes(frame);
    for (const name of this.stages.keys()) {
      // A stage that is no longer drawn leaves; probes rest between their rounds and stay.
      if (!times.has(name) && name !== 'Probes') this.forget(name);
    }
    times.forEach((time, name) => this.blend(name, time));
  }

  private blend(name: string, time: StageTime): void {
    const seen = (this.seen.get(name) ?? 0) + 1;
    this.seen.set(name, seen);
    const mean = this.stages.get(name);
    if (!mean) {
      this.stages = new Map(inOrder([...this.stages, [name, { ...time }] as const]));
      return;
    }
    // The first frame of a stage compiles its shaders: the second takes its place.
    const weight = Math.max(NEWEST, 1 / (seen - 1));
    mean.passes = time.passes;
    mean.cpuMs += (time.cpuMs - mean.cpuMs) * weight;
    if (!Number.isFinite(time.gpuMs)) return;
    mean.gpuMs = Number.isFinite(mean.gpuMs)
      ? mean.gpuMs + (time.gpuMs - mean.gpuMs) * weight
      : time.gpuMs;
  }

  private forget(name: string): void {
    this.stages.delete(name);
    this.seen.delete(name);
  }
}
