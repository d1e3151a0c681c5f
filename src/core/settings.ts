import { bufferNames, pictureViews, viewIds } from './view-ids';
import type { ViewId } from './view-ids';

export * from './view-ids';

/** Output size divided by the size of the low-detail frame, per quality mode. */
export const qualityScale = {
  native: 1,
  quality: 1.5,
  balanced: 1.7,
  performance: 2,
  'ultra-performance': 3,
} as const;
export type Quality = keyof typeof qualityScale;
export const qualityNames = Object.keys(qualityScale) as readonly Quality[];

export type ModelName = 's' | 'm' | 'l';

/** The models that ship, smallest first. */
export const modelNames: readonly ModelName[] = ['s', 'm'];

/** Where the network runs; `auto` picks by the adapter, `none` leaves it out. */
export const backendNames = ['auto', 'webgpu', 'wasm', 'none'] as const;
export type BackendName = (typeof backendNames)[number];

export const cameraModes = ['path', 'orbit'] as const;
export type CameraMode = (typeof cameraModes)[number];

/** Size of the output picture in device pixels. */
export interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Least and greatest value, both allowed, of each setting that is a number. */
export const settingRange = {
  splitPosition: [0, 1],
  intensity: [0, 1],
  exposure: [1e-6, 1e6],
  rays: [1, 64],
  seed: [0, 2 ** 32 - 1],
  frame: [0, 10_000_000],
  sizePx: [1, 8192],
} as const;

/** Everything a visitor or a script can change; the one mutable object that the stages share. */
export interface Settings {
  /** Shown on the whole picture, or right of the split. */
  view: ViewId;
  /** Shown left of the split. */
  compareView: ViewId | 'off';
  /** 0 = split at the left edge (all `view`), 1 = at the right edge (all `compareView`). */
  splitPosition: number;
  quality: Quality;
  model: ModelName;
  backend: BackendName;
  /** 0 = the raw light, 1 = the light of the network. */
  intensity: number;
  /** Factor on the picture before tone mapping; 1 = as authored. */
  exposure: number;
  /** Rays that gather near light, for every second low-resolution pixel each way. */
  rays: number;
  /** Name of the scene, or of the file that was opened. */
  scene: string;
  paused: boolean;
  /** Whether the scene's path or the visitor moves the camera. */
  cameraMode: CameraMode;
  /** Fixed size, or `fit` to fill the window. */
  size: SizePx | 'fit';
  /** Seed of everything random: jitter order, generated scenes. */
  seed: number;
  /** Scene time in steps of 1/60 s. */
  frame: number;
}

/** Rays that the page starts with: they are much of the time of a frame that a CPU draws. */
const START_RAYS = { gpu: 8, cpu: 4 } as const;

/** What the page starts with where a GPU draws, or where the CPU does. */
export function defaultSettings(by: keyof typeof START_RAYS = 'gpu'): Settings {
  return {
    view: 'ai',
    compareView: 'off',
    splitPosition: 0.5,
    quality: 'performance',
    model: 'm',
    backend: 'auto',
    intensity: 1,
    exposure: 1,
    rays: START_RAYS[by],
    scene: 'cornell',
    paused: false,
    cameraMode: 'path',
    size: 'fit',
    seed: 1,
    frame: 0,
  };
}

/** Thrown by `applySettings`; the message names each key, its value and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

interface Rule<T> {
  /** What is allowed, in words. */
  readonly allowed: string;
  /** A value that is safe to keep, or undefined if it is not allowed. */
  readonly read: (value: unknown) => T | undefined;
}

function oneOf<T extends string>(names: readonly T[]): Rule<T> {
  return {
    allowed: `one of ${names.join(', ')}`,
    read: (value) => names.find((name) => name === value),
  };
}

function numberIn([least, most]: readonly [number, number]): Rule<number> {
  return {
    allowed: `a number from ${least} to ${most}`,
    read: (value) =>
      typeof value === 'number' && value >= least && value <= most ? value : undefined,
  };
}

function integerIn(range: readonly [number, number]): Rule<number> {
  const inRange = numberIn(range);
  return {
    allowed: `a whole number from ${range[0]} to ${range[1]}`,
    read: (value) => (Number.isInteger(value) ? inRange.read(value) : undefined),
  };
}

const viewRule: Rule<ViewId> = {
  allowed: `one of ${pictureViews.join(', ')}, or debug:BUFFER with one of ${bufferNames.join(', ')}`,
  read: oneOf(viewIds).read,
};

const sidePx = integerIn(settingRange.sizePx);

const sizeRule: Rule<SizePx | 'fit'> = {
  allowed: `'fit', or { widthPx, heightPx } with ${sidePx.allowed} each`,
  read: (value) => {
    if (value === 'fit') return 'fit';
    if (typeof value !== 'object' || value === null) return undefined;
    const { widthPx, heightPx, ...rest } = value as Record<string, unknown>;
    const width = sidePx.read(widthPx);
    const height = sidePx.read(heightPx);
    const known = width !== undefined && height !== undefined && Object.keys(rest).length === 0;
    return known ? { widthPx: width, heightPx: height } : undefined;
  },
};

const rules: { readonly [K in keyof Settings]: Rule<Settings[K]> } = {
  view: viewRule,
  compareView: {
    allowed: `off, or ${viewRule.allowed}`,
    read: (value) => (value === 'off' ? value : viewRule.read(value)),
  },
  splitPosition: numberIn(settingRange.splitPosition),
  quality: oneOf(qualityNames),
  model: oneOf(modelNames),
  backend: oneOf(backendNames),
  intensity: numberIn(settingRange.intensity),
  exposure: numberIn(settingRange.exposure),
  rays: integerIn(settingRange.rays),
  scene: {
    allowed: 'the name of a scene',
    read: (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
  },
  paused: {
    allowed: 'true or false',
    read: (value) => (typeof value === 'boolean' ? value : undefined),
  },
  cameraMode: oneOf(cameraModes),
  size: sizeRule,
  seed: integerIn(settingRange.seed),
  frame: integerIn(settingRange.frame),
};

/** A refused value as text, short enough for a notice whatever it holds. */
export function describeValue(value: unknown): string {
  const plain = typeof value === 'object' || typeof value === 'string';
  const text = (plain ? toJson(value) : undefined) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return '[an object that cannot be written as JSON]';
  }
}

/** The values of a setting that are allowed, in words that follow "is not". */
export function allowedValues(key: keyof Settings): string {
  return rules[key].allowed;
}

/** Reads one value into `target` if it has the right type, range or name; returns whether it did. */
export function readSetting<K extends keyof Settings>(
  target: Partial<Settings>,
  key: K,
  value: unknown,
): boolean {
  const rule: Rule<Settings[K]> = rules[key];
  const read = rule.read(value);
  if (read !== undefined) target[key] = read;
  return read !== undefined;
}

function isSettingKey(key: string): key is keyof Settings {
  return Object.hasOwn(rules, key);
}

/**
 * Writes every value of `partial` into `settings` and returns the keys whose value changed.
 * Throws a `SettingsError` and changes nothing if any key is unknown or any value is not allowed.
 */
export function applySettings(settings: Settings, partial: Partial<Settings>): (keyof Settings)[] {
  if (typeof partial !== 'object' || partial === null || Array.isArray(partial)) {
    throw new SettingsError(`settings: ${describeValue(partial)} is not an object of settings`);
  }
  const checked: Partial<Settings> = {};
  const problems = Object.entries(partial).flatMap(([key, value]) => {
    if (!isSettingKey(key)) {
      const known = Object.keys(rules).join(', ');
      return `${key}: unknown setting (value ${describeValue(value)}); allowed are ${known}`;
    }
    if (readSetting(checked, key, value)) return [];
    return `${key}: ${describeValue(value)} is not ${allowedValues(key)}`;
  });
  if (problems.length > 0) throw new SettingsError(problems.join('; '));

  const keys = Object.keys(checked).filter(isSettingKey);
  const changed = keys.filter(
    (key) => JSON.stringify(settings[key]) !== JSON.stringify(checked[key]),
  );
  Object.assign(settings, checked);
  return changed;
}
