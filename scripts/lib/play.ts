import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ViewId } from '../../src/core/view-ids';
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
  const stride = Math.max(Math.round((durationS * 60) / count), 1);
  return { count, stride };
}

/** Plays the path once for a view and writes `frame-NNNN/<view>.png` and `.exr`. */
export async function playView(
  demo: OpenDemo,
  view: ViewId,
  { steps, out }: { readonly steps: Steps; readonly out: string },
): Promise<void> {
  await demo.call('apply', { view });
  for (let index = 0; index < steps.count; index++) {
    await goTo(demo, index, steps.stride);
    const folder = join(out, frameFolder(index));
    await mkdir(folder, { recursive: true });
    const base = join(folder, view.replace(':', '-'));
    await writePng(`${base}.png`, await demo.call('pixels', view));
    const linear = await demo.call('pixels', view, { linear: true });
    await writeExr(`${base}.exr`, linear);
  }
}

/**
 * Arrives at a picture with a warm history. Steps of up to twice the warm-up are played in full; longer ones are
 * skipped to shortly before the picture. Before the first frame there is none, so it is drawn again standing still.
 */
async function goTo(demo: OpenDemo, index: number, stride: number): Promise<void> {
  const frame = index * stride;
  if (index === 0) {
    await demo.call('seek', 0);
    await demo.call('step', warmFrames, { still: true });
  } else if (stride <= warmFrames * 2) {
    await demo.call('step', stride);
  } else {
    await demo.call('seek', frame - warmFrames);
    await demo.call('step', warmFrames);
  }
}

/**
 * Exports what the path tracer needs for the pictures: `shot/`, or `shot-NNNN/` for each frame where meshes change
 * shape. Returns the frames and the folders.
 */
export async function exportShots(
  demo: OpenDemo,
  options: { scene: string; quality: string; steps: Steps; out: string },
): Promise<{ frames: ShotFrame[]; folders: string[] }> {
  const { scene, quality, steps, out } = options;
  const frames: ShotFrame[] = [];
  const folders: string[] = [];
  for (let index = 0; index < steps.count; index++) {
    await demo.call('seek', index * steps.stride);
    const buffers = await demo.call('buffers');
    const exported = await demo.call('exportScene');
    const frame = describeFrame(buffers, exported, { frame: index, guide: true });
    frames.push(frame);
    const last = index === steps.count - 1;
    if (!exported.deforming && !last) continue;
    const name = exported.deforming ? frameFolder(index).replace('frame', 'shot') : 'shot';
    folders.push(join(out, name));
    const shotFrames = exported.deforming ? [frame] : frames;
    await writeShot(join(out, name), { scene, quality, buffers, exported, frames: shotFrames });
  }
  return { frames, folders };
}
