import type { WebGPURenderer } from 'three/webgpu';
import { drawnBy } from './core/device';
import type { Capability } from './core/device';
import type { Settings } from './core/settings';
import { createInference, preloadRuntime } from './pipeline/infer';
import type { Inference } from './pipeline/infer';
import { loadModel } from './pipeline/model';
import type { ByteProgress, Model, ModelChoice } from './pipeline/model';
import type { Pipeline } from './pipeline/pipeline';

/** What the loader reports while it works. */
export interface NetworkProgress {
  phase(text: string): void;
  bytes: ByteProgress;
}

/** Which back end serves a machine: a software adapter runs WASM two orders of magnitude faster than its own shaders. */
export function chooseBackend(
  wanted: Settings['backend'],
  capability: Capability,
): 'webgpu' | 'wasm' | 'none' {
  if (wanted !== 'auto') return wanted;
  return drawnBy(capability) === 'gpu' ? 'webgpu' : 'wasm';
}

/** Half floats where the network runs on a GPU that reckons with them: half the bytes to load, to write and to read. */
export function choosePrecision(
  backend: 'webgpu' | 'wasm',
  capability: Capability,
): ModelChoice['precision'] {
  const halves = capability.kind === 'webgpu' && capability.device.features.has('shader-f16');
  return backend === 'webgpu' && halves ? 'float16' : 'float32';
}

const modelsUrl = (): string => new URL('models/', document.baseURI).href;

/** The model that is on its way already; taken once. */
let prefetched: Prefetched | null = null;

interface Prefetched {
  readonly choice: ModelChoice;
  readonly model: Promise<Model>;
  /** Who wants to know of the bytes that arrive. */
  readonly progress: { listener: ByteProgress };
}

/**
 * Begins to fetch the network and its runtime, so that they arrive while the scene is built. What goes wrong is told by
 * `startNetwork`.
 */
export function prefetchNetwork(capability: Capability, { backend, model }: Settings): void {
  const chosen = chooseBackend(backend, capability);
  if (chosen === 'none') return;
  preloadRuntime(chosen);
  const progress: Prefetched['progress'] = { listener: () => {} };
  const choice: ModelChoice = { size: model, precision: choosePrecision(chosen, capability) };
  const loading = loadModel(modelsUrl(), choice, (...bytes) => progress.listener(...bytes));
  prefetched = { choice, model: loading, progress };
  prefetched.model.catch(() => {});
}

function takeModel(choice: ModelChoice, onProgress: ByteProgress): Promise<Model> {
  const taken = prefetched;
  prefetched = null;
  const { size, precision } = choice;
  if (taken?.choice.size !== size || taken.choice.precision !== precision) {
    return loadModel(modelsUrl(), choice, onProgress);
  }
  taken.progress.listener = onProgress;
  return taken.model;
}

/**
 * Loads the chosen model and starts it on the chosen back end, warmed up.
 * @returns null when the settings ask for no network
 * @throws Error with a message for the visitor
 */
export async function startNetwork(
  renderer: WebGPURenderer,
  capability: Capability,
  pipeline: Pipeline,
  settings: Settings,
  progress: NetworkProgress,
): Promise<Inference | null> {
  const backend = chooseBackend(settings.backend, capability);
  if (backend === 'none') return null;
  if (backend === 'webgpu' && capability.kind !== 'webgpu') {
    throw new Error(`backend=webgpu is not possible here: ${reasonOf(capability)}`);
  }
  progress.phase('Loading the network');
  const choice = { size: settings.model, precision: choosePrecision(backend, capability) };
  const model = await takeModel(choice, progress.bytes);
  progress.phase(`Starting the network (${backend === 'webgpu' ? 'WebGPU' : 'CPU'})`);
  const device = capability.kind === 'webgpu' ? capability.device : null;
  try {
    return await createInference(backend, { renderer, device, sources: pipeline, model });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${model.contract.file} does not start on ${backend}: ${reason}`, { cause });
  }
}

function reasonOf(capability: Capability): string {
  return capability.kind === 'webgpu' ? '' : capability.reason;
}
