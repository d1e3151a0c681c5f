import type * as Ort from 'onnxruntime-web/webgpu';
import asyncifyUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import jspiUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';

/** Builds of ONNX Runtime with the WebGPU provider, by how their WebAssembly waits for the GPU. */
export type OrtBuild = 'jspi' | 'asyncify';

/** Browsers that can suspend WebAssembly by themselves do with 16.8 MB instead of 26.8 MB. */
export const ortBuild: OrtBuild = 'Suspending' in WebAssembly ? 'jspi' : 'asyncify';

const urls: Readonly<Record<OrtBuild, string>> = { jspi: jspiUrl, asyncify: asyncifyUrl };

/** What is on its way already; the next who opens the runtime takes it. */
let fetched: Promise<ArrayBuffer | undefined> | null = null;

/** Begins to fetch the runtime. On failure ONNX Runtime tries itself, and tells. */
export function fetchRuntime(): void {
  fetched ??= fetch(urls[ortBuild])
    .then((response) => (response.ok ? response.arrayBuffer() : undefined))
    .catch(() => undefined);
}

/** Loads the code of a build and tells it where its WebAssembly is. */
export async function openRuntime(build: OrtBuild = ortBuild): Promise<typeof Ort> {
  const ort =
    build === 'jspi'
      ? await import('onnxruntime-web/jspi')
      : await import('onnxruntime-web/webgpu');
  const { wasm } = ort.env;
  wasm.wasmPaths = { wasm: urls[build] };
  // The network runs on the GPU: threads would idle, and each would load the file that this code is in.
  wasm.numThreads = 1;
  const binary = build === ortBuild ? await fetched : undefined;
  if (binary) wasm.wasmBinary = binary;
  return ort;
}

/** Starts a network on a device that others draw with, too; its answers stay on the GPU. */
export function createSession(
  ort: typeof Ort,
  bytes: Uint8Array,
  device: GPUDevice,
): Promise<Ort.InferenceSession> {
  return ort.InferenceSession.create(bytes, {
    executionProviders: [{ name: 'webgpu', device, preferredLayout: 'NCHW' } as never],
    preferredOutputLocation: 'gpu-buffer',
    graphOptimizationLevel: 'all',
  });
}
