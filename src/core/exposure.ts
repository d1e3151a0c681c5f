import { settingRange } from './settings';

/** Mean lighting (radiance of a white surface) that an exposure of 1 suits: about that of the scenes of the demo. */
const USUAL_LIGHTING = 0.75;
/** A scene whose light differs by less than this factor is shown as it was authored. */
const TOLERANCE = 6;
/** Below this a scene counts as dark on purpose. */
const LEAST_LIGHTING = 1e-5;

/**
 * Exposure for a file of unknown units, whose lamps may have tens of thousands of candela: 1 if its light is about what it is in
 * other scenes, else what makes it so, in two digits.
 */
export function exposureFor(meanLighting: number): number {
  if (!(meanLighting > LEAST_LIGHTING)) return 1;
  const exposure = USUAL_LIGHTING / meanLighting;
  if (exposure < TOLERANCE && exposure > 1 / TOLERANCE) return 1;
  const [least, most] = settingRange.exposure;
  return Math.min(most, Math.max(least, Number(exposure.toPrecision(2))));
}
