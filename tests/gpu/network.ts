import { findCapability } from '../../src/core/device';
import { createSession, openRuntime } from '../../src/pipeline/infer-ort-webgpu';
import { runtimeUrls } from '../../src/pipeline/infer-runtime';
import type { OrtBuild } from '../../src/pipeline/infer-runtime';

/** Where the page finds the network and the seeded input, and what the tensors are called. */
export interface NetworkRun {
  readonly modelUrl: string;
  readonly sampleUrl: string;
  readonly inputName: string;
  readonly outputName: string;
  readonly inputShape: readonly number[];
}

/** Runs the network once on the input of the parity sample, with the same ONNX Runtime build and options as the demo. */
export async function runNetwork(backend: OrtBuild, run: NetworkRun): Promise<number[]> {
  const bytes = async (url: string): Promise<ArrayBuffer> => (await fetch(url)).arrayBuffer();
  const model = new Uint8Array(await bytes(run.modelUrl));
  const count = run.inputShape.reduce((product, side) => product * side, 1);
  const input = new Float32Array(await bytes(run.sampleUrl), 0, count);
  return [
    ...(backend === 'wasm'
      ? await runWasm(model, input, run)
      : await runWebgpu(backend, model, input, run)),
  ];
}

async function runWasm(
  model: Uint8Array,
  input: Float32Array,
  { inputName, outputName, inputShape }: NetworkRun,
): Promise<Float32Array> {
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.wasmPaths = { wasm: runtimeUrls.wasm };
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  const results = await session.run({ [inputName]: new ort.Tensor('float32', input, inputShape) });
  return results[outputName]!.data as Float32Array;
}

async function runWebgpu(
  build: Exclude<OrtBuild, 'wasm'>,
  model: Uint8Array,
  input: Float32Array,
  { inputName, outputName, inputShape }: NetworkRun,
): Promise<Float32Array> {
  const capability = await findCapability();
  if (capability.kind !== 'webgpu') throw new Error(capability.reason);
  const ort = await openRuntime(build);
  const session = await createSession(ort, model, capability.device);
  const results = await session.run({ [inputName]: new ort.Tensor('float32', input, inputShape) });
  return (await results[outputName]!.getData()) as Float32Array;
}
