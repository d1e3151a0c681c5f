import { writeFile } from 'node:fs/promises';

/** A row-major array of numbers; a Uint16Array holds half floats. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Uint16Array | Float32Array;
}

/** Encodes an array as NumPy's .npy format 1.0: float16 from Uint16Array, float32 from Float32Array. */
export function encodeNpy({ shape, data }: NpyArray): Uint8Array {
  const count = shape.reduce((product, side) => product * side, 1);
  if (count !== data.length) {
    throw new Error(`npy: shape (${shape.join(', ')}) does not hold ${data.length} values`);
  }
  const descr = data instanceof Uint16Array ? '<f2' : '<f4';
  const sides = shape.map((side) => `${side},`).join(' ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sides}), }`;
  // Magic, version and length take 10 bytes; the data must start at a multiple of 64.
  const padding = 64 - ((10 + text.length + 1) % 64);
  const header = `${text}${' '.repeat(padding % 64)}\n`;
  const lengthBytes = [header.length & 255, header.length >> 8];
  const magic = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, ...lengthBytes]);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([magic, Buffer.from(header, 'latin1'), bytes]);
}

/** Writes a .npy file. */
export async function writeNpy(path: string, array: NpyArray): Promise<void> {
  await writeFile(path, encodeNpy(array));
}
