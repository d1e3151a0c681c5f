import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './install.mjs';
import type { Metrics, Scores } from './metrics';

/** Scores of one view of one scene in one mode. */
export interface Entry {
  readonly scene: string;
  readonly quality: string;
  readonly view: string;
  /** Network of the AI view; empty for the others. */
  readonly model: string;
  /** Frames played before each picture. */
  readonly warmFrames: number;
  /** What the page and the network were: figures of different versions do not belong into one table. */
  readonly version: string;
  /** PSNR (dB), SSIM and FLIP of each frame by its number. */
  readonly frames: Readonly<Record<string, readonly [psnr: number, ssim: number, flip: number]>>;
  /** As in metrics.json, `still` among them. */
  readonly temporal: Scores;
}

/** docs/figures.json. */
export interface Figures {
  readonly size: string;
  /** Path-traced samples a pixel of the references. */
  readonly spp: number;
  readonly entries: readonly Entry[];
}

/** View name of the references rendered with another seed: their distance is the noise. */
export const noiseView = 'noise';

/** Reads the figures so far; those of another size or number of samples are left behind. */
export function readFigures(path: string, fresh: Omit<Figures, 'entries'>): Figures {
  if (!existsSync(path)) return { ...fresh, entries: [] };
  const figures = JSON.parse(readFileSync(path, 'utf8')) as Figures;
  const isSame = figures.size === fresh.size && figures.spp === fresh.spp;
  return isSame ? figures : { ...fresh, entries: [] };
}

const keyOf = ({ scene, quality, view, model }: Entry): string =>
  [scene, quality, view, model].join(' ');

/** The figures with new entries in the place of those of the same scene, mode, view and network. */
export function mergeEntries(figures: Figures, added: readonly Entry[]): Figures {
  const entries = new Map([...figures.entries, ...added].map((entry) => [keyOf(entry), entry]));
  const sorted = [...entries.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return { ...figures, entries: sorted };
}

/** Writes one entry a line, so that a change of the file can be read. */
export function writeFigures(path: string, { size, spp, entries }: Figures): void {
  const lines = entries.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n');
  writeFileSync(
    path,
    `{\n  "size": "${size}",\n  "spp": ${spp},\n  "entries": [\n${lines}\n  ]\n}\n`,
  );
}

/** The entries of an evaluation. */
export function entriesOf(metrics: Metrics, versionOf: (view: string) => string): Entry[] {
  const { scene, quality, model, warmFrames, still } = metrics;
  return Object.keys(metrics.mean).map((view) => ({
    scene,
    quality,
    view,
    model: view === 'ai' ? model : '',
    warmFrames,
    version: versionOf(view),
    frames: Object.fromEntries(
      metrics.frames.map(({ frame, views }) => [String(frame), scoresOf(views[view])]),
    ),
    temporal: Object.assign({}, metrics.temporal[view], { still: rounded(still[view]) }),
  }));
}

function scoresOf(scores: Scores | undefined): [number, number, number] {
  return [scores?.['psnr'] ?? NaN, scores?.['ssim'] ?? NaN, scores?.['flip'] ?? NaN];
}

const rounded = (value: number | null | undefined): number | null =>
  typeof value === 'number' ? Math.round(value * 1000) / 1000 : null;

/** Whether the figures have a view as it would be measured now, with at least these frames. */
export function hasEntry(
  figures: Figures,
  wanted: Omit<Entry, 'frames' | 'temporal'>,
  frames: readonly number[],
): boolean {
  const found = figures.entries.find((entry) => keyOf(entry) === keyOf(wanted as Entry));
  if (!found || found.version !== wanted.version || found.warmFrames !== wanted.warmFrames)
    return false;
  return frames.every((frame) => String(frame) in found.frames);
}

/** Sources of the page that no picture of a given size depends on. */
const besidePictures = /^(bench|ui)\/|^(main|measure|run-benchmark|core\/output-size)\.ts$/;
/** Stages that only pictures at output resolution see, and those that only the network's sees. */
const resolveStages = /^pipeline\/(accumulate|catmull-rom|demodulate|guide|occlusion|resolve)\.ts$/;
const networkStages = /^(network|pipeline\/(candidates|compose|gather|history|infer.*|model|neighbours|pack|reproject|surfaces|trace))\.ts$/; // prettier-ignore

/** Whether a view's picture may depend on a source of the page. */
function matters(source: string, view: string): boolean {
  if (!source.endsWith('.ts') || besidePictures.test(source)) return false;
  if (networkStages.test(source)) return view === 'ai';
  return view === 'ai' || view === 'resolve' || !resolveStages.test(source);
}

/** Version of the sources and held-out files that a view's picture depends on, for the AI view with the network's. */
export function versionNow(view: string, model: string): string {
  const hash = createHash('sha256');
  for (const folder of ['src', join('scripts', 'held-out')]) {
    const names = readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((source) => matters(source, view)).toSorted()) {
      hash.update(name).update(readFileSync(join(projectRoot, folder, name)));
    }
  }
  const network = join(projectRoot, 'models', `relight-${model}.onnx`);
  if (view === 'ai') hash.update(readFileSync(network));
  return hash.digest('hex').slice(0, 12);
}
