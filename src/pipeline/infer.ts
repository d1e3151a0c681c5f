import type { WebGPURenderer } from 'three/webgpu';
import type { ModelContract } from '../core/contract';
import type { QueueBracket } from '../core/queue-bracket';
import type { Prediction } from './compose';
import type { Model } from './model';
import type { PackSources } from './pack';

/** Runs the network on the frame that was just drawn. Both back ends look the same from outside. */
export interface Inference extends Prediction {
  readonly backend: 'webgpu' | 'wasm';
  /** Milliseconds of the last run as far as the CPU can tell: packing, network, unpacking. */
  readonly timing: InferenceTiming;
  readonly contract: ModelContract;
  /** What runs the network, with its version. */
  readonly runtime: string;
  /** Times the network on the GPU while it is enabled; only where it runs there. */
  readonly bracket?: QueueBracket;
  /** Low-resolution size in pixels; the network's own size is padded from it. */
  resize(width: number, height: number): Promise<void>;
  /**
   * Packs, runs and unpacks; afterwards the images of the prediction hold the result. Runs must not overlap.
   * `meanwhile` is called once the network has its input, for work that does not need its answer.
   */
  run(meanwhile?: () => void): Promise<void>;
  /** The packed input of the last run, NCHW at padded size (for tests and captures). */
  readInput(): Promise<PackedInput>;
  dispose(): Promise<void>;
}

export interface InferenceTiming {
  /** Packing, with the wait for the GPU on the CPU path. */
  packMs: number;
  /** The part of it that copies what the GPU gave. */
  copyMs: number;
  networkMs: number;
  unpackMs: number;
  /** Time of the network on the GPU, a few frames old; null where it is not measured. */
  networkGpuMs: number | null;
}

/** NCHW float32 tensor at the padded size. */
export interface PackedInput {
  readonly data: Float32Array;
  readonly shape: readonly [number, number, number, number];
}

/** What a back end needs to start. */
export interface InferenceSetup {
  readonly renderer: WebGPURenderer;
  readonly device: GPUDevice | null;
  readonly sources: PackSources;
  readonly model: Model;
  /** WebAssembly of ONNX Runtime; it fetches its own without. */
  readonly runtime: ArrayBuffer | undefined;
}

/** Starts a back end; each pulls in its own build of ONNX Runtime only when asked for. */
export async function createInference(
  backend: 'webgpu' | 'wasm',
  setup: InferenceSetup,
): Promise<Inference> {
  if (backend === 'webgpu') return (await import('./infer-webgpu')).createWebgpuInference(setup);
  return (await import('./infer-wasm')).createWasmInference(setup);
}

/** Begins to load the code of a back end; `createInference` tells what goes wrong. */
export function preloadCode(backend: 'webgpu' | 'wasm'): void {
  const loading =
    backend === 'webgpu'
      ? import('./infer-webgpu')
      : import('./infer-wasm').then(({ preload }) => preload());
  loading.catch(() => {});
}
