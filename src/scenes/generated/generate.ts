import type { DemoScene } from '../scene';
import { assembleScene } from './assemble';
import { buildHall, buildRoom } from './layouts-indoor';
import { buildStreet, buildYard } from './layouts-outdoor';

/** Rooms twice: indoor light is what probes and shadow maps miss most. */
const builders = [buildRoom, buildRoom, buildHall, buildStreet, buildYard] as const;

/** A training scene. The same seed gives the same scene on every machine. */
export function generateScene(seed: number): DemoScene {
  return assembleScene({ name: `gen-${seed}`, seed, family: 1, builders, seenInTraining: true });
}
