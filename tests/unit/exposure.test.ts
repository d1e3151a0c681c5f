import { describe, expect, it } from 'vitest';
import { exposureFor } from '../../src/core/exposure';

describe('the exposure of a file', () => {
  it('is 1 for light as in the scenes of the demo', () => {
    for (const lighting of [0.2, 0.75, 2]) expect(exposureFor(lighting)).toBe(1);
  });

  it('brings other light to the usual level', () => {
    // A lamp of 54,351 candela, as Blender writes 1,000 W, a metre and a half away.
    expect(exposureFor(24_000)).toBe(0.000031);
    expect(exposureFor(0.001)).toBe(750);
  });

  it('leaves what is dark alone, and stays within what is allowed', () => {
    expect(exposureFor(0)).toBe(1);
    expect(exposureFor(Number.NaN)).toBe(1);
    expect(exposureFor(1e12)).toBe(1e-6);
  });
});
