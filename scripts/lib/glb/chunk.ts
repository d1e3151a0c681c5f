const floatType = 5126;
const unsignedType = 5125;
const typeNames: Readonly<Record<number, string>> = {
  1: 'SCALAR',
  2: 'VEC2',
  3: 'VEC3',
  4: 'VEC4',
};

/** The binary chunk of a GLB as it grows, with its views and accessors. */
export class BinaryChunk {
  readonly views: object[] = [];
  readonly accessors: object[] = [];
  byteLength = 0;
  private readonly pieces: Buffer[] = [];

  /** Adds bytes, padded to whole words; returns the number of their view. */
  view(data: Uint8Array): number {
    const padded = Buffer.alloc(Math.ceil(data.length / 4) * 4);
    padded.set(data);
    this.pieces.push(padded);
    this.views.push({ buffer: 0, byteOffset: this.byteLength, byteLength: data.length });
    this.byteLength += padded.length;
    return this.views.length - 1;
  }

  /** Adds values of `size` components each; returns the number of their accessor. */
  accessor(values: Float32Array | Uint32Array, size: number): number {
    this.accessors.push({
      bufferView: this.view(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
      componentType: values instanceof Float32Array ? floatType : unsignedType,
      count: values.length / size,
      type: typeNames[size],
      ...bounds(values, size),
    });
    return this.accessors.length - 1;
  }

  bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

function bounds(
  values: Float32Array | Uint32Array,
  size: number,
): { min: number[]; max: number[] } {
  const min = Array.from({ length: size }, () => Infinity);
  const max = Array.from({ length: size }, () => -Infinity);
  values.forEach((value, i) => {
    min[i % size] = Math.min(min[i % size]!, value);
    max[i % size] = Math.max(max[i % size]!, value);
  });
  return { min, max };
}
