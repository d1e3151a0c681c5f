import { resolve } from 'node:path';
import {
  backendNames,
  modelNames,
  pictureViews,
  qualityNames,
  viewIds,
  type BackendName,
  type ModelName,
  type Quality,
  type SizePx,
  type ViewId,
} from '../../src/core/settings';
import { readChoice, readSize, readWhole, UsageError, type Command } from './cli';
import type { ServeMode } from './serve';

/**
 * What a run may measure: the page's views; calls, bytes, memory and JS heap; other ways to the same picture; cost over
 * size and scale; the network's multiply-adds a second; the page's start.
 */
export const partNames = ['times', 'cost', 'peers', 'scaling', 'rate', 'start'] as const;
export type Part = (typeof partNames)[number];

/** The flags of `npm run bench`. */
export const command = {
  name: 'bench',
  summary:
    'Times the page over views, qualities, models, backends and sizes, and writes JSON, CSV and a report.',
  flags: {
    scene: { value: 'NAME', help: 'a scene of the demo', default: 'cornell' },
    views: { value: 'LIST', help: 'views to time', default: pictureViews.join(',') },
    qualities: { value: 'LIST', help: qualityNames.join(', '), default: 'performance' },
    models: { value: 'LIST', help: modelNames.join(', '), default: 'm' },
    backends: { value: 'LIST', help: backendNames.join(', '), default: 'auto' },
    sizes: { value: 'LIST', help: 'output sizes, WxH', default: '640x360' },
    frames: { value: 'N', help: 'frames per combination', default: '60' },
    'warm-up': { value: 'N', help: 'frames before them', default: '10' },
    seed: { value: 'N', help: 'seed of the jitter and of generated scenes', default: '1' },
    vsync: { value: 'on|off', help: "pace on the display's clock as well", default: 'on' },
    parts: { value: 'LIST', help: partNames.join(', '), default: 'times,cost' },
    references: {
      value: 'DIR',
      help: 'pictures of npm run figures, for the quality of the peers',
      default: 'evaluation/figures',
    },
    'heap-frames': { value: 'N', help: 'frames between looks at the JS heap', default: '120' },
    'scaling-budget': {
      value: 'S',
      help: 'seconds that the part scaling may take; what would not fit in is left out',
      default: '240',
    },
    gpu: {
      value: 'KIND',
      help: 'software or hardware',
      default: process.env['RELIGHT_GPU'] === 'hardware' ? 'hardware' : 'software',
    },
    headed: { value: 'on|off', help: 'show the browser', default: 'off' },
    mode: { value: 'KIND', help: 'dev, or preview of a build in dist/', default: 'dev' },
    compare: { value: 'FILE', help: 'benchmark.json of an earlier run', default: '' },
    out: { value: 'DIR', help: 'folder of the report', default: 'evaluation/bench' },
  },
} satisfies Command<string>;

/** A checked request. */
export interface Bench {
  readonly scene: string;
  readonly views: readonly ViewId[];
  readonly qualities: readonly Quality[];
  readonly models: readonly ModelName[];
  readonly backends: readonly BackendName[];
  readonly sizes: readonly SizePx[];
  readonly frames: number;
  readonly warmUp: number;
  readonly seed: number;
  readonly vsync: boolean;
  readonly parts: readonly Part[];
  /** Folder of held-out pictures, relative to the project. */
  readonly references: string;
  readonly heapFrames: number;
  readonly scalingBudgetS: number;
  readonly hardware: boolean;
  readonly headed: boolean;
  readonly mode: ServeMode;
  readonly compare: string;
  readonly out: string;
}

/** Checks the flags; throws a UsageError for the first one that is wrong. */
export function readBench(flags: Readonly<Record<keyof typeof command.flags, string>>): Bench {
  const list = <T extends string>(flag: keyof typeof flags, choices: readonly T[]): T[] =>
    split(flag, flags[flag]).map((name) => readChoice(flag, name, choices));
  const on = (flag: keyof typeof flags): boolean =>
    readChoice(flag, flags[flag], ['on', 'off']) === 'on';
  return {
    scene: flags.scene,
    views: list('views', viewIds),
    qualities: list('qualities', qualityNames),
    models: list('models', modelNames),
    backends: list('backends', backendNames),
    sizes: split('sizes', flags.sizes).map((size) => readSize('sizes', size)),
    frames: readWhole('frames', flags.frames, 1),
    warmUp: readWhole('warm-up', flags['warm-up']),
    seed: readWhole('seed', flags.seed),
    vsync: on('vsync'),
    parts: list('parts', partNames),
    references: flags.references,
    heapFrames: readWhole('heap-frames', flags['heap-frames'], 1),
    scalingBudgetS: readWhole('scaling-budget', flags['scaling-budget'], 1),
    hardware: readChoice('gpu', flags.gpu, ['software', 'hardware']) === 'hardware',
    headed: on('headed'),
    mode: readChoice('mode', flags.mode, ['dev', 'preview']),
    compare: flags.compare,
    out: resolve(flags.out),
  };
}

function split(flag: string, text: string): string[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))].filter(Boolean);
  if (names.length === 0) throw new UsageError(`--${flag}: '${text}' is an empty list`);
  return names;
}
