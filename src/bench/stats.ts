/** What a list of times comes down to. */
export interface Summary {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly meanMs: number;
  /** Distance of the quartiles: half of all times lie within it. */
  readonly spreadMs: number;
  /** Mean rate over the slowest hundredth of the frames (at least one), in frames per second. */
  readonly low1Fps: number;
}

/** The value below which a share `q` of the sorted values lies (nearest rank); NaN of nothing. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

/** Median, percentiles and spread of times in any order. */
export function summarize(timesMs: readonly number[] | Float64Array): Summary {
  const sorted = Float64Array.from(timesMs).toSorted();
  const mean = (values: Float64Array): number =>
    values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : NaN;
  const slowest = sorted.subarray(sorted.length - Math.max(1, Math.round(sorted.length / 100)));
  return {
    count: sorted.length,
    medianMs: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
    minMs: quantile(sorted, 0),
    maxMs: quantile(sorted, 1),
    meanMs: mean(sorted),
    spreadMs: quantile(sorted, 0.75) - quantile(sorted, 0.25),
    low1Fps: 1000 / mean(slowest),
  };
}
