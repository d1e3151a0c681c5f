import { writeFile } from 'node:fs/promises';
import { DataTexture, FloatType, RGBAFormat } from 'three';
import { EXRExporter, ZIP_COMPRESSION } from 'three/addons/exporters/EXRExporter.js';

/** Linear RGBA pixels, top row first. */
export interface PixelsLinear {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Encodes linear pixels as a float32 EXR; the exporter takes the bottom row first, as textures have it. */
export async function encodeExr({ width, height, data }: PixelsLinear): Promise<Uint8Array> {
  const rowLength = width * 4;
  if (data.length !== rowLength * height) {
    throw new Error(`exr: ${width}x${height} RGBA is not ${data.length} values`);
  }
  const flipped = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * rowLength, (y + 1) * rowLength);
    flipped.set(row, (height - 1 - y) * rowLength);
  }
  const texture = new DataTexture(flipped, width, height, RGBAFormat, FloatType);
  return new EXRExporter().parse(texture, { type: FloatType, compression: ZIP_COMPRESSION });
}

/** Writes an EXR file. */
export async function writeExr(path: string, pixels: PixelsLinear): Promise<void> {
  await writeFile(path, await encodeExr(pixels));
}
