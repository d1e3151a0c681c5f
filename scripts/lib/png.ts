import { crc32, deflateSync } from 'node:zlib';
import { writeFile } from 'node:fs/promises';

/** 8-bit sRGB pixels, RGBA, top row first. */
export interface Pixels8 {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Encodes pixels as a PNG without a row filter: RGB where all are opaque, else RGBA. */
export function encodePng({ width, height, data }: Pixels8): Uint8Array {
  if (data.length !== width * height * 4) {
    throw new Error(`png: ${width}x${height} RGBA is not ${data.length} bytes`);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const isOpaque = data.every((value, i) => i % 4 !== 3 || value === 255);
  // 8 bits a channel, colour type 2 (RGB) or 6 (RGBA), default compression, filter and no interlace.
  header.set([8, isOpaque ? 2 : 6, 0, 0, 0], 8);
  const body = deflateSync(packRows({ width, height, data }, isOpaque ? 3 : 4), { level: 6 });
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', body),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Writes a PNG file. */
export async function writePng(path: string, pixels: Pixels8): Promise<void> {
  await writeFile(path, encodePng(pixels));
}

/** Each row starts with the number of its filter, 0 = none. */
function packRows({ width, height, data }: Pixels8, channels: 3 | 4): Buffer {
  const rows = Buffer.alloc(height * (1 + width * channels));
  let to = 0;
  for (let from = 0; from < data.length; from += 4) {
    if (from % (width * 4) === 0) to++;
    for (let channel = 0; channel < channels; channel++) rows[to++] = data[from + channel] ?? 0;
  }
  return rows;
}

function chunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, sum]);
}
