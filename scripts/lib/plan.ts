/** One picture of an evaluation. */
export interface Picture {
  /** Number of its folder: the pictures at equal steps first, then those of the sequence. */
  readonly index: number;
  /** Frame of the path, 1/60 s each. */
  readonly pathFrame: number;
}

/** Which frames of the path become pictures. */
export interface Plan {
  /** At equal steps over the path. */
  readonly steps: readonly Picture[];
  /** Neighbouring frames, the first of them one of `steps`; empty without a sequence. */
  readonly sequence: readonly Picture[];
}

/** How an evaluation divides the path. */
export interface PlanOptions {
  /** Length of the path in seconds. */
  readonly durationS: number;
  /** Number of equal steps. */
  readonly count: number;
  /** Neighbouring frames from the middle picture on; 1 = none but itself. */
  readonly sequence?: number;
  /** Takes each n-th of the steps, so that a smaller evaluation shares its references with the full one. */
  readonly every?: number;
  /** Takes only the steps of these numbers; none = all. */
  readonly only?: readonly number[];
}

/** Divides the path into steps of whole frames, and chooses the sequence. */
export function planPictures(options: PlanOptions): Plan {
  const { durationS, count, sequence = 1, every = 1, only = [] } = options;
  const stride = Math.max(Math.round((durationS * 60) / count), 1);
  const all = Array.from({ length: count }, (_, index) => ({ index, pathFrame: index * stride }));
  const steps = all.filter(
    ({ index }) => index % every === 0 && (only.length === 0 || only.includes(index)),
  );
  const middle = steps[Math.floor(steps.length / 2)]!;
  const rest = Array.from({ length: sequence - 1 }, (_, i) => ({
    index: count + i,
    pathFrame: middle.pathFrame + 1 + i,
  }));
  return { steps, sequence: rest.length > 0 ? [middle, ...rest] : [] };
}

/** All pictures of a plan in the order of the path. */
export function inOrder({ steps, sequence }: Plan): Picture[] {
  const pictures = [...new Set([...steps, ...sequence])];
  return pictures.toSorted((a, b) => a.pathFrame - b.pathFrame);
}

/** Scene time of a picture in seconds. */
export function timeOf({ pathFrame }: Picture): number {
  return pathFrame / 60;
}
