import { Color, DataUtils, FloatType, HalfFloatType, SRGBColorSpace } from 'three/webgpu';
import type { Texture } from 'three/webgpu';

/** Texels each way that are read of images. */
const IMAGE_SIDE = 512;

/** Texels of an image as they are stored. */
export interface Texels {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly data: ArrayLike<number>;
  /** 3 or 4. */
  readonly channels: number;
  /** Linear value of a stored one. */
  readonly linear: (stored: number) => number;
  /** The largest alpha, which is 1. */
  readonly opaque: number;
}

/** Linear values of bytes. */
const bytes = Float64Array.from({ length: 256 }, (_, byte) => byte / 255);
const srgbBytes = bytes.map((value) => new Color().setRGB(value, 0, 0, SRGBColorSpace).r);

function linearOf({ type, colorSpace }: Texture): Texels['linear'] {
  if (type === HalfFloatType) return DataUtils.fromHalfFloat;
  if (type === FloatType) return (value) => value;
  const table = colorSpace === SRGBColorSpace ? srgbBytes : bytes;
  return (byte) => table[byte]!;
}

/** Reads a texture; null where it cannot be read, such as a compressed one. */
export function texelsOf(texture: Texture): Texels | null {
  const image = texture.image as Partial<Drawable & ImageData> | null | undefined;
  if (!image?.width || !image.height) return null;
  return image.data
    ? texelsOfData(texture, image as ImageData)
    : texelsOfImage(texture, image as Drawable & CanvasImageSource);
}

interface Drawable {
  readonly width: number;
  readonly height: number;
}

function texelsOfData(texture: Texture, { width, height, data }: ImageData): Texels | null {
  const channels = data.length / (width * height);
  if (channels !== 3 && channels !== 4) return null;
  const opaque = texture.type === HalfFloatType ? HALF_ONE : texture.type === FloatType ? 1 : 255;
  return { widthPx: width, heightPx: height, data, channels, linear: linearOf(texture), opaque };
}

/** 1 as a half float; those of alphas grow with their bits. */
const HALF_ONE = DataUtils.toHalfFloat(1);

/** Texels of an image that a canvas can draw, at most 512 each way; null for others. */
function texelsOfImage(texture: Texture, image: Drawable & CanvasImageSource): Texels | null {
  const widthPx = Math.min(image.width, IMAGE_SIDE);
  const heightPx = Math.min(image.height, IMAGE_SIDE);
  const context = new OffscreenCanvas(widthPx, heightPx).getContext('2d', {
    willReadFrequently: true,
  });
  if (!context) return null;
  context.imageSmoothingQuality = 'high';
  try {
    context.drawImage(image, 0, 0, widthPx, heightPx);
  } catch {
    return null;
  }
  const { data } = context.getImageData(0, 0, widthPx, heightPx);
  return { widthPx, heightPx, data, channels: 4, linear: linearOf(texture), opaque: 255 };
}
