import { DataArrayTexture, HalfFloatType, NearestFilter, RedFormat } from 'three/webgpu';
import type { Node, TextureNode } from 'three/webgpu';
import { TargetReadback } from '../core/readback';
import type { ModelContract } from '../core/contract';
import { swappableTexture } from './fullscreen';
import type { Inference, InferenceSetup, InferenceTiming, PackedInput } from './infer';
import { OUTPUT_CELL, outputPlanes, placeOfOutput } from './output-cells';
import type { WorkerReply, WorkerRequest } from './infer-wasm.worker';
import { PackToImages, padTo } from './pack';
import type { PackChannel } from './pack';

type Reply<K extends WorkerReply['kind']> = Extract<WorkerReply, { kind: K }>;

/** Cores beyond this gain nothing on a network this small. */
const MAX_THREADS = 8;

/** A worker that loads its code before there is a network for it. */
let spare: NetworkWorker | null = null;

/** Starts the worker of the next back end. */
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
  const { runtime: binary } = setup;
  const { bytes, contract } = setup.model;
  // Threads need SharedArrayBuffer, i.e. a cross-origin isolated page.
  const threads = crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MAX_THREADS) : 1;
  try {
    const { inputName, outputName } = contract;
    const { runtime } = await worker.ask<'created'>(
      { kind: 'create', bytes: bytes.slice(), binary, inputName, outputName, threads },
      binary ? [binary] : [],
    );
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
  readonly timing: InferenceTiming = { packMs: 0, copyMs: 0, networkMs: 0, unpackMs: 0, networkGpuMs: null }; // prettier-ignore
  /** The network's answer, a layer a plane. */
  private planes: DataArrayTexture | null = null;
  /** One binding for all of its layers. */
  private planesNode: TextureNode | null = null;
  readonly contract: ModelContract;
  private readonly pack: PackToImages;
  private readonly readback: TargetReadback;
  /** Images that the worker has given back: filled again for the next frame. */
  private images: Uint16Array<ArrayBuffer>[] = [];
  private width = 1;
  private height = 1;

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
    this.planes?.dispose();
    const [columns, rows] = [this.width / OUTPUT_CELL, this.height / OUTPUT_CELL];
    this.planes = createPlanes(columns, rows, outputPlanes(this.contract.outputs.length));
    this.planesNode = swappableTexture(this.planes);
  }

  output(index: number, pixel: Node<'ivec2'>): Node<'float'> {
    const { plane, at } = placeOfOutput(index, pixel);
    return this.planesNode!.load(at).depth(plane).r;
  }

  async run(meanwhile: () => void = () => {}): Promise<void> {
    const { images, width, height } = this;
    const start = performance.now();
    const planes = this.planes!;
    this.timing.copyMs = await this.readImages();
    const packed = performance.now();
    const channels = this.contract.inputs.length;
    // Drawn long ago: the worker fills it again.
    const output = planes.image.data as Uint16Array<ArrayBuffer>;
    const answer = this.worker.ask<'result'>(
      { kind: 'run', images, output, channels, width, height },
      [output, ...images].map(({ buffer }) => buffer),
    );
    meanwhile();
    const reply = await answer;
    const done = performance.now();
    planes.image.data = reply.output;
    planes.needsUpdate = true;
    this.images = reply.images;
    this.timing.packMs = packed - start;
    this.timing.networkMs = reply.networkMs;
    this.timing.unpackMs = performance.now() - done + (done - packed - reply.networkMs);
  }

  /** Draws and reads the packed images, a strip at a time; milliseconds that copying took once the GPU was done. */
  private async readImages(): Promise<number> {
    const { pack, readback, images, height } = this;
    let copyMs = 0;
    for (let row = 0; row < height; row += pack.rows) {
      pack.render(row);
      copyMs += await readback.read(images, { height, row });
    }
    return copyMs;
  }

  async readInput(): Promise<PackedInput> {
    const { input } = await this.worker.ask<'input'>({ kind: 'readInput' });
    return { data: input, shape: [1, this.contract.inputs.length, this.height, this.width] };
  }

  async dispose(): Promise<void> {
    this.worker.terminate();
    [this.pack, this.readback, this.planes].forEach((own) => own?.dispose());
  }
}

function createPlanes(width: number, height: number, count: number): DataArrayTexture {
  const planes = new DataArrayTexture(
    new Uint16Array(width * height * count),
    width,
    height,
    count,
  );
  planes.format = RedFormat;
  planes.type = HalfFloatType;
  planes.minFilter = planes.magFilter = NearestFilter;
  planes.needsUpdate = true;
  return planes;
}
