import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './cli';
import { projectRoot } from './install.mjs';
import { expandScenes } from './shot-list';

/** Scenes that are captured alike. */
export interface CapturePlan {
  /** As `capture --scenes` takes them. */
  readonly scenes: string;
  /** Places on the path of each scene. */
  readonly frames: number;
  /** Consecutive frames at each place. */
  readonly sequence: number;
  /** Every how manieth frame has a guide and a full-size target; 0 = none. */
  readonly guideEvery: number;
}

/** What is trained on, or validated on. */
export interface SetPlan {
  /** Samples a pixel of targets, low-resolution and full-size. */
  readonly spp: number;
  readonly fullSpp: number;
  readonly captures: readonly CapturePlan[];
}

/** models/dataset.json. */
export interface DatasetPlan {
  /** WIDTHxHEIGHT of the output picture. */
  readonly size: string;
  readonly sets: Readonly<Record<string, SetPlan>>;
}

export const readDatasetPlan = (): DatasetPlan =>
  JSON.parse(readFileSync(join(projectRoot, 'models', 'dataset.json'), 'utf8')) as DatasetPlan;

/** A set by its name. */
export function setOf(plan: DatasetPlan, set: string): SetPlan {
  const found = plan.sets[set];
  if (!found)
    throw new UsageError(`--set: '${set}' is not one of ${Object.keys(plan.sets).join(', ')}`);
  return found;
}

/** How much a set is: scenes, low-resolution frames, those of them in sequences of 8 and more, full-size frames. */
export function sizeOf(captures: readonly CapturePlan[]) {
  const size = { scenes: 0, frames: 0, inSequences: 0, fullSize: 0 };
  for (const { scenes, frames, sequence, guideEvery } of captures) {
    const count = expandScenes(scenes).length;
    const each = frames * sequence;
    size.scenes += count;
    size.frames += count * each;
    if (sequence >= 8) size.inSequences += count * each;
    if (guideEvery > 0) size.fullSize += count * Math.ceil(each / guideEvery);
  }
  return size;
}

/** Arguments of `npm run capture`. */
export const captureFlags = (
  { size }: DatasetPlan,
  { scenes, frames, sequence, guideEvery }: CapturePlan,
  { out, shard }: { readonly out: string; readonly shard: string },
): string[] =>
  Object.entries({ out, scenes, frames, sequence, size, 'guide-every': guideEvery, shard }) //
    .flatMap(([flag, value]) => [`--${flag}`, String(value)]);
