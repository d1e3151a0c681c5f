import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { meansOf, modeTable, published, sceneTable, viewTable } from './figures-tables';
import type { Entry, Figures } from './figures-data';
import type { FigureScene } from './figures-scenes';
import { projectRoot } from './install.mjs';
import { evaluationFolder, type RunOptions } from './figures-run';
import { runWorkshop } from './workshop';

/** Puts text between `<!-- figures:NAME -->` and `<!-- /figures -->`, wherever a document has these marks. */
export function fillMarks(document: string, texts: Readonly<Record<string, string>>): string {
  const marks = /(<!-- figures:([\w-]+) -->\n)[\s\S]*?(<!-- \/figures -->)/g;
  return document.replace(marks, (_, start: string, name: string, end: string) => {
    const text = texts[name];
    if (text === undefined) throw new Error(`there are no figures '${name}'`);
    return `${start}\n${text}\n\n${end}`;
  });
}

/** All tables by the names of their marks. */
export function allTables(
  figures: Figures,
  scenes: readonly FigureScene[],
): Record<string, string> {
  const heldOut = scenes.filter(({ group }) => group !== 'seen');
  return {
    scenes: sceneTable(figures, heldOut),
    views: viewTable(figures, heldOut),
    modes: modeTable(figures, heldOut),
    seen: sceneTable(figures, scenes.filter(({ group }) => group === 'seen')), // prettier-ignore
  };
}

/** Prints the tables. */
export function printTables(figures: Figures, scenes: readonly FigureScene[]): void {
  for (const text of Object.values(allTables(figures, scenes))) console.log(`\n${text}`);
  warnOfVersions(figures.entries);
}

/** Writes the tables into README and model card, and the figures of the published network into its contract. */
export function publishTables(figures: Figures, scenes: readonly FigureScene[]): void {
  const tables = allTables(figures, scenes);
  for (const name of ['README.md', 'models/README.md']) {
    const path = join(projectRoot, name);
    writeFileSync(path, fillMarks(readFileSync(path, 'utf8'), tables));
  }
  const heldOut = new Set(scenes.filter(({ group }) => group !== 'seen').map(({ name }) => name));
  const entries = figures.entries.filter(({ scene }) => heldOut.has(scene));
  writeContract(figures, entries);
}

/** `metrics` of the published network's contract: means over the held-out scenes. */
function writeContract(figures: Figures, entries: readonly Entry[]): void {
  const { quality, model } = published;
  const ours = entries.filter(
    (entry) => entry.quality === quality && ['', model].includes(entry.model),
  );
  const ai = ours.filter(({ view }) => view === 'ai');
  if (ai.length === 0) return;
  const path = join(projectRoot, 'models', `relight-${model}.json`);
  const contract = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const views = [...new Set(ours.map(({ view }) => view))];
  contract['metrics'] = {
    scenes: ai.map(({ scene }) => scene),
    frames: ai.reduce((sum, { frames }) => sum + Object.keys(frames).length, 0),
    size: figures.size,
    quality,
    mean: Object.fromEntries(views.map((view) => [view, meanScores(ours.filter((entry) => entry.view === view))])), // prettier-ignore
  };
  writeFileSync(path, `${JSON.stringify(contract, null, 2)}\n`);
}

function meanScores(entries: readonly Entry[]): Record<string, number> {
  const all = entries.map((entry) => meansOf(entry));
  const mean = (key: 'psnr' | 'ssim' | 'flip'): number =>
    Number((all.reduce((sum, means) => sum + means[key], 0) / all.length).toFixed(4));
  return { psnr: mean('psnr'), ssim: mean('ssim'), flip: mean('flip') };
}

/** Figures of different versions of page or network say nothing beside each other. */
function warnOfVersions(entries: readonly Entry[]): void {
  for (const view of new Set(entries.map((entry) => `${entry.view} ${entry.model}`))) {
    const versions = new Set(entries.filter((entry) => `${entry.view} ${entry.model}` === view).map(({ version }) => version)); // prettier-ignore
    if (versions.size > 1) console.warn(`figures of ${view} are of ${versions.size} versions: run them again`); // prettier-ignore
  }
}

/** Contact sheet of the held-out scenes, worst and best frame of each, and the picture of the README. */
export async function publishPictures(
  options: RunOptions,
  scenes: readonly FigureScene[],
): Promise<void> {
  const { python } = options;
  const play = { ...published, views: [], every: 1 };
  const folders = scenes
    .filter(({ group }) => group !== 'seen')
    .map((scene) => evaluationFolder(options, scene, play))
    .filter((folder) => existsSync(join(folder, 'metrics.json')));
  if (folders.length === 0) return;
  const docs = join(projectRoot, 'docs');
  const columns = ['--views', 'raw,bilinear,classic,resolve,ai,reference', '--error', 'ai', '--scale', '0.4']; // prettier-ignore
  await runWorkshop(python, 'sheet', [...folders, ...columns, '--out', join(docs, 'held-out.jpg')]);
  const picture = ['--views', 'raw,ai,reference', '--error', '', '--frame', '4', '--scale', '0.667']; // prettier-ignore
  await runWorkshop(python, 'sheet', [folders[0]!, ...picture, '--out', join(docs, 'picture.png')]);
}
