import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelNames } from '../../src/core/settings';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open } from '../page/browser';
import type { NetworkRun } from './network';
import { openGpuPage, type GpuPage } from './open-page';

/** Largest difference that is allowed anywhere, as a share of the range of the values. */
const TOLERANCE = 1e-3;
const golden = join(import.meta.dirname, '..', 'golden');
const shipped = join(import.meta.dirname, '..', '..', 'models', 'relight-m.json');

interface TensorDescription {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offsetBytes: number;
}

/** What the exporter writes beside torch's answer. */
interface Sample {
  readonly model: string;
  readonly file: string;
  readonly input: TensorDescription;
  readonly output: TensorDescription;
}

function spread(values: Float32Array): number {
  const least = values.reduce((a, b) => Math.min(a, b));
  return values.reduce((a, b) => Math.max(a, b)) - least;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  // Math.max keeps a NaN once it has met one.
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

describe.each(modelNames)('network %s, in the page', (name) => {
  const text = readFileSync(join(golden, `relight-${name}-parity.json`), 'utf8');
  const sample = JSON.parse(text) as Sample;
  const binary = readFileSync(join(golden, sample.file));
  const torch = new Float32Array(new Uint8Array(binary).buffer, sample.output.offsetBytes);
  const run: NetworkRun = {
    modelUrl: `/models/${sample.model}.onnx`,
    sampleUrl: `/tests/golden/${sample.file}`,
    inputName: sample.input.name,
    outputName: sample.output.name,
    inputShape: sample.input.shape,
  };
  let gpu: GpuPage;
  const outputs = new Map<string, Float32Array>();

  beforeAll(async () => {
    gpu = await openGpuPage('webgpu');
  });

  it.each(['wasm', 'jspi', 'asyncify'] as const)(
    'answers as torch does, through %s',
    async (backend) => {
      const values = await gpu.page.evaluate(
        ([where, options]) => window.kernels.runNetwork(where, options),
        [backend, run] as const,
      );
      const output = Float32Array.from(values);
      outputs.set(backend, output);
      expect(spread(torch)).toBeGreaterThan(0.1);
      expect(largestDifference(output, torch) / spread(torch)).toBeLessThanOrEqual(TOLERANCE);
    },
  );

  it.each(['jspi', 'asyncify'])('answers alike on wasm and %s', (build) => {
    const [wasm, webgpu] = [outputs.get('wasm')!, outputs.get(build)!];
    expect(largestDifference(wasm, webgpu) / spread(wasm)).toBeLessThanOrEqual(TOLERANCE);
  });

  it('reports no error', () => {
    expect(gpu.problems).toEqual([]);
  });
});

describe('packing', () => {
  const { inputs: channels } = JSON.parse(readFileSync(shipped, 'utf8')) as { inputs: string[] };
  let demo: OpenDemo;
  const inputs = new Map<string, Float32Array>();

  beforeAll(async () => {
    demo = await open({ size: '96x64', scene: 'cornell', backend: 'wasm' });
  });

  it.each(['wasm', 'webgpu'] as const)('fills the padded input on %s', async (backend) => {
    await demo.call('apply', { backend });
    expect((await demo.get('stats')).backend).toBe(backend);
    await demo.call('seek', 30);
    const { data, shape } = await demo.call('networkInput');
    expect(shape).toEqual([1, channels.length, 32, 48]);
    expect(data.every(Number.isFinite)).toBe(true);
    inputs.set(backend, data);
  });

  it.each(channels.map((name, index) => [name, index] as const))(
    'gives %s alike on CPU and GPU',
    (_, index) => {
      const plane = (backend: string): Float32Array =>
        (inputs.get(backend) ?? new Float32Array()).subarray(
          index * 48 * 32,
          (index + 1) * 48 * 32,
        );
      const [cpu, gpu] = [plane('wasm'), plane('webgpu')];
      expect(gpu).toHaveLength(48 * 32);
      expect(largestDifference(cpu, gpu)).toBeLessThanOrEqual(TOLERANCE * spread(gpu));
    },
  );

  it('reports no error', () => {
    expectNoProblems(demo);
  });
});
