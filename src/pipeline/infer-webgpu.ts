import * as ort from 'onnxruntime-web/webgpu';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import { StorageBufferAttribute } from 'three/webgpu';
import type { Node, WebGPURenderer } from 'three/webgpu';
import { Fn, instanceIndex, storage } from 'three/tsl';
import { gpuBufferOf } from '../core/gpu-handles';
import { QueueBracket } from '../core/queue-bracket';
import type { Inference, InferenceSetup, InferenceTiming, PackedInput } from './infer';
import type { ModelContract } from '../core/contract';
import { PackToBuffer, padTo } from './pack';
import type { PackChannel } from './pack';

/** Fetched while the scene is built, if `preload` was called. */
let runtime: Promise<ArrayBuffer | undefined> | null = null;

/** Begins to fetch ONNX Runtime. On failure it tries itself, and tells. */
export function preload(): void {
  runtime ??= fetch(wasmUrl)
    .then((response) => (response.ok ? response.arrayBuffer() : undefined))
    .catch(() => undefined);
}

/**
 * Inference through ONNX Runtime's native WebGPU execution provider on three's own GPUDevice: the packed input never
 * leaves the GPU. ONNX Runtime submits its commands itself, after ours on the same queue, so order needs no fence.
 */
export async function createWebgpuInference(setup: InferenceSetup): Promise<Inference> {
  const { device, model } = setup;
  if (!device) throw new Error('WebGPU inference needs a WebGPU device.');
  ort.env.wasm.wasmPaths = { wasm: wasmUrl };
  const binary = await runtime;
  if (binary) ort.env.wasm.wasmBinary = binary;
  const session = await ort.InferenceSession.create(model.bytes, {
    executionProviders: [{ name: 'webgpu', device, preferredLayout: 'NCHW' } as never],
    preferredOutputLocation: 'gpu-buffer',
    graphOptimizationLevel: 'all',
  });
  return new WebgpuInference(setup, session, device);
}

class WebgpuInference implements Inference {
  readonly backend = 'webgpu';
  readonly timing: InferenceTiming = { packMs: 0, networkMs: 0, unpackMs: 0, networkGpuMs: null };
  private readonly renderer: WebGPURenderer;
  readonly contract: ModelContract;
  readonly runtime = `onnxruntime-web ${ort.env.versions.web}, WebGPU`;
  readonly bracket: QueueBracket;
  private readonly pack: PackToBuffer;
  private output = new StorageBufferAttribute(1, 1);
  private feeds: Record<string, ort.Tensor> = {};
  private fetches: Record<string, ort.Tensor> = {};
  private width = 1;
  private height = 1;

  constructor(
    { renderer, sources, model }: InferenceSetup,
    private readonly session: ort.InferenceSession,
    device: GPUDevice,
  ) {
    this.bracket = new QueueBracket(device);
    this.renderer = renderer;
    this.contract = model.contract;
    this.pack = new PackToBuffer(renderer, sources, model.contract.inputs as PackChannel[]);
  }

  channel(index: number, at: Node<'ivec2'>): Node<'float'> {
    const planes = storage(this.output, 'float', this.output.count).toReadOnly();
    const row = at.y.add(index * this.height);
    return planes.element(row.mul(this.width).add(at.x)) as Node<'float'>;
  }

  async resize(width: number, height: number): Promise<void> {
    const { contract, renderer } = this;
    this.width = padTo(width, contract.alignment);
    this.height = padTo(height, contract.alignment);
    this.pack.resize(this.width, this.height);
    const pixels = this.width * this.height;
    this.output = new StorageBufferAttribute(new Float32Array(contract.outputs.length * pixels), 1);
    // Running once makes three create both buffers, whose handles ONNX Runtime then shares.
    this.pack.run();
    this.clear();
    const tensor = (attribute: StorageBufferAttribute, channels: number): ort.Tensor =>
      ort.Tensor.fromGpuBuffer(gpuBufferOf(renderer, attribute) as never, {
        dataType: 'float32',
        dims: [1, channels, this.height, this.width],
      });
    this.feeds = { [contract.inputName]: tensor(this.pack.attribute, contract.inputs.length) };
    this.fetches = { [contract.outputName]: tensor(this.output, contract.outputs.length) };
  }

  async run(): Promise<void> {
    const start = performance.now();
    this.pack.run();
    const packed = performance.now();
    this.bracket.begin();
    await this.session.run(this.feeds, this.fetches);
    this.bracket.end();
    const done = performance.now();
    this.timing.packMs = packed - start;
    this.timing.networkMs = done - packed;
    this.timing.networkGpuMs = this.bracket.gpuMs;
  }

  async readInput(): Promise<PackedInput> {
    const buffer = await this.renderer.getArrayBufferAsync(this.pack.attribute);
    return {
      data: new Float32Array(buffer as ArrayBuffer),
      shape: [1, this.contract.inputs.length, this.height, this.width],
    };
  }

  private clear(): void {
    const planes = storage(this.output, 'float', this.output.count);
    const fill = Fn(() => {
      planes.element(instanceIndex).assign(0);
    })().compute(this.output.count);
    this.renderer.compute(fill);
    fill.dispose();
  }

  async dispose(): Promise<void> {
    await this.session.release();
    this.bracket.dispose();
    this.pack.dispose();
  }
}
