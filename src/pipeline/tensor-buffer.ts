import { DataUtils, StorageBufferAttribute } from 'three/webgpu';
import type { Node, WebGPURenderer } from 'three/webgpu';
import { float, packHalf2x16, storage, unpackHalf2x16, vec2 } from 'three/tsl';
import type { Precision } from '../core/contract';

/**
 * Numbers of a network's tensor on the GPU, as wide as the network's own. Half floats lie two to an element, the first in
 * its low bits, so that shaders need no 16-bit arithmetic to read and write them.
 */
export class TensorBuffer {
  /** What three and ONNX Runtime share. */
  readonly attribute: StorageBufferAttribute;
  /** Neighbouring numbers that are written at once. */
  readonly perElement: 1 | 2;
  // One node each: every node is a binding of its own.
  private readonly writable;
  private readonly readable;

  /** `count` numbers; an even count for half floats. */
  constructor(
    readonly precision: Precision,
    count: number,
  ) {
    this.perElement = precision === 'float16' ? 2 : 1;
    const elements = count / this.perElement;
    const data = precision === 'float16' ? new Uint32Array(elements) : new Float32Array(elements);
    this.attribute = new StorageBufferAttribute(data, 1);
    const type = precision === 'float16' ? 'uint' : 'float';
    this.writable = storage(this.attribute, type, elements);
    this.readable = storage(this.attribute, type, elements).toReadOnly();
  }

  /** TSL: the number at an index. three's types take the two packing functions for others (r187). */
  at(index: Node<'int'>): Node<'float'> {
    if (this.perElement === 1) return this.readable.element(index) as Node<'float'>;
    const packed = this.readable.element(index.div(2)) as Node<'uint'>;
    const pair = unpackHalf2x16(packed) as unknown as Node<'vec2'>;
    return index.mod(2).equal(0).select(pair.x, pair.y);
  }

  /** TSL: writes the numbers of an element, {@link perElement} of them. */
  write(element: Node<'int'>, numbers: readonly Node<'float'>[]): void {
    const [first = float(0), second = float(0)] = numbers;
    const target = this.writable.element(element);
    if (this.perElement === 1) (target as Node<'float'>).assign(first);
    else
      (target as Node<'uint'>).assign(packHalf2x16(vec2(first, second)) as unknown as Node<'uint'>);
  }

  /** Reads all of it back. */
  async read(renderer: WebGPURenderer): Promise<Float32Array> {
    const buffer = (await renderer.getArrayBufferAsync(this.attribute)) as ArrayBuffer;
    if (this.perElement === 1) return new Float32Array(buffer);
    return Float32Array.from(new Uint16Array(buffer), (half) => DataUtils.fromHalfFloat(half));
  }
}
