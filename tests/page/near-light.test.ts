import { expect, it } from 'vitest';
import { expectNoProblems, open } from './browser';
import { meanDifference, rangeOf } from './pictures';

/** Frames after which the jitter is what it was, while rays take other directions. */
const ROUND = 32;

it('is less noisy the more rays gather it, and as bright', async () => {
  const demo = await open({ size: '96x64', scene: 'cornell', view: 'raw', backend: 'none' });
  const gather = async (rays: number): Promise<{ mean: number; noise: number }> => {
    await demo.call('apply', { rays });
    await demo.call('seek', 30);
    const once = await demo.pixelsLinear('debug:bounce');
    await demo.call('step', ROUND);
    const again = await demo.pixelsLinear('debug:bounce');
    return { mean: rangeOf(again).mean, noise: meanDifference(once, again) };
  };
  const [few, many] = [await gather(1), await gather(16)];
  expect(few.noise).toBeGreaterThan(0.001 * few.mean);
  // Found: 0.38; a quarter, if nothing but the number of rays made noise.
  expect(many.noise).toBeLessThan(0.6 * few.noise);
  expect(Math.abs(many.mean - few.mean)).toBeLessThan(0.02 * few.mean);
  expectNoProblems(demo);
});
