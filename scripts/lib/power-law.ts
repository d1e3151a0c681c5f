/** Exponent `a` of y ~ xᵃ by least squares on the logarithms; NaN of fewer than two different x. */
export function fitExponent(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (of: 0 | 1): number => logs.reduce((sum, log) => sum + log[of], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const sum = (of: 0 | 1): number =>
    logs.reduce((total, log) => total + (log[0] - meanX) * (log[of] - [meanX, meanY][of]!), 0);
  return sum(0) > 0 ? sum(1) / sum(0) : NaN;
}
