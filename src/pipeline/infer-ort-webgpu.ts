import type * as Ort from 'onnxruntime-web/webgpu';
import { runtimeUrls, webgpuBuild } from './infer-runtime';
import type { OrtBuild } from './infer-runtime';

/** Loads the code of a build and gives it its WebAssembly, or tells it where that is. */
export async function openRuntime(
  build: Exclude<OrtBuild, 'wasm'> = webgpuBuild,
  binary?: ArrayBuffer,
): Promise<typeof Ort> {
  const ort =
    build === 'jspi'
      ? await import('onnxruntime-web/jspi')
      : await import('onnxruntime-web/webgpu');
  const { wasm } = ort.env;
  wasm.wasmPaths = { wasm: runtimeUrls[build] };
  // The network runs on the GPU: threads would idle, and each would load the file that this code is in.
  wasm.numThreads = 1;
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
