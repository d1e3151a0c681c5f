/** Mean absolute change from picture to picture in 8-bit steps; RGBA, alpha does not count. 0 for a single picture. */
export function meanChange(pictures: readonly Uint8Array[]): number {
  const changes = pictures.slice(1).map((next, i) => changeBetween(pictures[i]!, next));
  return changes.reduce((sum, change) => sum + change, 0) / Math.max(changes.length, 1);
}

function changeBetween(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) throw new Error(`pictures of ${a.length} and ${b.length} bytes`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) if (i % 4 !== 3) sum += Math.abs(a[i]! - b[i]!);
  return sum / ((a.length / 4) * 3);
}
