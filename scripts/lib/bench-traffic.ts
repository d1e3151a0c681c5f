import type { OpenDemo } from './demo';
import type { Traffic } from './gpu-traffic';

/** Frames of a round: the software adapter re-bakes probes in every fourth. */
const FRAMES = 4;
/** Two sizes whose low-resolution frame needs no padding for the network. */
const SIZES = [
  { widthPx: 128, heightPx: 64 },
  { widthPx: 256, heightPx: 128 },
] as const;

/** Bytes of a frame of the AI view per pixel of the picture. */
export interface TrafficCost extends Traffic {
  readonly backend: string;
  /** By label of the pass, largest first. */
  readonly passes: readonly (Traffic & { readonly label: string })[];
}

/** Bytes read and written per output pixel. */
export function bytesPerPixel({ readBytes, writtenBytes }: Traffic): number {
  return readBytes + writtenBytes;
}

/**
 * Measures what a frame moves per output pixel: the growth from a small size to one of four times its pixels, so that
 * shadow maps, probes and the scene's textures, which do not grow, fall out.
 */
export async function measureTraffic(
  demo: OpenDemo,
  backend: 'wasm' | 'webgpu',
): Promise<TrafficCost> {
  const [small, large] = [await frameAt(demo, backend, SIZES[0]), await frameAt(demo, backend, SIZES[1])]; // prettier-ignore
  return { backend, ...perPixel(small, large, pixels(SIZES[1]) - pixels(SIZES[0])) };
}

/** Growth of each pass and of all of them, per pixel that was added. */
export function perPixel(
  small: Readonly<Record<string, Traffic>>,
  large: Readonly<Record<string, Traffic>>,
  addedPixels: number,
): Omit<TrafficCost, 'backend'> {
  const none: Traffic = { readBytes: 0, writtenBytes: 0 };
  const labels = [...new Set([...Object.keys(small), ...Object.keys(large)])];
  const passes = labels.map((label) => {
    const [before, after] = [small[label] ?? none, large[label] ?? none];
    return {
      label,
      readBytes: (after.readBytes - before.readBytes) / addedPixels,
      writtenBytes: (after.writtenBytes - before.writtenBytes) / addedPixels,
    };
  });
  const sum = (key: keyof Traffic): number => passes.reduce((total, pass) => total + pass[key], 0);
  return {
    readBytes: sum('readBytes'),
    writtenBytes: sum('writtenBytes'),
    passes: passes
      .filter((pass) => bytesPerPixel(pass) > 0)
      .toSorted((a, b) => bytesPerPixel(b) - bytesPerPixel(a)),
  };
}

function pixels({ widthPx, heightPx }: (typeof SIZES)[number]): number {
  return widthPx * heightPx;
}

async function frameAt(
  demo: OpenDemo,
  backend: 'wasm' | 'webgpu',
  size: (typeof SIZES)[number],
): Promise<Record<string, Traffic>> {
  // Paused, so that the page's own loop adds no frames to those that are counted.
  const view = { view: 'ai', compareView: 'off', quality: 'performance', paused: true } as const;
  await demo.call('apply', { ...view, backend, size });
  // The first frames compile, and upload what stays.
  await demo.call('step', FRAMES);
  await demo.page.evaluate(() => window.gpuTraffic.reset());
  await demo.call('step', FRAMES);
  const sums = await demo.page.evaluate(() => window.gpuTraffic.read());
  await demo.call('apply', { paused: false });
  const share = ([label, { readBytes, writtenBytes }]: [string, Traffic]) =>
    [label, { readBytes: readBytes / FRAMES, writtenBytes: writtenBytes / FRAMES }] as const;
  return Object.fromEntries(Object.entries(sums).map(share));
}
