import { crc32, deflateSync } from 'node:zlib';
import { writeFile } from 'node:fs/promises';

/** 8-bit sRGB pixels, RGBA, top row first. */
export interface Pixels8 {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Encodes pixels as an opaque PNG (RGB, no row filter). */
export function encodePng({ width, height, data }: Pixels8): Uint8Array {
  if (data.length !== width * height * 4) {
    throw new Error(`png: ${width}x${height} RGBA is not ${data.length} bytes`);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a channel, colour type 2 (RGB), default compression, filter and no interlace.
  header.set([8, 2, 0, 0, 0], 8);
  const body = deflateSync(packRows({ width, height, data }), { level: 6 });
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
function packRows({ width, height, data }: Pixels8): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3));
  let to = 0;
  for (let from = 0; from < data.length; from += 4) {
    if (from % (width * 4) === 0) to++;
    rows[to++] = data[from] ?? 0;
    rows[to++] = data[from + 1] ?? 0;
    rows[to++] = data[from + 2] ?? 0;
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
