import { createRandom, type Random } from '../../src/scenes/random';
import { encodeOnnx, type OnnxNode, type OnnxTensor } from './onnx-writer';

/** Colour, albedo and normal: what Open Image Denoise reads with its auxiliary images. */
const INPUT_CHANNELS = 9;
const OUTPUT_CHANNELS = 3;

/** A network for timing, with what it costs. */
export interface TimedNetwork {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly channels: number;
  readonly alignment: number;
  /** Multiply-adds per pixel of its input, which has the size of the picture. */
  readonly macsPerPixel: number;
  readonly parameters: number;
}

/**
 * Open Image Denoise's small U-Net (RenderKit/oidn, training/model.py: five levels of 32 channels down, 64 up, max
 * pooling, nearest upsampling). Its weights are random: it tells a time, never a picture.
 */
export function oidnSmall(seed = 1): TimedNetwork {
  const builder = new Builder(seed);
  const conv = (from: string, to: string, channels: readonly [number, number], level: number) =>
    builder.conv(from, to, channels, level);
  conv('input', 'enc0', [INPUT_CHANNELS, 32], 0);
  conv('enc0', 'enc1', [32, 32], 0);
  builder.pool('enc1', 'pool1');
  conv('pool1', 'enc2', [32, 32], 1);
  builder.pool('enc2', 'pool2');
  conv('pool2', 'enc3', [32, 32], 2);
  builder.pool('enc3', 'pool3');
  conv('pool3', 'enc4', [32, 32], 3);
  builder.pool('enc4', 'pool4');
  conv('pool4', 'enc5a', [32, 32], 4);
  conv('enc5a', 'enc5b', [32, 32], 4);
  builder.join('enc5b', 'pool3', 'join4');
  conv('join4', 'dec4a', [64, 64], 3);
  conv('dec4a', 'dec4b', [64, 64], 3);
  builder.join('dec4b', 'pool2', 'join3');
  conv('join3', 'dec3a', [96, 64], 2);
  conv('dec3a', 'dec3b', [64, 64], 2);
  builder.join('dec3b', 'pool1', 'join2');
  conv('join2', 'dec2a', [96, 64], 1);
  conv('dec2a', 'dec2b', [64, 32], 1);
  builder.join('dec2b', 'input', 'join1');
  conv('join1', 'dec1a', [32 + INPUT_CHANNELS, 32], 0);
  conv('dec1a', 'dec1b', [32, 32], 0);
  builder.conv('dec1b', 'output', [32, OUTPUT_CHANNELS], 0, false);
  return {
    bytes: builder.encode('oidn-small-random-weights'),
    channels: INPUT_CHANNELS,
    alignment: 16,
    macsPerPixel: builder.macsPerPixel,
    parameters: builder.parameters,
  };
}

/** Collects the layers of the U-Net. */
class Builder {
  macsPerPixel = 0;
  parameters = 0;
  private readonly nodes: OnnxNode[] = [];
  private readonly tensors: OnnxTensor[];
  private readonly random: Random;

  constructor(seed: number) {
    this.random = createRandom(seed);
    // Resize takes its factors as a tensor: batch, channels, height, width.
    this.tensors = [{ name: 'twice', shape: [4], data: Float32Array.of(1, 1, 2, 2) }];
  }

  /** 3×3 convolution with ReLU, at 1/2^level of the size. */
  conv(
    from: string,
    to: string,
    [ins, outs]: readonly [number, number],
    level: number,
    relu = true,
  ): void {
    // He's initialisation keeps values in range: denormal numbers would be slow.
    const spread = Math.sqrt(6 / (ins * 9));
    const weights = Float32Array.from({ length: outs * ins * 9 }, () => this.random.range(-spread, spread)); // prettier-ignore
    this.tensors.push({ name: `${to}.weight`, shape: [outs, ins, 3, 3], data: weights });
    this.tensors.push({ name: `${to}.bias`, shape: [outs], data: new Float32Array(outs) });
    const plain = relu ? `${to}.sum` : to;
    this.nodes.push({
      type: 'Conv',
      inputs: [from, `${to}.weight`, `${to}.bias`],
      output: plain,
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    });
    if (relu) this.nodes.push({ type: 'Relu', inputs: [plain], output: to });
    this.macsPerPixel += weights.length / 4 ** level;
    this.parameters += weights.length + outs;
  }

  pool(from: string, to: string): void {
    const attributes = { kernel_shape: [2, 2], strides: [2, 2] };
    this.nodes.push({ type: 'MaxPool', inputs: [from], output: to, attributes });
  }

  /** Doubles `from` and puts `skip` behind its channels. */
  join(from: string, skip: string, to: string): void {
    const attributes = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' }; // prettier-ignore
    this.nodes.push({
      type: 'Resize',
      inputs: [from, '', 'twice'],
      output: `${to}.up`,
      attributes,
    });
    const axis = { type: 'Concat', inputs: [`${to}.up`, skip], output: to };
    this.nodes.push({ ...axis, attributes: { axis: 1 } });
  }

  encode(name: string): Uint8Array<ArrayBuffer> {
    const { nodes, tensors } = this;
    const input = { name: 'input', channels: INPUT_CHANNELS };
    return encodeOnnx({ name, input, output: { name: 'output', channels: OUTPUT_CHANNELS }, nodes, tensors }); // prettier-ignore
  }
}
