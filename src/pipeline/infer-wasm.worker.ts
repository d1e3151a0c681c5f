import type * as Ort from 'onnxruntime-web/wasm';
import { floatToHalf, halfToFloat } from '../core/color';
import { runtimeUrls } from './infer-runtime';

/** Messages to the worker. Images are RGBA half floats at the padded size, four channels each. */
export type WorkerRequest =
  | {
      kind: 'create';
      bytes: Uint8Array<ArrayBuffer>;
      /** WebAssembly of ONNX Runtime, which fetches its own without. */
      binary: ArrayBuffer | undefined;
      inputName: string;
      outputName: string;
      threads: number;
    }
  | {
      kind: 'run';
      images: Uint16Array<ArrayBuffer>[];
      /** Filled with the output's planes, and given back. */
      output: Uint16Array<ArrayBuffer>;
      channels: number;
      width: number;
      height: number;
    }
  | { kind: 'readInput' };

/** Answers: `created`, or the output's planes as half floats, or the last input, or what went wrong. */
export type WorkerReply =
  | { kind: 'created'; runtime: string }
  | {
      kind: 'result';
      output: Uint16Array<ArrayBuffer>;
      images: Uint16Array<ArrayBuffer>[];
      networkMs: number;
    }
  | { kind: 'input'; input: Float32Array<ArrayBuffer> }
  | { kind: 'error'; message: string };

/**
 * A file of its own in a build, too: ONNX Runtime starts its threads from the file that it is in, and with this one's
 * message handler in it they would never answer.
 */
const loading = import('onnxruntime-web/wasm');
let ort: typeof Ort;
let session: Ort.InferenceSession | null = null;
let names = { input: '', output: '' };
let input = new Float32Array(0);

/** All 65,536 half floats: a look-up is several times faster than decoding. */
const halves = Float32Array.from({ length: 65536 }, (_, bits) => halfToFloat(bits));

async function create(request: Extract<WorkerRequest, { kind: 'create' }>): Promise<WorkerReply> {
  ort = await loading;
  ort.env.wasm.wasmPaths = { wasm: runtimeUrls.wasm };
  if (request.binary) ort.env.wasm.wasmBinary = request.binary;
  ort.env.wasm.numThreads = request.threads;
  session = await ort.InferenceSession.create(request.bytes, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  names = { input: request.inputName, output: request.outputName };
  return { kind: 'created', runtime: `onnxruntime-web ${ort.env.versions.web}` };
}

async function run(request: Extract<WorkerRequest, { kind: 'run' }>): Promise<WorkerReply> {
  if (!session) throw new Error('the network has not been created');
  const { images, output, channels, width, height } = request;
  const pixels = width * height;
  if (input.length !== channels * pixels) input = new Float32Array(channels * pixels);
  unpackImages(images, channels, pixels);
  const start = performance.now();
  const tensor = new ort.Tensor('float32', input, [1, channels, height, width]);
  const results = await session.run({ [names.input]: tensor });
  const networkMs = performance.now() - start;
  const values = results[names.output]!.data as Float32Array;
  // Not Uint16Array.from(), which takes twenty times as long.
  for (let i = 0; i < values.length; i++) output[i] = floatToHalf(values[i]!);
  return { kind: 'result', output, images, networkMs };
}

/** RGBA interleaved halves to planar floats. */
function unpackImages(images: Uint16Array[], channels: number, pixels: number): void {
  for (let channel = 0; channel < channels; channel++) {
    const source = images[channel >> 2]!;
    const plane = input.subarray(channel * pixels, (channel + 1) * pixels);
    for (let i = 0, j = channel & 3; i < pixels; i++, j += 4) plane[i] = halves[source[j]!]!;
  }
}

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  switch (request.kind) {
    case 'create':
      return create(request);
    case 'run':
      return run(request);
    case 'readInput':
      return { kind: 'input', input };
  }
}

self.onmessage = async ({ data }: MessageEvent<WorkerRequest>) => {
  let reply: WorkerReply;
  try {
    reply = await answer(data);
  } catch (error) {
    reply = { kind: 'error', message: error instanceof Error ? error.message : String(error) };
  }
  const transfer =
    reply.kind === 'result' ? [reply.output, ...reply.images].map(({ buffer }) => buffer) : [];
  self.postMessage(reply, { transfer });
};
