import type { ComputeNode, Node, WebGPURenderer } from 'three/webgpu';
import { Fn, float, instanceIndex, int, ivec2, mrt, step, uniform, vec4 } from 'three/tsl';
import { TRANSFER_SCALE } from '../core/color';
import type { Precision } from '../core/contract';
import { isWebGPU } from '../core/gpu-handles';
import type { Candidates } from './candidates';
import type { Demodulate } from './demodulate';
import type { FrameUniforms } from './frame-uniforms';
import { FullscreenPass, clampPixel, image, pixel } from './fullscreen';
import { createTarget, surfaceOf } from './gbuffer';
import type { Gather } from './gather';
import type { GBuffer } from './gbuffer';
import { historyChannels, wantsHistory } from './history';
import type { History } from './history';
import type { Levels } from './levels';
import { gained } from './light-change';
import { decodeRelitNode, directLight, encodeLightingNode } from './shading';
import { TensorBuffer } from './tensor-buffer';

/** Constants of the channels below; the model contract must agree (`transfer`). */
export const PACK_CONSTANTS = {
  scale: TRANSFER_SCALE,
  base: 2,
} as const;

/** Every channel the page can offer a network, each a float per low-resolution pixel: up to 32 fit into one pass of eight attachments. */
export const packChannels = [
  'lit_r', 'lit_g', 'lit_b', 'visibility', 'unshadowed', 'probe_r', 'probe_g', 'probe_b',
  'albedo_r', 'albedo_g', 'albedo_b', 'normal_x', 'normal_y', 'normal_z', 'up',
  'roughness', 'metalness',
  'mirror_r', 'mirror_g', 'mirror_b', 'mirror_hit', 'bounce_r', 'bounce_g', 'bounce_b',
  ...historyChannels,
] as const; // prettier-ignore
export type PackChannel = (typeof packChannels)[number];

/** Images that packing reads. */
export interface PackSources {
  readonly gbuffer: GBuffer;
  readonly demodulate: Demodulate;
  readonly gather: Gather;
  readonly candidates: Candidates;
  readonly history: History;
  readonly levels: Levels;
  readonly frame: FrameUniforms;
}

/** TSL: the channels at one pixel. `read` gives a texel of an image. */
export class ChannelReader {
  private readonly images;

  /** `inputs`: the channels that will be taken; an image that none of them needs is not read. */
  constructor(
    private readonly sources: PackSources,
    private readonly inputs: readonly PackChannel[],
  ) {
    const { gbuffer, demodulate, gather, candidates, history } = sources;
    this.images = {
      lit: image(demodulate.lit),
      mirror: image(candidates.mirror),
      bounce: image(candidates.bounce),
      history: image(history.texture),
      gain: image(gather.gain),
      light: gbuffer.shadowShare(),
      albedo: gbuffer.image('albedo'),
      normal: gbuffer.image('normal'),
      probe: gbuffer.image('probe'),
    };
  }

  /** Must be called inside `Fn`. */
  at(coordinate: Node<'ivec2'>): Record<PackChannel, Node<'float'>> {
    const { frame, levels } = this.sources;
    const read = (name: keyof typeof this.images): Texel =>
      this.images[name].at(coordinate).toVar() as Texel;
    const [lit, light, probe] = [read('lit'), read('light'), read('probe')];
    const [albedo, normal] = [read('albedo'), read('normal')];
    const [mirror, bounce] = [read('mirror'), read('bounce')];
    const remembers = wantsHistory(this.inputs);
    const past = remembers ? read('history') : vec4(0);
    const exposure = levels.exposure.toVar();
    const direct = directLight(lit.rgb, probe.rgb, exposure);
    const history = remembers
      ? gained(past.rgb, direct, this.images.gain.at(coordinate.div(2)).rgb)
          .mul(step(float(1e-6), past.a))
          .toVar()
      : past.rgb;
    const surface = surfaceOf(normal).toVar();
    const ambient = encodeLightingNode(probe.rgb, exposure).toVar();
    const near = decodeRelitNode(bounce.rgb, lit.rgb).toVar();
    const reflected = decodeRelitNode(mirror.rgb, lit.rgb).toVar();
    const on = (value: Node<'float'>): Node<'float'> => value.mul(surface);
    return {
      lit_r: on(lit.r), lit_g: on(lit.g), lit_b: on(lit.b),
      visibility: on(light.a), unshadowed: on(lit.a),
      probe_r: on(ambient.r), probe_g: on(ambient.g), probe_b: on(ambient.b),
      albedo_r: on(albedo.r), albedo_g: on(albedo.g), albedo_b: on(albedo.b),
      normal_x: on(normal.x), normal_y: on(normal.y), normal_z: on(normal.z),
      up: on(normal.xyz.dot(frame.upView)),
      roughness: on(normal.a), metalness: on(albedo.a),
      mirror_r: on(reflected.r), mirror_g: on(reflected.g), mirror_b: on(reflected.b),
      mirror_hit: on(mirror.a),
      bounce_r: on(near.r), bounce_g: on(near.g), bounce_b: on(near.b),
      history_r: history.r, history_g: history.g, history_b: history.b, history_valid: past.a,
    }; // prettier-ignore
  }
}
type Texel = Node<'vec4'>;

/** Pixels of a strip, a quarter of a 320×180 frame: 1.7 MB of images and read-back. Each strip costs a wait for the GPU. */
const STRIP_PIXELS = 15360;

/** Size padded up to the network's alignment. */
export const padTo = (sizePx: number, alignment: number): number =>
  Math.ceil(sizePx / alignment) * alignment;

/**
 * Packs into images, four channels each, at the padded size (edges replicated): what the CPU path reads back, some rows
 * at a time, so that neither images nor read-back are ever there as a whole.
 * The channels are those of the contract, in its order.
 */
export class PackToImages {
  readonly target;
  /** Rows drawn at a time. */
  rows = 1;
  private readonly firstRow = uniform(0, 'int');
  private readonly pass: FullscreenPass;
  private readonly reader: ChannelReader;

  constructor(
    private readonly renderer: WebGPURenderer,
    sources: PackSources,
    inputs: readonly PackChannel[],
  ) {
    const count = Math.ceil(inputs.length / 4);
    const names = Array.from({ length: count }, (_, i) => `pack${i}`);
    this.target = createTarget('Pack', names, false);
    this.reader = new ChannelReader(sources, inputs);
    const last = ivec2(sources.frame.inputSizePx).sub(1);
    const outputs: Record<string, Node> = {};
    names.forEach((name, i) => {
      outputs[name] = Fn(() => {
        const channels = this.reader.at(clampPixel(pixel().add(ivec2(0, this.firstRow)), last));
        const value = (k: number) => (inputs[k] ? channels[inputs[k]] : float(0));
        return vec4(value(4 * i), value(4 * i + 1), value(4 * i + 2), value(4 * i + 3));
      })();
    });
    this.pass = new FullscreenPass(renderer, 'Pack', mrt(outputs));
  }

  resize(paddedWidth: number, paddedHeight: number): void {
    // three's read-back on WebGL2 waits for each image: the fewer the better.
    const strips = isWebGPU(this.renderer)
      ? Math.ceil((paddedWidth * paddedHeight) / STRIP_PIXELS)
      : 1;
    this.rows = Math.ceil(paddedHeight / strips);
    this.target.setSize(paddedWidth, this.rows);
  }

  render(firstRow: number): void {
    this.firstRow.value = firstRow;
    this.pass.render(this.target);
  }

  dispose(): void {
    this.target.dispose();
    this.pass.dispose();
  }
}

/** Packs into one NCHW storage buffer at the padded size with a single dispatch: what WebGPU inference reads. */
export class PackToBuffer {
  /** (1, C, paddedHeight, paddedWidth), as wide as the network's numbers. */
  buffer: TensorBuffer;
  private compute: ComputeNode;
  private readonly reader: ChannelReader;

  constructor(
    private readonly renderer: WebGPURenderer,
    private readonly sources: PackSources,
    private readonly inputs: readonly PackChannel[],
    private readonly precision: Precision,
  ) {
    this.reader = new ChannelReader(sources, inputs);
    this.buffer = new TensorBuffer(precision, inputs.length * 2);
    this.compute = this.build(2, 1);
  }

  /** The width is even: the alignment of networks is. */
  resize(paddedWidth: number, paddedHeight: number): void {
    this.compute.dispose();
    this.buffer = new TensorBuffer(this.precision, this.inputs.length * paddedWidth * paddedHeight);
    this.compute = this.build(paddedWidth, paddedHeight);
  }

  private build(width: number, height: number): ComputeNode {
    const { buffer, inputs } = this;
    const { perElement } = buffer;
    const elements = (width * height) / perElement;
    return Fn(() => {
      const element = int(instanceIndex).toVar();
      const first = element.mul(perElement).toVar();
      const last = ivec2(this.sources.frame.inputSizePx).sub(1);
      // Neighbours in one row.
      const pixels = Array.from({ length: perElement }, (_, i) => {
        const at = ivec2(first.mod(width).add(i), first.div(width));
        return this.reader.at(clampPixel(at, last).toVar());
      });
      inputs.forEach((name, channel) => {
        const numbers = pixels.map((channels) => channels[name]);
        buffer.write(element.add(channel * elements), numbers);
      });
    })()
      .compute(elements)
      .setName('Pack');
  }

  run(): void {
    this.renderer.compute(this.compute);
  }

  dispose(): void {
    this.compute.dispose();
  }
}
