import { DataTexture, FloatType, NearestFilter, RGBAFormat } from 'three/webgpu';
import type { Texture } from 'three/webgpu';
import { TargetReadback } from '../core/readback';
import type { ModelContract } from '../core/contract';
import type { Inference, InferenceSetup, InferenceTiming, PackedInput } from './infer';
import type { WorkerReply, WorkerRequest } from './infer-wasm.worker';
import { PackToImages, padTo } from './pack';
import type { PackChannel } from './pack';

type Reply<K extends WorkerReply['kind']> = Extract<WorkerReply, { kind: K }>;

/** Cores beyond this gain nothing on a network this small. */
const MAX_THREADS = 8;

/** A worker that loads its runtime before there is a network for it. */
let spare: NetworkWorker | null = null;

/** Starts the worker of the next back end: it fetches ONNX Runtime meanwhile. */
export function preload(): void {
  spare ??= new NetworkWorker();
}

/**
 * Inference through ONNX Runtime's WASM provider in a worker: read back the packed images, run, upload the result.
 * For software adapters, where it is two orders of magnitude faster than compute shaders, and for WebGL2.
 */
export async function createWasmInference(setup: InferenceSetup): Promise<Inference> {
  const worker = spare ?? new NetworkWorker();
  spare = null;
  const { bytes, contract } = setup.model;
  // Threads need SharedArrayBuffer, i.e. a cross-origin isolated page.
  const threads = crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MAX_THREADS) : 1;
  try {
    const { runtime } = await worker.ask<'created'>({
      kind: 'create',
      bytes: bytes.slice(),
      inputName: contract.inputName,
      outputName: contract.outputName,
      threads,
    });
    return new WasmInference(setup, worker, `${runtime}, WASM, threads: ${threads}`);
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** One question at a time to the worker. */
class NetworkWorker {
  private readonly worker = new Worker(new URL('./infer-wasm.worker.ts', import.meta.url), {
    type: 'module',
    name: 'network',
  });

  ask<K extends WorkerReply['kind']>(
    request: WorkerRequest,
    transfer: Transferable[] = [],
  ): Promise<Reply<K>> {
    return new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => {
        if (data.kind === 'error') reject(new Error(data.message));
        else resolve(data as Reply<K>);
      };
      this.worker.onerror = (event) =>
        reject(
          new Error(`the network's worker failed: ${event.message || 'it could not be loaded'}`),
        );
      this.worker.postMessage(request, { transfer });
    });
  }

  terminate(): void {
    this.worker.terminate();
  }
}

class WasmInference implements Inference {
  readonly backend = 'wasm';
  readonly timing: InferenceTiming = { packMs: 0, networkMs: 0, unpackMs: 0, networkGpuMs: null };
  residual: Texture = floatTexture(1, 1);
  edges: Texture = floatTexture(1, 1);
  shares: Texture = floatTexture(1, 1);
  readonly contract: ModelContract;
  private readonly pack: PackToImages;
  private readonly readback: TargetReadback;
  /** Images that the worker has given back: filled again for the next frame. */
  private images: Uint16Array<ArrayBuffer>[] = [];
  private width = 1;
  private height = 1;
  private lastInput: Float32Array = new Float32Array(0);

  constructor(
    { renderer, sources, model }: InferenceSetup,
    private readonly worker: NetworkWorker,
    readonly runtime: string,
  ) {
    this.contract = model.contract;
    this.pack = new PackToImages(renderer, sources, model.contract.inputs as PackChannel[]);
    this.readback = new TargetReadback(renderer, this.pack.target);
  }

  async resize(width: number, height: number): Promise<void> {
    this.width = padTo(width, this.contract.alignment);
    this.height = padTo(height, this.contract.alignment);
    this.pack.resize(this.width, this.height);
    this.disposeTextures();
    this.residual = floatTexture(this.width, this.height);
    this.edges = floatTexture(this.width, this.height);
    this.shares = floatTexture(this.width, this.height);
  }

  async run(): Promise<void> {
    const { pack, width, height } = this;
    const start = performance.now();
    pack.render();
    const images = await this.readback.read(this.images);
    const packed = performance.now();
    const channels = this.contract.inputs.length;
    const reply = await this.worker.ask<'result'>(
      { kind: 'run', images, channels, width, height },
      images.map((image) => image.buffer),
    );
    const done = performance.now();
    const [residual, edges, shares] = reply.outputs;
    upload(this.residual, residual);
    upload(this.edges, edges);
    upload(this.shares, shares);
    this.lastInput = reply.input;
    this.images = reply.images;
    this.timing.packMs = packed - start;
    this.timing.networkMs = reply.networkMs;
    this.timing.unpackMs = performance.now() - done + (done - packed - reply.networkMs);
  }

  async readInput(): Promise<PackedInput> {
    return {
      data: this.lastInput,
      shape: [1, this.contract.inputs.length, this.height, this.width],
    };
  }

  async dispose(): Promise<void> {
    this.worker.terminate();
    this.pack.dispose();
    this.readback.dispose();
    this.disposeTextures();
  }

  private disposeTextures(): void {
    for (const texture of [this.residual, this.edges, this.shares]) texture.dispose();
  }
}

function floatTexture(width: number, height: number): Texture {
  const data = new Float32Array(width * height * 4);
  const texture = new DataTexture(data, width, height, RGBAFormat, FloatType);
  texture.minFilter = texture.magFilter = NearestFilter;
  texture.needsUpdate = true;
  return texture;
}

function upload(texture: Texture, data: Float32Array): void {
  (texture.image as { data: Float32Array }).data = data;
  texture.needsUpdate = true;
}
