import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GlbNode } from '../lib/glb/scene';
import { writeGlb } from '../lib/glb/write';
import { display } from './display';
import { livingRoom } from './living-room';
import { shopFront } from './shop-front';

/** The scenes that are evaluated as files, by file name. `held-` keeps them out of every training. */
export const heldOutFiles: Readonly<Record<string, () => GlbNode[]>> = {
  'held-living-room': livingRoom,
  'held-shop-front': shopFront,
  'held-display': display,
};

/** Writes one of the files and returns its path; one that is the same already stays as it is. */
export async function makeHeldOutFile(name: string, folder: string): Promise<string> {
  const build = heldOutFiles[name];
  if (!build) throw new Error(`there is no held-out file ${name}`);
  const path = join(folder, `${name}.glb`);
  const bytes = writeGlb(build());
  if (existsSync(path) && bytes.equals(await readFile(path))) return path;
  await mkdir(folder, { recursive: true });
  await writeFile(path, bytes);
  return path;
}
