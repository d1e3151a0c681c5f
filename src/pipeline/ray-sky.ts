import {
  DataTexture,
  DataUtils,
  HalfFloatType,
  LinearFilter,
  RGBAFormat,
  RepeatWrapping,
} from 'three/webgpu';
import type { Node } from 'three/webgpu';
import { equirectUV, float } from 'three/tsl';
import { plainTexture } from './plain-texture';

const WIDTH = 128;
const HEIGHT = 64;

/** The sky that rays end in: equirectangular radiance of one size and format, whatever the scene's own has. */
export class RaySky {
  private readonly texture = createTexture();
  private readonly node = plainTexture(this.texture);

  setScene(environment: DataTexture | null): void {
    const data = this.texture.image.data as Uint16Array;
    data.fill(0);
    if (environment) resample(environment, data);
    this.texture.needsUpdate = true;
  }

  /** TSL: radiance (rgb) that arrives along a world-space direction. */
  radiance(direction: Node<'vec3'>): Node<'vec3'> {
    return (this.node.sample(equirectUV(direction.normalize())).level(float(0)) as Node<'vec4'>)
      .rgb;
  }

  dispose(): void {
    this.texture.dispose();
  }
}

interface SkyImage {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array | Uint16Array;
}

/** Means of the texels that fall into each of ours, a few of them where there are many. */
function resample({ image, type, flipY }: DataTexture, out: Uint16Array): void {
  const { width, height, data } = image as unknown as SkyImage;
  const channels = data.length / (width * height);
  const read = (at: number): number =>
    type === HalfFloatType ? DataUtils.fromHalfFloat(data[at]!) : data[at]!;
  const taps = Math.min(Math.max(Math.round(width / WIDTH), 1), 4);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let t = 0; t < taps * taps; t++) {
          const u = (x + ((t % taps) + 0.5) / taps) / WIDTH;
          const v = (y + (Math.floor(t / taps) + 0.5) / taps) / HEIGHT;
          const row = Math.floor((flipY ? 1 - v : v) * height);
          sum += read((row * width + Math.floor(u * width)) * channels + c);
        }
        const mean = Math.min(sum / (taps * taps), 6e4);
        out[(y * WIDTH + x) * 4 + c] = DataUtils.toHalfFloat(mean);
      }
    }
  }
}

function createTexture(): DataTexture {
  const texture = new DataTexture(
    new Uint16Array(WIDTH * HEIGHT * 4),
    WIDTH,
    HEIGHT,
    RGBAFormat,
    HalfFloatType,
  );
  texture.wrapS = RepeatWrapping;
  texture.minFilter = texture.magFilter = LinearFilter;
  texture.needsUpdate = true;
  return texture;
}
