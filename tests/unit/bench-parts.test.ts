import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { oidnSmall } from '../../scripts/bench-page/oidn-small';
import { createSimdLoop } from '../../scripts/bench-page/simd-loop';
import { judge } from '../../scripts/lib/bench-peers';
import { peersSection, verdict } from '../../scripts/lib/bench-peers-report';
import { rateSection, scalingSection, startSection } from '../../scripts/lib/bench-extra-report';
import { exponentsOf, type ScalingRow } from '../../scripts/lib/bench-scaling';
import { perPixel } from '../../scripts/lib/bench-traffic';
import { paretoFront } from '../../scripts/lib/pareto';
import { fitExponent } from '../../scripts/lib/power-law';

describe('the Pareto front', () => {
  it('leaves out what another beats in one way and matches in the other', () => {
    const points = [
      { name: 'cheap', cost: 1, gain: 1 },
      { name: 'good', cost: 5, gain: 4 },
      { name: 'dearer and no better', cost: 6, gain: 4 },
      { name: 'as cheap and worse', cost: 1, gain: 0.5 },
    ];
    expect(paretoFront(points).map(({ name }) => name)).toEqual(['cheap', 'good']);
  });

  it('keeps equals', () => {
    const equal = [{ cost: 2, gain: 2 }, { cost: 2, gain: 2 }]; // prettier-ignore
    expect(paretoFront(equal)).toHaveLength(2);
  });
});

describe('a power law', () => {
  it.each([0.5, 1, 2])('is found again: exponent %s', (exponent) => {
    const points = [1, 3, 10, 40].map((x) => [x, 7 * x ** exponent] as const);
    expect(fitExponent(points)).toBeCloseTo(exponent, 10);
  });

  it('needs two different sizes', () => {
    expect(fitExponent([[4, 1], [4, 2]])).toBeNaN(); // prettier-ignore
  });
});

describe('the small network of Open Image Denoise', () => {
  it('has the published size', () => {
    const { macsPerPixel, parameters, bytes } = oidnSmall();
    expect(macsPerPixel).toBe(62_136);
    expect(parameters).toBe(320_035);
    expect(bytes.length).toBeGreaterThan(parameters * 4);
  });
});

describe('the SIMD loop', () => {
  it('computes what it claims to: sum · ½ + 1 in each of its registers', async () => {
    const { run, macsPerTurn } = await createSimdLoop();
    const chains = macsPerTurn / 4;
    const start = Array.from({ length: chains }, (_, i) => i);
    const sumAfter = (turns: number): number => {
      let values = start;
      for (let turn = 0; turn < turns; turn++) values = values.map((value) => value / 2 + 1);
      return values.reduce((sum, value) => sum + value, 0);
    };
    for (const turns of [1, 2, 5]) expect(run(turns)).toBeCloseTo(sumAfter(turns), 4);
  });
});

const row = { kind: 'three', macsPerOutputPixel: 0, networkMs: null } as const;
const rows = judge([
  { ...row, name: 'raw', runsOn: 'webgpu', aboveRawMs: 0, gainDb: 0 },
  { ...row, name: 'ai m', kind: 'ours', runsOn: 'webgpu', aboveRawMs: 10, networkMs: 4, gainDb: 5 },
  { ...row, name: 'ai m', kind: 'ours', runsOn: 'wasm', aboveRawMs: 20, networkMs: 8, gainDb: 5 },
  { ...row, name: 'slow', kind: 'neural upscaler', runsOn: 'webgpu', aboveRawMs: 30, gainDb: 1 },
  { ...row, name: 'OIDN', kind: 'random weights, time only', runsOn: 'wasm', aboveRawMs: null, networkMs: 80, gainDb: null },
]); // prettier-ignore

describe('peers', () => {
  it('are compared with ours on the same backend, like with like', () => {
    expect(rows.map(({ ratioToOurs }) => ratioToOurs)).toEqual([0, 1, 1, 3, 10]);
  });

  it('without a picture are on no front', () => {
    expect(rows.map(({ onFront }) => onFront)).toEqual([true, true, false, false, null]);
  });

  it('are reported with what they are', () => {
    const peers = { inputSize: [2, 1], outputSize: [4, 2], threads: 2, frames: 3, pictures: 8, rows } as const; // prettier-ignore
    const html = peersSection(peers);
    expect(html).toContain('<th>OIDN<td>random weights, time only<td>wasm');
    expect(verdict(peers)).toContain('ai m on webgpu is on the Pareto front');
    expect(verdict(peers)).toContain('ai m on wasm is not on');
    expect(peersSection(null)).toBe('');
  });
});

describe('bytes per pixel', () => {
  it('are what grows with the picture', () => {
    const fixed = { readBytes: 1000, writtenBytes: 500 };
    const { readBytes, writtenBytes, passes } = perPixel(
      { shadows: fixed, guide: { readBytes: 100, writtenBytes: 800 } },
      { shadows: fixed, guide: { readBytes: 400, writtenBytes: 3200 } },
      300,
    );
    expect([readBytes, writtenBytes]).toEqual([1, 8]);
    expect(passes.map(({ label }) => label)).toEqual(['guide']);
  });
});

describe('sections of the report', () => {
  const sized = (outputPixels: number): ScalingRow => ({
    size: `${outputPixels}`, quality: 'performance', outputPixels, inputPixels: outputPixels / 4,
    medianMs: outputPixels / 100, macs: outputPixels * 1584, gpuBytes: 1e6 + outputPixels, passes: 40,
  }); // prettier-ignore

  it('name the exponents and what was left out', () => {
    const sizes = [sized(1000), sized(4000)];
    const exponents = exponentsOf(sizes);
    expect([exponents.time, exponents.macs]).toEqual([expect.closeTo(1), expect.closeTo(1)]);
    const leftOut = ['4K: would take <long>'];
    const html = scalingSection({ frames: 5, sizes, qualities: [], exponents, leftOut });
    expect(html).toContain('a = 1.00 for time');
    expect(html).toContain('4K: would take &lt;long&gt;');
  });

  it('say whether the rate that is asked for is reached', () => {
    const rate = {
      model: 'm',
      threads: 1,
      macsPerRun: 1,
      loopMacsPerS: 10e9,
      nativeMacsPerS: null,
    };
    expect(rateSection({ ...rate, networkMacsPerS: 6e9, share: 0.6 })).toContain('"good">kept');
    expect(rateSection({ ...rate, networkMacsPerS: 4e9, share: 0.4 })).toContain('"bad">missed');
  });

  it('add up what is loaded', () => {
    const file = { bytes: 1500, gzipBytes: 500, startMs: 3 };
    const transfers = [
      { ...file, name: '/' },
      { ...file, name: '/a.js' },
    ];
    const html = startSection({ visits: 5, rawMs: 100, aiMs: 200, transfers });
    expect(html).toContain('<th>all<td>3.0<td>1.0');
  });
});

it('peers stay out of the page: no source mentions them', () => {
  const folder = new URL('../../src/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((name) => name.endsWith('.ts'));
  expect(sources.length).toBeGreaterThan(50);
  for (const name of sources) {
    expect(readFileSync(new URL(name, folder), 'utf8'), name).not.toMatch(/websr|bench-page/);
  }
});
