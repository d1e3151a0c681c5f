import asyncifyUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import jspiUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { readAll } from '../core/download';
import type { ByteProgress } from '../core/download';

/** Builds of ONNX Runtime: for the CPU, and with the WebGPU provider, by how their WebAssembly waits for the GPU. */
export type OrtBuild = 'wasm' | 'jspi' | 'asyncify';

/** Browsers that can suspend WebAssembly by themselves do with 16.8 MB instead of 26.8 MB. */
export const webgpuBuild = 'Suspending' in WebAssembly ? 'jspi' : 'asyncify';

/** Where the WebAssembly of each build is. */
export const runtimeUrls: Readonly<Record<OrtBuild, string>> = {
  wasm: wasmUrl,
  jspi: jspiUrl,
  asyncify: asyncifyUrl,
};

/**
 * Fetches the WebAssembly of a build. Undefined where that fails: ONNX Runtime then tries itself, and tells what is wrong.
 */
export async function fetchRuntime(
  build: OrtBuild,
  onProgress: ByteProgress,
): Promise<ArrayBuffer | undefined> {
  try {
    const response = await fetch(runtimeUrls[build]);
    if (!response.ok) return undefined;
    const { headers } = response;
    // What is compressed on its way announces its compressed size.
    const isPlain = !headers.has('content-encoding') && headers.has('content-length');
    const totalBytes = isPlain ? Number(headers.get('content-length')) : null;
    return (await readAll(response, totalBytes, onProgress)).buffer;
  } catch {
    return undefined;
  }
}
