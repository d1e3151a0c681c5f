import { Vector2 } from 'three/webgpu';
import type { Texture } from 'three/webgpu';
import { texelsOf } from '../scenes/texels';

/** Texels each way that are kept. */
const SIDE = 128;

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
