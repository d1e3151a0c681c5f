import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import {
  backendNames,
  defaultSettings,
  modelNames,
  pictureViews,
  qualityNames,
  settingRange,
  viewIds,
  type BackendName,
  type ModelName,
  type Quality,
  type ViewId,
} from '../../src/core/settings';
import { readChoice, readSize, readWhole, UsageError, type Command } from './cli';

/** The flags of `npm run evaluate`. */
export const command = {
  name: 'evaluate',
  summary:
    'Plays a scene in the page, compares its views with a path-traced reference and writes a report.',
  flags: {
    scene: { value: 'NAME|FILE.glb', help: 'a scene of the demo or a file' },
    frames: { value: 'N', help: 'equal steps over the length of the path', default: '8' },
    every: { value: 'N', help: 'take each n-th of these frames only', default: '1' },
    only: { value: 'LIST', help: 'take the frames of these numbers only, as in 0,3', default: '' },
    sequence: {
      value: 'N',
      help: 'neighbouring frames from the middle one on, for figures of stability',
      default: '1',
    },
    warm: { value: 'N', help: 'frames played before each picture', default: '16' },
    exr: { value: 'yes|no', help: 'whether to write linear pictures too', default: 'yes' },
    size: { value: 'WxH', help: 'size of the output picture', default: '640x360' },
    quality: { value: 'MODE', help: qualityNames.join(', '), default: 'performance' },
    model: { value: 'NAME', help: modelNames.join(', '), default: 'm' },
    backend: { value: 'NAME', help: backendNames.join(', '), default: 'auto' },
    rays: {
      value: 'N',
      help: `rays that gather near light, ${settingRange.rays.join(' to ')}`,
      default: String(defaultSettings().rays),
    },
    views: {
      value: 'LIST',
      help: `${pictureViews.join(', ')} and debug:<buffer>; none for references alone`,
      default: 'raw,bilinear,resolve,classic,ai',
    },
    environment: { value: 'SKY', help: 'for a file: none, sky or FILE.hdr', default: 'none' },
    reference: {
      value: 'KIND',
      help: 'mitsuba, none, or DIR of an earlier evaluation',
      default: 'mitsuba',
    },
    spp: { value: 'N', help: 'path-traced samples a pixel, denoised after', default: '128' },
    cache: {
      value: 'DIR',
      help: 'folder that keeps path-traced references between evaluations',
      default: process.env['RELIGHT_REFERENCES'] ?? '',
    },
    out: { value: 'DIR', help: 'folder of the report; default evaluation/<scene>', default: '' },
    python: {
      value: 'PATH',
      help: 'Python of the model workshop; default models/.venv',
      default: '',
    },
  },
} satisfies Command<string>;

/** Where the reference pictures come from; `folder` holds those of an earlier evaluation. */
export type Reference = 'mitsuba' | 'none' | { readonly folder: string };

/** A checked request. */
export interface Evaluation {
  /** Name of a scene of the demo, or the path of a file. */
  readonly scene: string;
  readonly isFile: boolean;
  /** Name for the report. */
  readonly title: string;
  readonly frameCount: number;
  /** 1 = all of the frames, 2 = every second one. */
  readonly every: number;
  /** Numbers of the frames to take; none = all. */
  readonly only: readonly number[];
  /** Neighbouring frames from the middle one on; 1 = none but itself. */
  readonly sequence: number;
  /** Frames played before each picture. */
  readonly warmFrames: number;
  /** Whether to write linear pictures beside the display-referred ones. */
  readonly hasExr: boolean;
  readonly size: string;
  readonly quality: Quality;
  readonly model: ModelName;
  readonly backend: BackendName;
  /** Rays that gather near light. */
  readonly rays: number;
  readonly views: readonly ViewId[];
  /** `none`, `sky`, or the path of a .hdr file. */
  readonly environment: string;
  readonly reference: Reference;
  /** Samples a pixel of the path-traced reference. */
  readonly spp: number;
  /** Folder that keeps references; empty for none. */
  readonly cache: string;
  readonly out: string;
  readonly python: string;
}

/** Checks the flags; throws a UsageError for the first one that is wrong. */
export function readEvaluation(
  flags: Readonly<Record<keyof typeof command.flags, string>>,
): Evaluation {
  if (flags.only !== '' && flags.every !== '1') throw new UsageError('--only and --every exclude each other'); // prettier-ignore
  const isFile = /\.glb$/i.test(flags.scene);
  if (isFile) requireFile('scene', flags.scene);
  const title = isFile ? basename(flags.scene).replace(/\.glb$/i, '') : flags.scene;
  const { widthPx, heightPx } = readSize('size', flags.size);
  return {
    scene: isFile ? resolve(flags.scene) : flags.scene,
    isFile,
    title,
    frameCount: readWhole('frames', flags.frames, 1),
    every: readWhole('every', flags.every, 1),
    only: readOnly(flags.only, readWhole('frames', flags.frames, 1)),
    sequence: readWhole('sequence', flags.sequence, 1),
    warmFrames: readWhole('warm', flags.warm),
    hasExr: readChoice('exr', flags.exr, ['yes', 'no']) === 'yes',
    size: `${widthPx}x${heightPx}`,
    quality: readChoice('quality', flags.quality, qualityNames),
    model: readChoice('model', flags.model, modelNames),
    backend: readChoice('backend', flags.backend, backendNames),
    rays: readWhole('rays', flags.rays, ...settingRange.rays),
    views: readViews(flags.views),
    environment: readEnvironment(flags.environment, isFile),
    reference: readReference(flags.reference),
    spp: readWhole('spp', flags.spp, 1),
    cache: flags.cache && resolve(flags.cache),
    out: resolve(flags.out || join('evaluation', title)),
    python: flags.python,
  };
}

function requireFile(flag: string, path: string): void {
  if (!existsSync(path)) throw new UsageError(`--${flag}: there is no file ${resolve(path)}`);
}

function readViews(text: string): ViewId[] {
  if (text === 'none') return [];
  const names = [...new Set(text.split(',').map((name) => name.trim()))].filter(Boolean);
  const views = names.map((name) => readChoice('views', name, viewIds));
  if (views.length === 0) throw new UsageError(`--views: '${text}' names no view`);
  return views;
}

function readEnvironment(text: string, isFile: boolean): string {
  if (text === 'none') return text;
  if (!isFile) throw new UsageError('--environment is for .glb files: scenes bring their own sky');
  if (text === 'sky') return text;
  if (!/\.hdr$/i.test(text)) {
    throw new UsageError(`--environment: '${text}' is not none, sky or a .hdr file`);
  }
  requireFile('environment', text);
  return resolve(text);
}

function readReference(text: string): Reference {
  if (text === 'mitsuba' || text === 'none') return text;
  if (existsSync(text)) return { folder: resolve(text) };
  throw new UsageError(`--reference: '${text}' is not mitsuba, none or a folder that exists`);
}

/** Numbers of frames, each one that there is. */
function readOnly(text: string, count: number): number[] {
  if (text === '') return [];
  return text.split(',').map((part) => {
    const number = readWhole('only', part.trim());
    if (number < count) return number;
    throw new UsageError(`--only ${number}: there are frames 0 to ${count - 1}`);
  });
}
