import type { CellResult } from '../../src/bench/result';

/** Of a frame on the CPU path, beside raster, resolve and the network. */
export const overheadLimit = 0.15;

/** Stages that only carry data to the network and back, with the clock that tells their time. */
const carrying = [
  ['Pack', 'gpuMs'],
  ['Read-back', 'cpuMs'],
  ['Upload', 'cpuMs'],
] as const;

/** Share of the frame that packing, reading back and upload take; null where no network ran on the CPU. */
export function overheadShare({ stages, backend, medianMs }: CellResult): number | null {
  if (backend !== 'wasm' || !stages['Network']) return null;
  const times = carrying.map(([stage, clock]) => stages[stage]?.[clock] ?? 0);
  return times.reduce((sum, ms) => sum + ms, 0) / medianMs;
}
