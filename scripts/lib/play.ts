import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ViewId } from '../../src/core/settings';
import type { OpenDemo } from './demo';
import { writeExr } from './exr';
import { writePng } from './png';
import { describeFrame, frameFolder, writeShot, type ShotFrame } from './shot';

/** Frames played before each picture that has no played neighbour, so that its history is warm. */
const warmFrames = 8;

/** Which frames of the path become pictures. */
export interface Steps {
  readonly count: number;
  /** Frames of the path from one picture to the next. */
  readonly stride: number;
}

/** Divides a path of `durationS` into `count` equal steps of whole frames. */
export function divide(durationS: number, count: number): Steps {
  return { count, stride: Math.max(Math.round((durationS * 60) / count), 1) };
}

/** Name of a view in files and metrics. */
export function viewName(view: ViewId): string {
  return view.replace(':', '-');
}

/** Plays the path once and writes `frame-NNNN/<view>.png` and `.exr`; calls `onPicture` after each frame. */
export async function playViews(
  demo: OpenDemo,
  options: { views: readonly ViewId[]; steps: Steps; out: string; onPicture: () => void },
): Promise<void> {
  const { views, steps, out, onPicture } = options;
  await goToStart(demo, views);
  for (let index = 0; index < steps.count; index++) {
    if (index > 0) await goOn(demo, index * steps.stride, steps.stride);
    const folder = join(out, frameFolder(index));
    await mkdir(folder, { recursive: true });
    for (const view of views) {
      const path = join(folder, viewName(view));
      await writePng(`${path}.png`, await demo.pixels(view));
      await writeExr(`${path}.exr`, await demo.pixelsLinear(view));
    }
    onPicture();
  }
}

/** The first frame has none before it, so it is drawn again and again while the scene stands still. */
async function goToStart(demo: OpenDemo, views: readonly ViewId[]): Promise<void> {
  await demo.call('seek', 0);
  // A view keeps its history from the moment that it was asked for.
  for (const view of views) await demo.pixels(view);
  await demo.call('apply', { paused: true });
  await demo.call('step', warmFrames);
}

/** Plays to `frame`; a step of more than twice the warm-up is skipped to shortly before its end. */
async function goOn(demo: OpenDemo, frame: number, stride: number): Promise<void> {
  const played = stride > warmFrames * 2 ? warmFrames : stride;
  if (played < stride) await demo.call('seek', frame - played);
  await playFrames(demo, played);
}

/** Plays on in one go, so that the page's own loop gets no frame in between. */
export async function playFrames({ page }: OpenDemo, frames: number): Promise<void> {
  await page.evaluate(async (count) => {
    await Promise.all([window.demo.apply({ paused: false }), window.demo.step(count)]);
  }, frames);
}

/**
 * Exports what the path tracer needs for the pictures: `shot/`, or `shot-NNNN/` for each frame where meshes change
 * shape. Returns the folders.
 */
export async function exportShots(
  demo: OpenDemo,
  options: { scene: string; quality: string; steps: Steps; out: string },
): Promise<string[]> {
  const { scene, quality, steps, out } = options;
  const frames: ShotFrame[] = [];
  const folders: string[] = [];
  for (let index = 0; index < steps.count; index++) {
    await demo.call('seek', index * steps.stride);
    const buffers = await demo.call('buffers');
    const exported = await demo.call('exportScene');
    const frame = describeFrame(buffers, exported, { frame: index, guide: true });
    frames.push(frame);
    if (!exported.deforming && index < steps.count - 1) continue;
    const name = exported.deforming ? frameFolder(index).replace('frame', 'shot') : 'shot';
    folders.push(join(out, name));
    const shotFrames = exported.deforming ? [frame] : frames;
    await writeShot(join(out, name), { scene, quality, buffers, exported, frames: shotFrames });
  }
  return folders;
}
