import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import webgpuUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';

/** What to run: a network with one input of NCHW float32. */
export interface NetworkRun {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly backend: 'wasm' | 'webgpu';
  /** Threads of the CPU path. */
  readonly threads: number;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  readonly warmUp: number;
  readonly runs: number;
}

/** Runs a network alone, without packing and picture, and returns each run's time in milliseconds. */
export async function timeNetwork(run: NetworkRun): Promise<number[]> {
  const { backend, channels, width, height } = run;
  const onGpu = backend === 'webgpu';
  const ort = onGpu ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web/wasm');
  ort.env.wasm.wasmPaths = { wasm: onGpu ? webgpuUrl : wasmUrl };
  ort.env.wasm.numThreads = onGpu ? 1 : run.threads;
  const session = await ort.InferenceSession.create(run.bytes, {
    executionProviders: [backend],
    graphOptimizationLevel: 'all',
  });
  // Smooth values in the range of real ones; the time does not depend on them, except for denormal numbers.
  const data = Float32Array.from({ length: channels * width * height }, (_, i) => Math.sin(i) + 1);
  const [input = 'input'] = session.inputNames;
  const times: number[] = [];
  for (let i = 0; i < run.warmUp + run.runs; i++) {
    const feeds = { [input]: new ort.Tensor('float32', data, [1, channels, height, width]) };
    const start = performance.now();
    const results = await session.run(feeds);
    // The result lies in the CPU's memory, so the GPU is done too.
    const ms = performance.now() - start;
    for (const result of Object.values(results)) result.dispose();
    if (i >= run.warmUp) times.push(ms);
  }
  await session.release();
  return times;
}
