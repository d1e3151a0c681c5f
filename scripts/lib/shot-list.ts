import { UsageError } from './cli';

/** Expands `cornell,gen-0..2` to `cornell gen-0 gen-1 gen-2`. */
export function expandScenes(text: string): string[] {
  const names = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap(expandRange);
  if (names.length === 0) throw new UsageError(`--scenes: '${text}' names no scene`);
  return [...new Set(names)];
}

function expandRange(part: string): string[] {
  const [, prefix = '', first = '', last = ''] = /^(.*?)(\d+)\.\.(\d+)$/.exec(part) ?? [];
  if (first === '') {
    if (part.includes('..')) throw new UsageError(`--scenes: '${part}' is not NAME-A..B`);
    return [part];
  }
  const start = Number(first);
  const count = Number(last) - start + 1;
  if (count < 1) throw new UsageError(`--scenes: the range '${part}' runs backwards`);
  return Array.from({ length: count }, (_, index) => `${prefix}${start + index}`);
}

/** Reads `i/n`: the part i (from 0) of n equal parts of the work. */
export function readShard(text: string): { index: number; count: number } {
  const [, index = '', count = ''] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (index !== '' && shard.index < shard.count) return shard;
  throw new UsageError(`--shard: '${text}' is not i/n with i from 0 to n-1`);
}

/** Which frames of a scene to take. */
export interface FrameChoice {
  readonly scene: string;
  readonly seed: number;
  /** Length of the scene's path in frames. */
  readonly lengthFrames: number;
  /** Number of runs, spread over the path. */
  readonly runs: number;
  /** Consecutive frames in a run. */
  readonly runFrames: number;
}

/**
 * Chooses frames by seed and scene name: one run at a random place in each of `runs` equal parts of the path,
 * so that few runs still see different views.
 */
export function chooseFrames(choice: FrameChoice): number[] {
  const { scene, seed, lengthFrames, runs, runFrames } = choice;
  const random = randomFrom(`${scene}/${seed}`);
  const starts = Math.max(lengthFrames - runFrames + 1, 1);
  const frames = Array.from({ length: runs }, (_, run) => {
    const first = Math.floor(((run + random()) * starts) / runs);
    return Array.from({ length: runFrames }, (_, step) => first + step);
  });
  // On a short path the runs overlap.
  return [...new Set(frames.flat())];
}

/** Uniform numbers in [0, 1) from a text (FNV-1a hash, then mulberry32). */
export function randomFrom(text: string): () => number {
  let state = 0x811c9dc5;
  for (const char of text) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
