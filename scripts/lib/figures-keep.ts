import { existsSync, readFileSync } from 'node:fs';
import { cp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metrics } from './metrics';

const file = 'metrics.json';
const frameFolders = /^frame-\d{4}$/;

/** metrics.json of an evaluation's folder. */
export const readMetrics = (folder: string): Metrics =>
  JSON.parse(readFileSync(join(folder, file), 'utf8')) as Metrics;

/**
 * Copies the pictures and scores of an evaluation into a folder that keeps those of other views from earlier ones, so that
 * a sheet can show them side by side. What was kept of other frames goes: its rows would lack views.
 */
export async function keepEvaluation(from: string, kept: string): Promise<void> {
  const added = readMetrics(from);
  const before = existsSync(join(kept, file)) ? readMetrics(kept) : null;
  const isSame = before !== null && numbersOf(before) === numbersOf(added);
  if (!isSame)
    for (const name of await frames(kept)) await rm(join(kept, name), { recursive: true });
  for (const name of await frames(from)) await cp(join(from, name), join(kept, name), { recursive: true }); // prettier-ignore
  const all = isSame ? besideEachOther(before, added) : added;
  await writeFile(join(kept, file), `${JSON.stringify(all, null, 2)}\n`);
}

const frames = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => frameFolders.test(name));

const numbersOf = (metrics: Metrics): string => metrics.frames.map(({ frame }) => frame).join(',');

/** Scores of both; of a view that both have, the later ones. */
function besideEachOther(before: Metrics, added: Metrics): Metrics {
  return {
    ...added,
    frames: added.frames.map((frame, i) => ({
      ...frame,
      views: { ...before.frames[i]!.views, ...frame.views },
    })),
    mean: { ...before.mean, ...added.mean },
    temporal: { ...before.temporal, ...added.temporal },
    still: { ...before.still, ...added.still },
  };
}
