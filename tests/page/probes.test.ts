import { describe, expect, it } from 'vitest';
import { expectNoProblems, open, play } from './browser';
import { meanDifference, rangeOf } from './pictures';

/**
 * A software GPU re-bakes 32 probes a stepped frame, and cornell has 168: six frames are a round. 32 are also one round of
 * the jitter, which alone changes this small picture by up to 5 %.
 */
const ROUND = 32;

describe.each(['webgpu', 'no-webgpu'] as const)('probes in a browser with %s', (graphics) => {
  it('that are re-baked one after another say what a bake of all says', async () => {
    const demo = await open(
      { size: '96x64', scene: 'cornell', view: 'raw', backend: 'none' },
      { graphics },
    );
    await demo.call('seek', 30);
    const baked = await demo.pixelsLinear('debug:probe');
    const { mean } = rangeOf(baked);
    expect(mean).toBeGreaterThan(0.1);

    // Nothing moves: a round of single probes must leave the lattice as it is, but for one more bounce.
    await demo.call('step', ROUND);
    const still = await demo.pixelsLinear('debug:probe');
    expect(meanDifference(still, baked)).toBeLessThan(0.03 * mean);

    // The lamp swings and the tube pulses: while they do, the lattice stays within a few frames of them.
    await play(demo, ROUND);
    const followed = await demo.pixelsLinear('debug:probe');
    await demo.call('seek', 30 + ROUND);
    const wanted = await demo.pixelsLinear('debug:probe');
    const left = meanDifference(followed, wanted);
    // Found: 0.002 of the mean, of 0.039 that the light has changed.
    expect(left).toBeLessThan(0.006 * mean);
    expect(left).toBeLessThan(0.2 * meanDifference(baked, wanted));
    expectNoProblems(demo);
  });
});
