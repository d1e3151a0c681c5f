import { describe, expect, it } from 'vitest';
import { readFlags } from '../../scripts/lib/cli';
import { command, readEvaluation } from '../../scripts/lib/evaluation';
import { inOrder, planPictures } from '../../scripts/lib/plan';
import { meanChange } from '../../scripts/lib/still';
import { defaultSettings } from '../../src/core/settings';

describe('flags', () => {
  const read = (...args: string[]) => {
    const flags = readFlags(command, ['--scene', 'cornell', ...args]);
    if (flags === 'help') throw new Error('asked for help');
    return readEvaluation(flags);
  };

  it('take the rays of the page where none are given', () => {
    expect(read().rays).toBe(defaultSettings().rays);
    expect(read('--rays', '16').rays).toBe(16);
  });

  it.each(['0', '65', '2.5', 'many'])('refuse %s rays', (rays) => {
    expect(() => read('--rays', rays)).toThrow(/--rays/);
  });
});

describe('plan', () => {
  it('divides a path into steps of whole frames', () => {
    const framesOf = (durationS: number, count: number): number[] =>
      planPictures({ durationS, count }).steps.map(({ pathFrame }) => pathFrame);
    expect(framesOf(10, 5)).toEqual([0, 120, 240, 360, 480]);
    expect(framesOf(0.01, 3)).toEqual([0, 1, 2]);
  });

  it('puts the neighbours of the middle picture into the order of the path', () => {
    const plan = planPictures({ durationS: 8, count: 4, sequence: 3 });
    expect(plan.sequence.map(({ index }) => index)).toEqual([2, 4, 5]);
    expect(inOrder(plan).map(({ pathFrame }) => pathFrame)).toEqual([0, 120, 240, 241, 242, 360]);
    expect(inOrder(plan).map(({ index }) => index)).toEqual([0, 1, 2, 4, 5, 3]);
  });

  it('takes a part of the pictures with the numbers that they have among all', () => {
    const whole = planPictures({ durationS: 7.9, count: 8 }).steps;
    const two = planPictures({ durationS: 7.9, count: 8, only: [1, 6] }).steps;
    expect(two).toEqual([whole[1], whole[6]]);
    const half = planPictures({ durationS: 7.9, count: 8, every: 2 });
    expect(half.steps).toEqual(whole.filter((_, i) => i % 2 === 0));
    expect(half.sequence).toEqual([]);
  });
});

describe('flicker of a standing scene', () => {
  it('is the mean change of the colours in 8-bit steps', () => {
    const grey = (level: number, alpha = 255): Uint8Array =>
      Uint8Array.from([level, level, level, alpha, level, level, level, alpha]);
    expect(meanChange([grey(10), grey(10, 0)])).toBe(0);
    expect(meanChange([grey(10), grey(14), grey(12)])).toBe(3);
    expect(meanChange([grey(1)])).toBe(0);
  });

  it('refuses pictures of different sizes', () => {
    expect(() => meanChange([new Uint8Array(4), new Uint8Array(8)])).toThrow('4 and 8');
  });
});
