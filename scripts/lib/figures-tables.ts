import { noiseView, type Entry, type Figures } from './figures-data';
import type { FigureScene } from './figures-scenes';

const modes = ['quality', 'balanced', 'performance', 'ultra-performance'];
const models = ['s', 'm', 'l'];
const viewOrder = ['raw', 'bilinear', 'fsr1', 'taau', 'classic', 'resolve', 'ai'];
const temporalColumns: readonly (readonly [string, string])[] = [
  ['tpsnr', 'tPSNR between steps (dB)'],
  ['sequenceTpsnr', 'tPSNR between frames (dB)'],
  ['sequenceFlicker', 'flicker in motion (8-bit steps)'],
  ['still', 'flicker at rest (8-bit steps)'],
];

/** Mode and network that the tables of scenes and views are of. */
export const published = { quality: 'performance', model: 'm' } as const;

const notMeasured = '*Not measured yet.*';

interface Means {
  readonly psnr: number;
  readonly ssim: number;
  readonly flip: number;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Means of an entry over the frames that are asked for, all of them by default. */
export function meansOf(
  entry: Entry,
  frames: readonly string[] = Object.keys(entry.frames),
): Means {
  const column = (c: 0 | 1 | 2): number => mean(frames.map((frame) => entry.frames[frame]![c]));
  return { psnr: column(0), ssim: column(1), flip: column(2) };
}

function findEntry(figures: Figures, wanted: Partial<Entry>): Entry | undefined {
  const pairs = Object.entries(wanted) as [keyof Entry, unknown][];
  return figures.entries.find((entry) => pairs.every(([key, value]) => entry[key] === value));
}

function publishedEntry(figures: Figures, scene: string, view: string): Entry | undefined {
  const model = view === 'ai' ? published.model : '';
  return findEntry(figures, { scene, view, model, quality: published.quality });
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
const score = ({ psnr, flip }: Means): string => `${psnr.toFixed(2)} / ${flip.toFixed(3)}`;
const gain = (from: Means, to: Means): string => {
  const dB = to.psnr - from.psnr;
  return `${dB < 0 ? '−' : '+'}${Math.abs(dB).toFixed(2)}`;
};

/** Mean over scenes: every scene weighs alike, whatever its number of frames. */
function meanOver(all: readonly Means[]): Means {
  return {
    psnr: mean(all.map(({ psnr }) => psnr)),
    ssim: mean(all.map(({ ssim }) => ssim)),
    flip: mean(all.map(({ flip }) => flip)),
  };
}

/** Views that every one of the scenes has figures of. */
function commonViews(figures: Figures, scenes: readonly FigureScene[]): string[] {
  return viewOrder.filter((view) =>
    scenes.every(({ name }) => publishedEntry(figures, name, view)),
  );
}

/** Scenes that have figures of the AI view. */
function measured(figures: Figures, scenes: readonly FigureScene[]): FigureScene[] {
  return scenes.filter(({ name }) => publishedEntry(figures, name, 'ai'));
}

/** One row a scene: PSNR and FLIP of every view, what the network adds, and the noise of the reference. */
export function sceneTable(figures: Figures, wanted: readonly FigureScene[]): string {
  const scenes = measured(figures, wanted);
  if (scenes.length === 0) return notMeasured;
  const views = commonViews(figures, scenes);
  const opponents = ['resolve', 'classic'].filter((view) => views.includes(view));
  const head = [
    'scene',
    'frames',
    ...views,
    ...opponents.map((view) => `AI − ${view} (dB)`),
    'noise (dB)',
  ];
  const line = (name: string, count: number, scores: readonly Means[], noise: string): string[] => {
    const of = (view: string): Means => scores[views.indexOf(view)]!;
    const gains = opponents.map((view) => gain(of(view), of('ai')));
    return [name, String(count), ...scores.map(score), ...gains, noise];
  };
  const all = scenes.map(({ name }) =>
    views.map((view) => meansOf(publishedEntry(figures, name, view)!)),
  );
  const rows = scenes.map(({ name, frames }, i) =>
    line(name, frames, all[i]!, noiseOf(figures, name)),
  );
  const total = scenes.reduce((sum, { frames }) => sum + frames, 0);
  const means = views.map((_, v) => meanOver(all.map((scores) => scores[v]!)));
  return table(head, [...rows, line('**mean over scenes**', total, means, '')]);
}

function noiseOf(figures: Figures, scene: string): string {
  const entry = findEntry(figures, { scene, view: noiseView });
  return entry ? meansOf(entry).psnr.toFixed(1) : '–';
}

/** One row a view: means over the scenes of every figure, then the distance between two renders of the reference. */
export function viewTable(figures: Figures, wanted: readonly FigureScene[]): string {
  const scenes = measured(figures, wanted);
  if (scenes.length === 0) return notMeasured;
  const head = ['view', 'PSNR (dB)', 'SSIM', 'FLIP', ...temporalColumns.map(([, label]) => label)];
  const line = (label: string, entries: readonly Entry[]): string[] => {
    const { psnr, ssim, flip } = meanOver(entries.map((entry) => meansOf(entry)));
    const temporal = temporalColumns.map(([key]) => meanTemporal(entries, key));
    return [label, psnr.toFixed(2), ssim.toFixed(3), flip.toFixed(3), ...temporal];
  };
  const rows = commonViews(figures, scenes).map((view) =>
    line(
      view,
      scenes.map(({ name }) => publishedEntry(figures, name, view)!),
    ),
  );
  const noise = scenes.flatMap(
    ({ name }) => findEntry(figures, { scene: name, view: noiseView }) ?? [],
  );
  return table(
    head,
    noise.length > 0 ? [...rows, line('two renders of the reference', noise)] : rows,
  );
}

/** Mean over the scenes that have the figure: nothing of a scene may stand still. */
function meanTemporal(entries: readonly Entry[], key: string): string {
  const values = entries
    .map(({ temporal }) => temporal[key])
    .filter((value) => typeof value === 'number');
  return values.length > 0 ? mean(values).toFixed(2) : '–';
}

/** One row a quality mode: resolve-only and each network, over the scenes and frames that all of them have. */
export function modeTable(figures: Figures, scenes: readonly FigureScene[]): string {
  const columns = [['resolve', ''], ...models.map((model) => ['ai', model])] as const;
  const find = (
    scene: string,
    quality: string,
    [view, model]: readonly string[],
  ): Entry | undefined => findEntry(figures, { scene, quality, view: view!, model: model! });
  const isIn = (quality: string, column: readonly string[]): boolean =>
    scenes.some(({ name }) => find(name, quality, column));
  const used = columns.filter((column) => modes.some((quality) => isIn(quality, column)));
  if (used.length === 0) return notMeasured;
  const rows = modes.flatMap((quality) => {
    const here = used.filter((column) => isIn(quality, column));
    const complete = scenes.filter(({ name }) => here.every((column) => find(name, quality, column))); // prettier-ignore
    if (here.length === 0 || complete.length === 0) return [];
    const mean = (column: readonly string[]): string =>
      score(
        meanOver(
          complete.map(({ name }) => {
            const entries = here.map((other) => find(name, quality, other)!);
            return meansOf(find(name, quality, column)!, commonFrames(entries));
          }),
        ),
      );
    const cells = used.map((column) => (isIn(quality, column) ? mean(column) : '–'));
    return [[quality, String(complete.length), ...cells]];
  });
  const head = [
    'mode',
    'scenes',
    ...used.map(([view, model]) => (model ? `AI, ${model.toUpperCase()}` : view)),
  ];
  return table(head, rows);
}

function commonFrames(entries: readonly Entry[]): string[] {
  const [first, ...rest] = entries;
  return Object.keys(first!.frames).filter((frame) => rest.every((entry) => frame in entry.frames));
}
