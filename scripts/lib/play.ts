import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ViewId } from '../../src/core/settings';
import type { OpenDemo } from './demo';
import { writeExr } from './exr';
import { inOrder, type Plan } from './plan';
import { writePng } from './png';
import { describeFrame, frameFolder, writeShot, type ShotFrame } from './shot';
import { meanChange } from './still';

/** A seek re-bakes every probe, which takes less time than this many frames. */
const seekFrames = 1;
/** Frames of one call: a slow machine must not run into its time limit. */
const framesPerCall = 8;
/** Pictures of the standing scene that flicker is measured on. */
const stillPictures = 4;

/** Name of a view in files and metrics. */
export function viewName(view: ViewId): string {
  return view.replace(':', '-');
}

/** What to play. */
export interface PlayOptions {
  readonly views: readonly ViewId[];
  readonly plan: Plan;
  /** Frames played before each picture whose neighbour is no picture, so that its history is warm. */
  readonly warmFrames: number;
  /** Whether to write linear pictures too. */
  readonly hasExr: boolean;
  readonly out: string;
  readonly onPicture: () => void;
}

/**
 * Plays the path once and writes `frame-NNNN/<view>.png`, and `.exr` if asked; calls `onPicture` after each frame. Returns how
 * much each view flickers while the scene stands still, in 8-bit steps.
 */
export async function playViews(
  demo: OpenDemo,
  options: PlayOptions,
): Promise<Record<string, number>> {
  const { views, plan, warmFrames, hasExr, out, onPicture } = options;
  await goToStart(demo, views, warmFrames);
  const flicker = await measureStill(demo, views);
  let at = 0;
  for (const { index, pathFrame } of inOrder(plan)) {
    if (pathFrame > at) await goOn(demo, { from: at, to: pathFrame, warmFrames });
    at = pathFrame;
    const folder = join(out, frameFolder(index));
    await mkdir(folder, { recursive: true });
    for (const view of views) {
      const path = join(folder, viewName(view));
      await writePng(`${path}.png`, await demo.pixels(view));
      if (hasExr) await writeExr(`${path}.exr`, await demo.pixelsLinear(view));
    }
    onPicture();
  }
  return flicker;
}

/** The first frame has none before it, so it is drawn again and again while the scene stands still. */
async function goToStart(
  demo: OpenDemo,
  views: readonly ViewId[],
  warmFrames: number,
): Promise<void> {
  await demo.call('seek', 0);
  // A view keeps its history from the moment that it was asked for.
  for (const view of views) await demo.pixels(view);
  await demo.call('apply', { paused: true });
  await stepOn(demo, warmFrames);
}

/** Plays on in one go, so that the page's own loop gets no frame in between. */
export async function playFrames({ page }: OpenDemo, frames: number): Promise<void> {
  await page.evaluate(async (count) => {
    await Promise.all([window.demo.apply({ paused: false }), window.demo.step(count)]);
  }, frames);
}

/** Mean change of each view from frame to frame while the scene stands still. */
async function measureStill(
  demo: OpenDemo,
  views: readonly ViewId[],
): Promise<Record<string, number>> {
  const seen = views.map((): Uint8Array[] => []);
  for (let i = 0; i < stillPictures; i++) {
    if (i > 0) await demo.call('step', 1);
    for (const [v, view] of views.entries()) seen[v]!.push((await demo.pixels(view)).data);
  }
  return Object.fromEntries(views.map((view, v) => [viewName(view), meanChange(seen[v]!)]));
}

interface Stretch {
  /** Frames of the path. */
  readonly from: number;
  readonly to: number;
  readonly warmFrames: number;
}

/** Plays to a frame; what is not needed to warm the history is skipped where that saves time. */
async function goOn(demo: OpenDemo, { from, to, warmFrames }: Stretch): Promise<void> {
  const skips = to - from > warmFrames + seekFrames;
  if (skips) await demo.call('seek', to - warmFrames);
  const count = skips ? warmFrames : to - from;
  if (count === 0) return;
  await playFrames(demo, 1);
  await stepOn(demo, count - 1);
}

async function stepOn(demo: OpenDemo, count: number): Promise<void> {
  for (let done = 0; done < count; done += framesPerCall) {
    await demo.call('step', Math.min(framesPerCall, count - done));
  }
}

/**
 * Exports what the path tracer needs for the pictures: `shot/`, or `shot-NNNN/` for each frame where meshes change
 * shape. Returns the folders.
 */
export async function exportShots(
  demo: OpenDemo,
  options: { scene: string; quality: string; plan: Plan; out: string },
): Promise<string[]> {
  const { scene, quality, plan, out } = options;
  const frames: ShotFrame[] = [];
  const folders: string[] = [];
  const pictures = inOrder(plan);
  for (const { index, pathFrame } of pictures) {
    await demo.call('seek', pathFrame);
    const buffers = await demo.call('buffers');
    const exported = await demo.call('exportScene');
    const frame = describeFrame(buffers, exported, { frame: index, guide: true });
    frames.push(frame);
    if (!exported.deforming && frames.length < pictures.length) continue;
    const name = exported.deforming ? frameFolder(index).replace('frame', 'shot') : 'shot';
    folders.push(join(out, name));
    const shotFrames = exported.deforming ? [frame] : frames;
    await writeShot(join(out, name), { scene, quality, buffers, exported, frames: shotFrames });
  }
  return folders;
}
