/** A way to a picture: what it costs and how good it is. */
export interface Candidate {
  /** Less is better. */
  readonly cost: number;
  /** More is better. */
  readonly gain: number;
}

/** Those that no other beats: none is as cheap and as good, and better in one of the two. */
export function paretoFront<T extends Candidate>(candidates: readonly T[]): T[] {
  const beats = (a: Candidate, b: Candidate): boolean =>
    a.cost <= b.cost && a.gain >= b.gain && (a.cost < b.cost || a.gain > b.gain);
  return candidates.filter((candidate) => !candidates.some((other) => beats(other, candidate)));
}
