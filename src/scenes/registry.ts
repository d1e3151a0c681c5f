import { createAtrium } from './atrium';
import { createCalibrationScene } from './calibration';
import { createCornell } from './cornell';
import { builtInEntries, calibrationSceneNames, type CalibrationSceneName } from './entries';
import { generateScene } from './generated/generate';
import { generateHeldOutScene } from './generated/held-out';
import type { DemoScene } from './scene';
import { createWorkcell } from './workcell';

const builtIns = {
  cornell: createCornell,
  atrium: createAtrium,
  workcell: createWorkcell,
} as const satisfies Record<keyof typeof builtInEntries, () => DemoScene>;

/** Name of a built-in scene. */
export type SceneName = keyof typeof builtIns;

/** The built-in scenes, in the order of the GUI. */
export const sceneNames: readonly SceneName[] = Object.values(builtInEntries).map(
  ({ name }) => name,
);

/** A name that is neither a built-in scene nor a generated one. */
export class UnknownSceneError extends Error {
  override readonly name = 'UnknownSceneError';

  constructor(readonly sceneName: string) {
    super(
      `Unknown scene "${sceneName}". Scenes: ${sceneNames.join(', ')}, ` +
        'gen-<seed> (training) and held-<seed> (evaluation) with a seed from 0 to 4294967295.',
    );
  }
}

const isBuiltIn = (name: string): name is SceneName => Object.hasOwn(builtIns, name);

const isCalibration = (name: string): name is CalibrationSceneName =>
  calibrationSceneNames.some((known) => known === name);

/** Whether `createScene` knows the name. */
export function isSceneName(name: string): boolean {
  return isBuiltIn(name) || isCalibration(name) || parseGenerated(name) !== null;
}

function parseGenerated(name: string): { family: string; seed: number } | null {
  const match = /^(gen|held)-(0|[1-9]\d{0,9})$/.exec(name);
  const [, family, digits] = match ?? [];
  if (family === undefined || digits === undefined) return null;
  const seed = Number(digits);
  return seed <= 0xffffffff ? { family, seed } : null;
}

/** Builds a scene by name. The caller disposes it. */
export function createScene(name: string): DemoScene {
  if (isBuiltIn(name)) return builtIns[name]();
  if (isCalibration(name)) return createCalibrationScene(name);
  const generated = parseGenerated(name);
  if (!generated) throw new UnknownSceneError(name);
  const { family, seed } = generated;
  return family === 'gen' ? generateScene(seed) : generateHeldOutScene(seed);
}
