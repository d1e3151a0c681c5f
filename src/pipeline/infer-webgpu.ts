import type * as Ort from 'onnxruntime-web/webgpu';
import type { Node, WebGPURenderer } from 'three/webgpu';
import { Fn, float, instanceIndex, int } from 'three/tsl';
import { gpuBufferOf } from '../core/gpu-handles';
import { QueueBracket } from '../core/queue-bracket';
import type { Inference, InferenceSetup, InferenceTiming, PackedInput } from './infer';
import type { ModelContract } from '../core/contract';
import { OUTPUT_CELL, outputPlanes, placeOfOutput } from './output-cells';
import { createSession, openRuntime } from './infer-ort-webgpu';
import { PackToBuffer, padTo } from './pack';
import type { PackChannel } from './pack';
import { webgpuBuild } from './infer-runtime';
import { TensorBuffer } from './tensor-buffer';

/**
 * Inference through ONNX Runtime's native WebGPU execution provider on three's own GPUDevice: the packed input never
 * leaves the GPU. ONNX Runtime submits its commands itself, after ours on the same queue, so order needs no fence.
 */
export async function createWebgpuInference(setup: InferenceSetup): Promise<Inference> {
  const { device, model, runtime } = setup;
  if (!device) throw new Error('WebGPU inference needs a WebGPU device.');
  const ort = await openRuntime(webgpuBuild, runtime);
  return new WebgpuInference(setup, ort, await createSession(ort, model.bytes, device));
}

class WebgpuInference implements Inference {
  readonly backend = 'webgpu';
  readonly timing: InferenceTiming = { packMs: 0, copyMs: 0, networkMs: 0, unpackMs: 0, networkGpuMs: null }; // prettier-ignore
  private readonly renderer: WebGPURenderer;
  readonly contract: ModelContract;
  readonly runtime: string;
  readonly bracket: QueueBracket;
  private readonly pack: PackToBuffer;
  private answer: TensorBuffer;
  private feeds: Record<string, Ort.Tensor> = {};
  private fetches: Record<string, Ort.Tensor> = {};
  private width = 1;
  private height = 1;

  constructor(
    { renderer, sources, model, device }: InferenceSetup,
    private readonly ort: typeof Ort,
    private readonly session: Ort.InferenceSession,
  ) {
    const { contract } = model;
    this.runtime = `onnxruntime-web ${ort.env.versions.web} (${webgpuBuild}), WebGPU, ${contract.precision}`;
    this.bracket = new QueueBracket(device!);
    this.renderer = renderer;
    this.contract = contract;
    const inputs = contract.inputs as PackChannel[];
    this.pack = new PackToBuffer(renderer, sources, inputs, contract.precision);
    this.answer = new TensorBuffer(contract.precision, 2);
  }

  output(index: number, pixel: Node<'ivec2'>): Node<'float'> {
    const { plane, at } = placeOfOutput(index, pixel);
    const row = at.y.add(plane.mul(this.height / OUTPUT_CELL));
    return this.answer.at(
      row
        .mul(this.width / OUTPUT_CELL)
        .add(at.x)
        .toVar(),
    );
  }

  async resize(width: number, height: number): Promise<void> {
    const { contract, renderer } = this;
    this.width = padTo(width, contract.alignment);
    this.height = padTo(height, contract.alignment);
    this.pack.resize(this.width, this.height);
    const pixels = this.width * this.height;
    this.answer = new TensorBuffer(contract.precision, contract.outputs.length * pixels);
    // Running once makes three create both buffers, whose handles ONNX Runtime then shares.
    this.pack.run();
    this.clear();
    const tensor = (
      { attribute, precision }: TensorBuffer,
      planes: number,
      cell: number,
    ): Ort.Tensor =>
      this.ort.Tensor.fromGpuBuffer(gpuBufferOf(renderer, attribute) as never, {
        dataType: precision,
        dims: [1, planes, this.height / cell, this.width / cell],
      });
    const [inputs, outputs] = [contract.inputs.length, outputPlanes(contract.outputs.length)];
    this.feeds = { [contract.inputName]: tensor(this.pack.buffer, inputs, 1) };
    this.fetches = { [contract.outputName]: tensor(this.answer, outputs, OUTPUT_CELL) };
  }

  async run(meanwhile: () => void = () => {}): Promise<void> {
    const start = performance.now();
    this.pack.run();
    const packed = performance.now();
    this.bracket.begin();
    await this.session.run(this.feeds, this.fetches);
    this.bracket.end();
    const done = performance.now();
    // Not before: the bracket would time it, too.
    meanwhile();
    this.timing.packMs = packed - start;
    this.timing.networkMs = done - packed;
    this.timing.networkGpuMs = this.bracket.gpuMs;
  }

  async readInput(): Promise<PackedInput> {
    return {
      data: await this.pack.buffer.read(this.renderer),
      shape: [1, this.contract.inputs.length, this.height, this.width],
    };
  }

  private clear(): void {
    const { answer } = this;
    const fill = Fn(() => {
      answer.write(int(instanceIndex), [float(0), float(0)]);
    })().compute(answer.attribute.count);
    this.renderer.compute(fill);
    fill.dispose();
  }

  async dispose(): Promise<void> {
    await this.session.release();
    this.bracket.dispose();
    this.pack.dispose();
  }
}
