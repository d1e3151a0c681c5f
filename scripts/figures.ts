import { resolve } from 'node:path';
import { modelNames, qualityNames, viewIds } from '../src/core/settings';
import { readChoice, readSize, readWhole, runCommand, UsageError, type Command } from './lib/cli';
import { entriesOf, hasEntry, mergeEntries, noiseView, readFigures, versionNow, writeFigures, type Figures } from './lib/figures-data'; // prettier-ignore
import { printTables, publishPictures, publishTables } from './lib/figures-publish';
import { makeReferences, measureNoise, playScene, type Play, type RunOptions } from './lib/figures-run'; // prettier-ignore
import { chooseScenes, figureScenes, type FigureScene } from './lib/figures-scenes';
import { published } from './lib/figures-tables';
import { projectRoot } from './lib/install.mjs';
import { planPictures } from './lib/plan';
import { findPython } from './lib/workshop';

const parts = ['references', 'noise', 'play', 'tables', 'pictures'] as const;

const command = {
  name: 'figures',
  summary:
    'Measures the published figures. What is measured already stays, so a run can be stopped, started again and split.',
  flags: {
    scenes: { value: 'LIST', help: 'scenes or built-in, generated, file, seen', default: 'all' },
    views: { value: 'LIST', help: 'views to compare', default: 'raw,bilinear,taau,classic,resolve,ai' }, // prettier-ignore
    models: { value: 'LIST', help: 'networks', default: published.model },
    qualities: { value: 'LIST', help: qualityNames.join(', '), default: published.quality },
    parts: { value: 'LIST', help: parts.join(', '), default: parts.join(',') },
    every: { value: 'N', help: 'frames of networks and modes besides M in Performance', default: '2' }, // prettier-ignore
    warm: { value: 'N', help: 'frames played before each picture', default: '40' },
    sequence: { value: 'N', help: 'neighbouring frames at one place of each scene', default: '4' },
    size: { value: 'WxH', help: 'size of the output picture', default: '640x360' },
    spp: { value: 'N', help: 'path-traced samples a pixel of the references', default: '32' },
    again: { value: 'yes|no', help: 'whether to measure what is measured already', default: 'no' },
    cache: {
      value: 'DIR',
      help: 'folder that keeps the references',
      default: process.env['RELIGHT_REFERENCES'] ?? 'data/references',
    },
    results: {
      value: 'FILE',
      help: 'where all figures are; the documents are written from the default one only',
      default: 'docs/figures.json',
    },
    out: { value: 'DIR', help: 'folder of the evaluations', default: 'evaluation/figures' },
    python: { value: 'PATH', help: 'Python of the model workshop', default: '' },
  },
} satisfies Command<string>;

type Flags = Readonly<Record<keyof typeof command.flags, string>>;

await runCommand(command, async (flags) => {
  const wanted = readList('parts', flags.parts, parts);
  const options = readOptions(flags);
  const scenes = chooseScenes(flags.scenes);
  const plays = readPlays(flags);
  for (const scene of scenes) {
    console.log(`\n${scene.name}`);
    if (['references', 'noise', 'play'].some((part) => wanted.includes(part as never))) await makeReferences(options, scene); // prettier-ignore
    if (wanted.includes('noise')) await addNoise(flags, options, scene);
    if (wanted.includes('play')) for (const play of plays) await addPlay(flags, options, scene, play); // prettier-ignore
  }
  if (wanted.includes('tables')) printTables(readResults(flags), figureScenes());
  // Only the figures of the repository belong into its documents.
  if (flags.results !== command.flags.results.default) return;
  if (wanted.includes('tables')) publishTables(readResults(flags), figureScenes());
  if (wanted.includes('pictures')) await publishPictures(options, figureScenes());
});

function readList<T extends string>(flag: string, text: string, choices: readonly T[]): T[] {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names.map((name) => readChoice(flag, name, choices)))];
}

function readOptions(flags: Flags): RunOptions {
  const { widthPx, heightPx } = readSize('size', flags.size);
  const sequence = readWhole('sequence', flags.sequence, 2);
  return {
    out: resolve(flags.out),
    size: `${widthPx}x${heightPx}`,
    spp: readWhole('spp', flags.spp, 1),
    warmFrames: readWhole('warm', flags.warm),
    sequence,
    cache: resolve(flags.cache),
    python: findPython(flags.python),
  };
}

/** The published mode shows every view on every frame; the others only what their table needs. */
function readPlays(flags: Flags): Play[] {
  const views = readList('views', flags.views, viewIds);
  const models = readList('models', flags.models, modelNames);
  const every = readWhole('every', flags.every, 1);
  const few = views.filter((view) => view === 'resolve' || view === 'ai');
  const plays = readList('qualities', flags.qualities, qualityNames).flatMap((quality) =>
    models.map((model, m): Play => {
      const isPublished = quality === published.quality && model === published.model;
      if (isPublished) return { quality, model, views, every: 1 };
      const needsResolve = m === 0 && quality !== published.quality;
      return { quality, model, every, views: needsResolve ? few : few.filter((view) => view === 'ai') }; // prettier-ignore
    }),
  );
  if (plays.length === 0) throw new UsageError('--qualities and --models name nothing to play');
  return plays.filter(({ views }) => views.length > 0);
}

function readResults(flags: Flags): Figures {
  const { size, spp } = readOptions(flags);
  return readFigures(resolve(projectRoot, flags.results), { size, spp });
}

async function addNoise(flags: Flags, options: RunOptions, scene: FigureScene): Promise<void> {
  const known = readResults(flags).entries;
  const isKnown = known.some((entry) => entry.scene === scene.name && entry.view === noiseView);
  if (isKnown && flags.again !== 'yes') return;
  const metrics = await measureNoise(options, scene);
  const entries = entriesOf(metrics, () => '');
  writeFigures(resolve(projectRoot, flags.results), mergeEntries(readResults(flags), entries));
}

async function addPlay(
  flags: Flags,
  options: RunOptions,
  scene: FigureScene,
  play: Play,
): Promise<void> {
  const versionOf = (view: string): string => versionNow(view, play.model);
  const known = readResults(flags);
  const count = scene.frames;
  const plan = planPictures({ durationS: 1, count, every: play.every });
  const numbers = plan.steps.map(({ index }) => index);
  const missing = play.views.filter((view) => {
    const { quality, model } = play;
    const wanted = { scene: scene.name, quality, view, model: view === 'ai' ? model : '', warmFrames: options.warmFrames, version: versionOf(view) }; // prettier-ignore
    return flags.again === 'yes' || !hasEntry(known, wanted, numbers);
  });
  if (missing.length === 0) return console.log(`${scene.name}: ${play.quality} ${play.model} is measured already`); // prettier-ignore
  const metrics = await playScene(options, scene, { ...play, views: missing });
  // Read again: another run may have added to it in the meantime.
  const entries = entriesOf(metrics, versionOf);
  writeFigures(resolve(projectRoot, flags.results), mergeEntries(readResults(flags), entries));
}
