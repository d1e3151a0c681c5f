import { Color, DataUtils, FloatType, HalfFloatType, Vector2 } from 'three/webgpu';
import type { ColorSpace, Texture } from 'three/webgpu';

/** Texels each way that are kept, and that are read of images. */
const SIDE = 128;
const IMAGE_SIDE = 512;

/** Texels of an image, RGBA in [0,1] or brighter, in the texture's colour space. */
interface Texels {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgba: ArrayLike<number>;
}

/** A sum of colours: rgb and how many there are. */
export type ColorSum = [number, number, number, number];

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
  ) {}

  /**
   * Reads a texture; null where it cannot be read, such as a compressed one.
   *
   * @param leastAlpha texels below are holes and do not count
   */
  static of(texture: Texture, leastAlpha = 0): SmallTexture | null {
    const texels = texelsOf(texture);
    if (!texels) return null;
    texture.updateMatrix();
    const width = Math.min(texels.widthPx, SIDE);
    const height = Math.min(texels.heightPx, SIDE);
    const blocks = new Float32Array(width * height * 4);
    const { widthPx, heightPx, rgba } = texels;
    for (let y = 0, i = 0; y < heightPx; y++) {
      const row = Math.floor((y * height) / heightPx) * width;
      for (let x = 0; x < widthPx; x++, i += 4) {
        if (rgba[i + 3]! < leastAlpha) continue;
        const at = (row + Math.floor((x * width) / widthPx)) * 4;
        color.setRGB(rgba[i]!, rgba[i + 1]!, rgba[i + 2]!, texture.colorSpace as ColorSpace);
        blocks[at] = blocks[at]! + color.r;
        blocks[at + 1] = blocks[at + 1]! + color.g;
        blocks[at + 2] = blocks[at + 2]! + color.b;
        blocks[at + 3] = blocks[at + 3]! + 1;
      }
    }
    return new SmallTexture(texture, width, height, blocks);
  }

  /** Adds the block at a mesh's texture coordinates to a sum. */
  addAt(u: number, v: number, sum: ColorSum): void {
    const { x, y } = this.texture.transformUv(place.set(u, v));
    const column = Math.min(Math.floor(x * this.widthPx), this.widthPx - 1);
    const row = Math.min(Math.floor(y * this.heightPx), this.heightPx - 1);
    const at = (row * this.widthPx + column) * 4;
    for (let c = 0; c < 4; c++) sum[c] = sum[c]! + this.blocks[at + c]!;
  }
}

/** Scratch. */
const place = new Vector2();
const color = new Color();

function texelsOf(texture: Texture): Texels | null {
  const image = texture.image as Partial<Drawable & ImageData> | null | undefined;
  if (!image?.width || !image.height) return null;
  return image.data
    ? texelsOfData(texture, image as ImageData)
    : texelsOfImage(image as Drawable & CanvasImageSource);
}

interface Drawable {
  readonly width: number;
  readonly height: number;
}

function texelsOfData(texture: Texture, { width, height, data }: ImageData): Texels | null {
  const channels = data.length / (width * height);
  if (channels < 3 || !Number.isInteger(channels)) return null;
  const half = texture.type === HalfFloatType;
  const scale = half || texture.type === FloatType ? 1 : 1 / 255;
  const rgba = new Float32Array(width * height * 4).fill(1);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < channels; c++) {
      const value = data[i * channels + c]!;
      rgba[i * 4 + c] = half ? DataUtils.fromHalfFloat(value) : value * scale;
    }
  return { widthPx: width, heightPx: height, rgba };
}

/** Texels of an image that a canvas can draw, at most 512 each way; null for others. */
function texelsOfImage(image: Drawable & CanvasImageSource): Texels | null {
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
  return { widthPx, heightPx, rgba: Float32Array.from(data, (byte) => byte / 255) };
}
