import { beforeAll, describe, expect, it } from 'vitest';
import colors from '../golden/color.json';
import compositions from '../golden/compose.json';
import histories from '../golden/history.json';
import materials from '../golden/material.json';
import type { HistoryCase } from './history';
import { openGpuPage, type GpuPage } from './open-page';

/**
 * Shaders compute in float32 and WGSL allows exp2, log2 and pow errors of some units in the last place (2^-21 of the
 * result for log2 near 1, (3 + 2·|x|) units for exp2): a few millionths after some operations.
 */
const TOLERANCE = 2e-5;
/** Half a step of 8 bits, and what float32 may move a value across it. */
const TOLERANCE_8BIT = 0.5 + 255 * TOLERANCE;

type Texel = [number, number, number, number];
const texel = ([r = NaN, g = NaN, b = NaN]: readonly number[], a: number): Texel => [r, g, b, a];

interface Difference {
  readonly found: number[][];
  readonly wanted: readonly (readonly number[])[];
  /** How large a difference of 1 would be; default: the value, at least 1. */
  readonly unit?: (row: number, value: number) => number;
}

/** The largest difference in units of the value's own size. */
function largest({ found, wanted, unit = (_, value) => Math.max(1, value) }: Difference): number {
  expect(found).toHaveLength(wanted.length);
  const differences = wanted.flatMap((row, i) =>
    row.map((value, k) => Math.abs((found[i]?.[k] ?? NaN) - value) / unit(i, value)),
  );
  return Math.max(...differences);
}

describe.each(['webgpu', 'no-webgpu'] as const)('shaders in a browser with %s', (graphics) => {
  let gpu: GpuPage;
  const linear = colors.map((row) => texel(row.linear, row.exposure));

  beforeAll(async () => {
    gpu = await openGpuPage(graphics);
  });

  it('compute the material factor of the golden file', async () => {
    const surfaces = materials.map((row) => texel(row.albedo, row.metalness));
    const angles = materials.map((row): Texel => [row.roughness, row.nDotV, 0, 0]);
    const found = await gpu.page.evaluate(([a, b]) => window.kernels.materialFactors(a, b), [
      surfaces,
      angles,
    ] as const);
    expect(largest({ found, wanted: materials.map((row) => row.factor) })).toBeLessThan(TOLERANCE);
  });

  it('compute the transfer functions of the golden file', async () => {
    const logs = colors.map((row) => texel(row.log, row.exposure));
    const found = await gpu.page.evaluate(([a, b]) => window.kernels.transferFunctions(a, b), [
      linear,
      logs,
    ] as const);
    expect(largest({ found: found.log, wanted: colors.map((row) => row.log) })).toBeLessThan(
      TOLERANCE,
    );
    // The last step subtracts 1, so the rounding is that of 2^ℓ: it counts in units of lighting + 1/4e.
    const unit = (row: number, value: number): number =>
      value + 0.25 / (colors[row]?.exposure ?? NaN);
    const decoded = { found: found.decoded, wanted: colors.map((row) => row.decoded), unit };
    expect(largest(decoded)).toBeLessThan(TOLERANCE);
    const luminance = found.luminance.map((value) => [value]);
    const wanted = colors.map((row) => [row.luminance]);
    expect(largest({ found: luminance, wanted })).toBeLessThan(TOLERANCE);
  });

  it('compose the relit lighting of the golden file', async () => {
    const column = (pick: (row: (typeof compositions)[number]) => readonly number[]): Texel[] =>
      compositions.map((row) => texel(pick(row), 0));
    const columns = [
      column((row) => row.lit),
      ...[0, 1].map((i) => column((row) => row.candidates[i] ?? [])),
      column((row) => row.residual),
      column((row) => row.shares),
    ];
    const found = await gpu.page.evaluate((rows) => window.kernels.relit(rows), columns);
    const wanted = compositions.map((row) => row.relit);
    expect(largest({ found, wanted })).toBeLessThan(TOLERANCE);
  });

  it('reproject the history of the golden file', async () => {
    const given = histories as unknown as HistoryCase;
    const found = await gpu.page.evaluate((frames) => window.kernels.history(frames), given);
    expect(histories.history.some(([, , , valid]) => valid! > 0.99)).toBe(true);
    expect(histories.history.some(([, , , valid]) => valid! < 0.3)).toBe(true);
    // Training keeps the weights as half floats.
    expect(largest({ found, wanted: histories.history })).toBeLessThan(2e-3);
  });

  it('compute the display transform of the golden file', async () => {
    const found = await gpu.page.evaluate((rows) => window.kernels.displayTransform(rows), linear);
    expect(largest({ found, wanted: colors.map((row) => row.display) })).toBeLessThan(TOLERANCE);
  });

  it('present the golden colours as they are displayed', async () => {
    const found = await gpu.page.evaluate((rows) => window.kernels.presentPixels(rows), linear);
    colors.forEach(({ display }, i) => {
      display.forEach((value, k) => {
        const difference = Math.abs((found[i * 4 + k] ?? NaN) - value * 255);
        // Radiance reaches the stage as float32 here, so nothing but the 8 bits is rounded.
        expect(difference).toBeLessThanOrEqual(TOLERANCE_8BIT);
      });
    });
  });

  it('report no error', () => {
    expect(gpu.problems).toEqual([]);
  });
});
