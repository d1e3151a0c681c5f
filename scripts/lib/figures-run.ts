import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeHeldOutFile } from '../held-out/files';
import type { FigureScene } from './figures-scenes';
import { projectRoot } from './install.mjs';
import type { Metrics } from './metrics';
import { keepEvaluation, readMetrics } from './figures-keep';
import { frameFolder } from './shot';
import { runScript } from './run-script';
import { runWorkshop } from './workshop';

/** What all evaluations of a run share. */
export interface RunOptions {
  readonly out: string;
  readonly size: string;
  readonly spp: number;
  readonly warmFrames: number;
  /** Neighbouring frames that are rendered at one place of each scene. */
  readonly sequence: number;
  readonly cache: string;
  readonly python: string;
}

/** What is played of a scene. */
export interface Play {
  readonly quality: string;
  readonly model: string;
  readonly views: readonly string[];
  /** Takes each n-th frame, and no sequence if there is less than all of them. */
  readonly every: number;
}

/** Other than every seed of a reference. */
const noiseSeed = '1';

const folderOf = (options: RunOptions, scene: FigureScene): string => join(options.out, scene.name);
const referencesOf = (options: RunOptions, scene: FigureScene): string =>
  join(folderOf(options, scene), 'references');

/** Renders the references of a scene, or takes them from where they are kept; returns their folder. */
export async function makeReferences(options: RunOptions, scene: FigureScene): Promise<string> {
  const out = referencesOf(options, scene);
  const source = await sourceOf(options, scene);
  const stamp = referenceStamp(options, scene, source);
  const mark = join(out, 'complete.txt');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === stamp) return out;
  await rm(out, { recursive: true, force: true });
  const { sequence, spp, cache } = options;
  await evaluate({
    ...commonFlags(options, scene, source),
    ...{ out, sequence, spp, cache, views: 'none', backend: 'none', reference: 'mitsuba' },
  });
  await writeFile(mark, stamp);
  return out;
}

/** Measures the noise of a reference: two neighbouring frames rendered with another seed. */
export async function measureNoise(options: RunOptions, scene: FigureScene): Promise<Metrics> {
  const references = referencesOf(options, scene);
  const out = join(folderOf(options, scene), 'noise');
  const known = readMetrics(references);
  const numbers = known.sequence.slice(0, 2);
  const { cache, python, spp } = options;
  const kept = cache ? ['--cache', cache] : [];
  const quality = ['--spp', String(spp), '--seed', noiseSeed, ...kept];
  await rm(out, { recursive: true, force: true });
  for (const shot of readdirSync(references).filter((name) => name.startsWith('shot'))) {
    const only = ['--only', numbers.join(',')];
    await runWorkshop(python, 'reference', [join(references, shot), '--out', out, ...only, ...quality]); // prettier-ignore
  }
  for (const number of numbers) await pairUp(join(out, frameFolder(number)), join(references, frameFolder(number))); // prettier-ignore
  const frames = numbers.slice(0, 1).map((frame) => ({ frame, timeS: 0, views: {} }));
  const skeleton: Metrics = { ...known, model: '', frames, sequence: numbers, still: {} };
  await writeFile(join(out, 'metrics.json'), JSON.stringify(skeleton));
  await runWorkshop(python, 'metrics', [out]);
  return readMetrics(out);
}

/** The second render becomes the view `noise` of the first. */
async function pairUp(folder: string, reference: string): Promise<void> {
  await copyFile(join(folder, 'reference.png'), join(folder, 'noise.png'));
  await copyFile(join(reference, 'reference.png'), join(folder, 'reference.png'));
}

/** Folder of an evaluation. */
export function evaluationFolder(options: RunOptions, scene: FigureScene, play: Play): string {
  return join(folderOf(options, scene), `${play.quality}-${play.model}`);
}

/** Plays the views, compares them with the references, and lays their pictures beside those of earlier plays. */
export async function playScene(
  options: RunOptions,
  scene: FigureScene,
  play: Play,
): Promise<Metrics> {
  const kept = evaluationFolder(options, scene, play);
  const out = join(kept, 'latest');
  const { quality, model, every } = play;
  await mkdir(out, { recursive: true });
  await evaluate({
    ...commonFlags(options, scene, await sourceOf(options, scene)),
    ...{ out, quality, model, every, warm: options.warmFrames, views: play.views.join(',') },
    sequence: every > 1 ? 1 : options.sequence,
    exr: 'no',
    reference: referencesOf(options, scene),
  });
  await keepEvaluation(out, kept);
  return readMetrics(out);
}

type Flags = Readonly<Record<string, string | number>>;

function commonFlags(options: RunOptions, scene: FigureScene, source: string): Flags {
  const { size, python } = options;
  const { frames, environment } = scene;
  // Scenes of the demo bring their own sky.
  return { scene: source, frames, size, python, environment: isFile(source) ? environment : '' };
}

const isFile = (source: string): boolean => source.endsWith('.glb');

/** What `evaluate` is given: the name of a scene, or the file of it, made on demand. */
async function sourceOf(options: RunOptions, { name, group }: FigureScene): Promise<string> {
  return group === 'file' ? makeHeldOutFile(name, join(options.out, 'files')) : name;
}

/** The part of the workshop that makes references. */
const tracerFiles = [
  ...['reference', 'reference_cache', 'render', 'integrator', 'world', 'surface', 'bsdf', 'lights'],
  ...['flatten', 'gltf', 'sampling', 'sampler', 'tables'],
];

/** Changes with everything that the references of a scene depend on. */
function referenceStamp(options: RunOptions, scene: FigureScene, source: string): string {
  const hash = createHash('sha256');
  const { size, spp, sequence } = options;
  hash.update(JSON.stringify([scene, basename(source), size, spp, sequence]));
  if (isFile(source)) hash.update(readFileSync(source));
  const scenes = join(projectRoot, 'src', 'scenes');
  const names = readdirSync(scenes, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts')).map((name) => join(scenes, name));
  const exporter = join(projectRoot, 'src', 'export-scene.ts');
  const workshop = join(projectRoot, 'models', 'workshop');
  const tracer = tracerFiles.map((name) => join(workshop, `${name}.py`));
  for (const file of [...files.toSorted(), exporter, ...tracer]) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** Runs the evaluation command with these flags. */
async function evaluate(flags: Flags): Promise<void> {
  const given = Object.entries(flags)
    .filter(([, value]) => value !== '')
    .flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  await runScript('evaluate', given);
}
