import { Color, DataUtils, FloatType, HalfFloatType, SRGBColorSpace, Vector2 } from 'three/webgpu';
import type { Texture } from 'three/webgpu';

/** Texels each way that are kept, and that are read of images. */
const SIDE = 128;
const IMAGE_SIDE = 512;

/** Texels of an image as they are stored. */
interface Texels {
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

/** A sum of colours: rgb, how many there are, and how many there would be without holes. */
export type ColorSum = [number, number, number, number, number];

/**
 * A texture as rays see it: means of blocks of its texels, 128×128 at most, linear. All texels count, and in linear light:
 * among a few at even steps the joints of bricks are found too often or never, and means of sRGB values are up to half too dark.
 */
export class SmallTexture {
  private constructor(
    private readonly texture: Texture,
    private readonly widthPx: number,
    private readonly heightPx: number,
    /** Sum of the colours of each block, and how many of its texels are no holes. */
    private readonly blocks: Float32Array,
    /** Texels of a block. */
    private readonly blockTexels: number,
  ) {}

  /**
   * Reads a texture; null where it cannot be read, such as a compressed one.
   *
   * @param leastAlpha texels below are holes and do not count
   */
  static of(texture: Texture, leastAlpha = 0): SmallTexture | null {
    const texels = texelsOf(texture);
    if (!texels) return null;
    // glTF files turn textures after scaling them, by a matrix of their own.
    if (texture.matrixAutoUpdate) texture.updateMatrix();
    const width = Math.min(texels.widthPx, SIDE);
    const height = Math.min(texels.heightPx, SIDE);
    const blocks = new Float32Array(width * height * 4);
    const { widthPx, heightPx, data, channels, linear } = texels;
    const least = channels === 4 ? leastAlpha * texels.opaque : 0;
    for (let y = 0, i = 0; y < heightPx; y++) {
      const row = Math.floor((y * height) / heightPx) * width;
      for (let x = 0; x < widthPx; x++, i += channels) {
        if (least > 0 && data[i + 3]! < least) continue;
        const at = (row + Math.floor((x * width) / widthPx)) * 4;
        for (let c = 0; c < 3; c++) blocks[at + c] = blocks[at + c]! + linear(data[i + c]!);
        blocks[at + 3] = blocks[at + 3]! + 1;
      }
    }
    const blockTexels = (widthPx * heightPx) / (width * height);
    return new SmallTexture(texture, width, height, blocks, blockTexels);
  }

  /** Adds the block at a mesh's texture coordinates to a sum. */
  addAt(u: number, v: number, sum: ColorSum): void {
    const { x, y } = this.texture.transformUv(place.set(u, v));
    const column = Math.min(Math.floor(x * this.widthPx), this.widthPx - 1);
    const row = Math.min(Math.floor(y * this.heightPx), this.heightPx - 1);
    const at = (row * this.widthPx + column) * 4;
    for (let c = 0; c < 4; c++) sum[c] = sum[c]! + this.blocks[at + c]!;
    sum[4] += this.blockTexels;
  }
}

/** Scratch. */
const place = new Vector2();

/** Linear values of bytes. */
const bytes = Float64Array.from({ length: 256 }, (_, byte) => byte / 255);
const srgbBytes = bytes.map((value) => new Color().setRGB(value, 0, 0, SRGBColorSpace).r);

function linearOf({ type, colorSpace }: Texture): Texels['linear'] {
  if (type === HalfFloatType) return DataUtils.fromHalfFloat;
  if (type === FloatType) return (value) => value;
  const table = colorSpace === SRGBColorSpace ? srgbBytes : bytes;
  return (byte) => table[byte]!;
}

function texelsOf(texture: Texture): Texels | null {
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
