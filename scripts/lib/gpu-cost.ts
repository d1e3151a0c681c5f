import type { Page } from 'playwright-core';
import type { TrafficCost } from './bench-traffic';
import { openDemo, type OpenOptions } from './demo';
import { callKinds, countGpuCalls } from './gpu-count';
import { countGpuTraffic } from './gpu-traffic';
import type { CallKind, GpuCount, OwnerCounts } from './gpu-count';
import type { OpenDemo } from './demo';

/** Limits of the project; see the cost section of docs/design.md. */
export const costLimits = {
  /** Render passes, compute passes of three, and dispatches of ONNX Runtime, without the probes being re-baked. */
  passesPerFrame: 60,
  createdPerFrame: 0,
  oursAt1080pBytes: 150e6,
  macsPerOutputPixel: 2000,
  /** Read and written on the GPU by a frame, by backend. */
  bytesPerOutputPixel: { wasm: 400, webgpu: 580 } as Readonly<Record<string, number>>,
  /** Of the JS heap, after garbage collection: 1 MB in 1,000 frames. Any image or GPU object kept would be more. */
  heapBytesPerFrame: 1024,
} as const;

/** Calls of one frame after warm-up: the most that any counted frame made. */
export type FrameCalls = Readonly<Record<CallKind, OwnerCounts>>;

/** What a backend asks of the GPU. */
export interface BackendCost {
  readonly backend: string;
  readonly calls: FrameCalls;
  /** What was created in the counted frames, by kind, owner and label. */
  readonly created: Readonly<Record<string, number>>;
  /** Passes of each stage, as three names them. */
  readonly passes: Readonly<Record<string, number>>;
  /** Passes that the device saw in a frame, without those that re-bake probes. */
  readonly ownPasses: number;
}

/** Everything that costs, without a clock. */
export interface Cost {
  readonly backends: readonly BackendCost[];
  readonly memory: MemoryCost | null;
  readonly heap: HeapCost | null;
  /** Missing in files of older versions. */
  readonly traffic?: readonly TrafficCost[];
}

/** Memory on the GPU with the AI view at a size, in bytes. */
export interface MemoryCost {
  readonly size: string;
  /** Images and buffers whose size follows that of the picture. */
  readonly oursBytes: number;
  /** The scene: its textures, geometry, shadow maps, probes. */
  readonly sceneBytes: number;
  readonly largest: GpuCount['largest'];
}

export interface HeapCost {
  /** Frames between two looks at the heap. */
  readonly frames: number;
  /** Growth in each stretch: while code is still being compiled and caches fill it falls from one to the next. */
  readonly stretches: readonly number[];
  /** That of the last stretch. */
  readonly bytesPerFrame: number;
}

/** Stretches after which a heap that still grows is taken to leak. */
const MAX_STRETCHES = 6;

/** Frames counted; a round of eight frames of the jitter and of the software adapter's probes is twice four. */
const COUNTED_FRAMES = 8;
/** Size at which calls are counted: their number does not depend on it. */
const SMALL = { widthPx: 96, heightPx: 64 };

/** Opens a page for counting. */
export function openCounted(options: OpenOptions): Promise<OpenDemo> {
  const { widthPx, heightPx } = SMALL;
  const params = { size: `${widthPx}x${heightPx}`, view: 'ai', ...options.params };
  return openDemo({ ...options, prepare: countEverything, params });
}

/** Prepares a page for `countFrames`, `weigh` and `measureTraffic`. */
export async function countEverything(page: Page): Promise<void> {
  await countGpuCalls(page);
  await countGpuTraffic(page);
}

/** Counts the calls of a frame of the AI view, each frame for itself. */
export async function countFrames(
  demo: OpenDemo,
  backend: 'wasm' | 'webgpu',
): Promise<BackendCost> {
  await demo.call('apply', { backend, view: 'ai', compareView: 'off', paused: false, size: SMALL });
  await demo.call('step', COUNTED_FRAMES);
  const counts: GpuCount[] = [];
  let passes: Record<string, number> = {};
  let ownPasses = 0;
  for (let i = 0; i < COUNTED_FRAMES; i++) {
    await demo.page.evaluate(() => window.gpuCount.reset());
    await demo.call('step', 1);
    const count = await demo.page.evaluate(() => window.gpuCount.read());
    counts.push(count);
    const named = (await demo.get('stats')).passes;
    passes = mostPasses(passes, named);
    const { renderPasses, computePasses } = count.calls;
    const seen = renderPasses.three + renderPasses.ours + computePasses.three + computePasses.ours;
    ownPasses = Math.max(ownPasses, seen - (named['Probes'] ?? 0));
  }
  return { backend, calls: mostOf(counts), created: sumCreated(counts), passes, ownPasses };
}

function mostPasses(
  most: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): Record<string, number> {
  const larger = Object.entries(now).map(
    ([stage, count]) => [stage, Math.max(count, most[stage] ?? 0)] as const,
  );
  return Object.fromEntries(larger.filter(([, count]) => count > 0));
}

function mostOf(counts: readonly GpuCount[]): FrameCalls {
  const most = (kind: CallKind): OwnerCounts => {
    const of = (owner: keyof OwnerCounts) =>
      Math.max(...counts.map(({ calls }) => calls[kind][owner]));
    return { ours: of('ours'), three: of('three'), ort: of('ort') };
  };
  return Object.fromEntries(callKinds.map((kind) => [kind, most(kind)])) as FrameCalls;
}

function sumCreated(counts: readonly GpuCount[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { created } of counts) {
    for (const [key, count] of Object.entries(created)) sums[key] = (sums[key] ?? 0) + count;
  }
  return sums;
}

/** Weighs what the pipeline holds at a size: what it holds beyond what it holds when the picture is tiny. */
export async function weigh(
  demo: OpenDemo,
  size: { readonly widthPx: number; readonly heightPx: number },
): Promise<MemoryCost> {
  const at = async (sizePx: typeof size): Promise<GpuCount> => {
    await demo.call('apply', { size: sizePx });
    await demo.call('step', 1);
    return demo.page.evaluate(() => window.gpuCount.read());
  };
  const total = ({ bufferBytes, textureBytes }: GpuCount): number =>
    [bufferBytes, textureBytes].reduce((sum, { ours, three }) => sum + ours + three, 0);
  // As small as a setting can be: what is left then is the scene, its shadow maps and its probes.
  const scene = await at({ widthPx: 16, heightPx: 16 });
  const whole = await at(size);
  const sceneBytes = total(scene);
  return {
    size: `${size.widthPx}x${size.heightPx}`,
    sceneBytes,
    oursBytes: total(whole) - sceneBytes,
    largest: whole.largest,
  };
}

/** Growth of the JS heap over stretches of frames, garbage collected before and after, until it ends. */
export async function heapGrowth(demo: OpenDemo, frames: number): Promise<HeapCost> {
  const session = await demo.page.context().newCDPSession(demo.page);
  const heapBytes = async (): Promise<number> => {
    // Twice: the first collection may only find what the second can free.
    for (let i = 0; i < 2; i++) await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize;
  };
  const stretches: number[] = [];
  let before = await heapBytes();
  for (let i = 0; i < MAX_STRETCHES; i++) {
    await demo.call('step', frames);
    const after = await heapBytes();
    stretches.push((after - before) / frames);
    if (stretches.at(-1)! <= costLimits.heapBytesPerFrame) break;
    before = after;
  }
  await session.detach();
  return { frames, stretches, bytesPerFrame: stretches.at(-1)! };
}

/** Passes of a frame beside the probes that are re-baked, and ONNX Runtime's dispatches. */
export function passesPerFrame({ calls, ownPasses }: BackendCost): number {
  return ownPasses + calls.dispatches.ort;
}

/** Buffers, textures and pipelines created in the counted frames, by anyone. */
export function createdPerFrame({ calls }: BackendCost): number {
  const kinds = ['buffers', 'textures', 'pipelines'] as const;
  return kinds.reduce(
    (sum, kind) => sum + calls[kind].ours + calls[kind].three + calls[kind].ort,
    0,
  );
}
