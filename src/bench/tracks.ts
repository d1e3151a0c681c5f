import type { FrameRecord } from './frame-profiler';

/** Group that Chrome's Performance panel shows the tracks in. */
const GROUP = 'neural-relight';
const TRACKS = {
  frame: 'Frame',
  cpu: 'CPU stages',
  inference: 'Inference',
  gpu: 'GPU stages',
} as const;

/** Work of the network's path; the rest is raster. */
const inferenceStages = new Set(['Pack', 'GPU wait', 'Read-back', 'Network', 'Upload']);

type Color = 'primary' | 'primary-light' | 'secondary' | 'tertiary' | 'tertiary-dark' | 'error';

/** What a frame is drawn with, shown beside its entry. */
export type FrameProperties = ReadonlyArray<readonly [name: string, value: string]>;

/** The long form of Chrome and what is built on it, which costs next to nothing while nobody records. */
type LongTimeStamp = (
  label: string,
  startMs: number,
  endMs: number,
  track: string,
  group: string,
  color: Color,
) => void;

/** Firefox knows the short form only, and logs each. */
const isChromium = /Chrome\//.test(navigator.userAgent);

const stamp: LongTimeStamp = (...entry) => {
  if (isChromium) (console.timeStamp as LongTimeStamp)(...entry);
};

/** Frames longer than this are drawn in the colour of errors: less than 30 a second. */
const SLOW_MS = 1000 / 30;

/** Writes the CPU side of a frame to the custom tracks of DevTools. */
export function drawCpuTracks(frame: FrameRecord, properties: FrameProperties): void {
  const { startMs, endMs, passes, count } = frame;
  const slow = endMs - startMs > SLOW_MS;
  entry(TRACKS.frame, 'Frame', { startMs, endMs, color: slow ? 'error' : 'primary', properties });
  for (let i = 0; i < count; i++) {
    const { stage, startMs: start, endMs: end } = passes[i]!;
    const network = inferenceStages.has(stage);
    if (stage === 'Network') {
      entry(TRACKS.inference, stage, { startMs: start, endMs: end, color: 'tertiary', properties });
    } else if (network) stamp(stage, start, end, TRACKS.inference, GROUP, 'tertiary-dark');
    else stamp(stage, start, end, TRACKS.cpu, GROUP, 'secondary');
  }
}

/**
 * Writes the GPU side once it is known. The GPU's clock is not the page's: the passes keep their length and their
 * order, end to end from the start of the frame.
 */
export function drawGpuTrack({ startMs, passes, count }: FrameRecord): void {
  let atMs = startMs;
  for (let i = 0; i < count; i++) {
    const { stage, gpuMs } = passes[i]!;
    if (!(gpuMs > 0)) continue;
    const color = inferenceStages.has(stage) ? 'tertiary' : 'primary-light';
    stamp(stage, atMs, atMs + gpuMs, TRACKS.gpu, GROUP, color);
    atMs += gpuMs;
  }
}

interface Entry {
  readonly startMs: number;
  readonly endMs: number;
  readonly color: Color;
  readonly properties: FrameProperties;
}

/** Only a measure carries properties; it is cleared at once, or the browser keeps every one of them. */
function entry(track: string, name: string, { startMs, endMs, color, properties }: Entry): void {
  const devtools = { dataType: 'track-entry', track, trackGroup: GROUP, color, properties };
  performance.measure(name, { start: startMs, end: endMs, detail: { devtools } });
  performance.clearMeasures(name);
}
