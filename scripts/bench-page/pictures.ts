/** Decodes a PNG, RGBA, top row first, values as stored. */
export async function loadPicture(url: string): Promise<ImageData> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const blob = new Blob([await response.arrayBuffer()], { type: 'image/png' });
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none' });
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

/** Every `step`-th pixel each way: undoes the enlargement of the raw view by whole pixels. */
export function thinOut({ width, height, data }: ImageData, step: number): ImageData {
  const result = new ImageData(Math.ceil(width / step), Math.ceil(height / step));
  const [from, to] = [new Uint32Array(data.buffer), new Uint32Array(result.data.buffer)];
  for (let y = 0; y < result.height; y++) {
    for (let x = 0; x < result.width; x++) {
      to[y * result.width + x] = from[y * step * width + x * step]!;
    }
  }
  return result;
}

/** Peak signal-to-noise ratio over red, green and blue in dB, as the workshop's metrics compute it. */
export function psnr(picture: ImageData, reference: ImageData): number {
  if (picture.width !== reference.width || picture.height !== reference.height) {
    throw new Error(`${picture.width}x${picture.height} against ${reference.width}x${reference.height} pixels`); // prettier-ignore
  }
  let sum = 0;
  for (let i = 0; i < picture.data.length; i++) {
    if (i % 4 !== 3) sum += ((picture.data[i]! - reference.data[i]!) / 255) ** 2;
  }
  return -10 * Math.log10(sum / ((picture.data.length / 4) * 3));
}
