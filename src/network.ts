import type { WebGPURenderer } from 'three/webgpu';
import { drawnBy } from './core/device';
import type { Capability } from './core/device';
import { partsOf } from './core/download';
import type { ByteProgress } from './core/download';
import type { Settings } from './core/settings';
import { createInference, preloadCode } from './pipeline/infer';
import type { Inference } from './pipeline/infer';
import { loadModel } from './pipeline/model';
import type { Model, ModelChoice } from './pipeline/model';
import type { Pipeline } from './pipeline/pipeline';
import { fetchRuntime, webgpuBuild } from './pipeline/infer-runtime';

/** What a network is started from. */
export interface NetworkFiles {
  readonly backend: 'webgpu' | 'wasm';
  readonly model: Model;
  /** WebAssembly of ONNX Runtime; undefined where it is there already, or could not be fetched, which ONNX Runtime then tells. */
  readonly runtime: ArrayBuffer | undefined;
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

/** The WebGPU build keeps its WebAssembly for all networks of the page; on the CPU each network has a worker of its own. */
let isWebgpuOpen = false;

/** Files that are on their way already; taken once. */
let prefetched: Fetching | null = null;

interface Fetching extends ModelChoice {
  readonly backend: 'webgpu' | 'wasm';
  readonly files: Promise<NetworkFiles>;
  /** Who wants to know of the bytes that arrive. */
  readonly progress: { listener: ByteProgress };
}

function beginFetch(backend: 'webgpu' | 'wasm', choice: ModelChoice): Fetching {
  const progress: Fetching['progress'] = { listener: () => {} };
  preloadCode(backend);
  const [ofModel, ofRuntime] = partsOf((...bytes) => progress.listener(...bytes), 2);
  const isThere = backend === 'webgpu' && isWebgpuOpen;
  if (isThere) ofRuntime!(0, 0);
  const runtime = isThere
    ? Promise.resolve(undefined)
    : fetchRuntime(backend === 'wasm' ? 'wasm' : webgpuBuild, ofRuntime!);
  const model = loadModel(modelsUrl(), choice, ofModel!);
  const files = model.then(async (model) => ({ backend, model, runtime: await runtime }));
  return { ...choice, backend, files, progress };
}

/**
 * Begins to fetch the network and its runtime, so that they arrive while the scene is built. What goes wrong is told by
 * `fetchNetwork`.
 */
export function prefetchNetwork(capability: Capability, { backend, model }: Settings): void {
  const chosen = chooseBackend(backend, capability);
  if (chosen === 'none') return;
  const precision = choosePrecision(chosen, capability);
  prefetched = beginFetch(chosen, { size: model, precision });
  prefetched.files.catch(() => {});
}

/**
 * Fetches the network that the settings ask for, with its runtime.
 * @returns null when the settings ask for no network
 * @throws Error with a message for the visitor
 */
export async function fetchNetwork(
  capability: Capability,
  settings: Settings,
  onProgress: ByteProgress,
): Promise<NetworkFiles | null> {
  const backend = chooseBackend(settings.backend, capability);
  if (backend === 'none') return null;
  if (backend === 'webgpu' && capability.kind !== 'webgpu') {
    throw new Error(`backend=webgpu is not possible here: ${capability.reason}`);
  }
  const choice = { size: settings.model, precision: choosePrecision(backend, capability) };
  const taken = prefetched;
  prefetched = null;
  const isSame =
    taken?.backend === backend &&
    taken.size === choice.size &&
    taken.precision === choice.precision;
  const { files, progress } = isSame ? taken : beginFetch(backend, choice);
  progress.listener = onProgress;
  return files;
}

/**
 * Starts a network, warmed up.
 * @throws Error with a message for the visitor
 */
export async function startNetwork(
  { backend, model, runtime }: NetworkFiles,
  renderer: WebGPURenderer,
  capability: Capability,
  pipeline: Pipeline,
): Promise<Inference> {
  const device = capability.kind === 'webgpu' ? capability.device : null;
  const setup = { renderer, device, sources: pipeline, model, runtime };
  try {
    const inference = await createInference(backend, setup);
    isWebgpuOpen ||= backend === 'webgpu';
    return inference;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${model.contract.file} does not start on ${backend}: ${reason}`, { cause });
  }
}
