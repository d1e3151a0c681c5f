import { Color, DataUtils, FloatType, HalfFloatType, MeshStandardMaterial } from 'three/webgpu';
import type { ColorSpace, Material, Texture } from 'three/webgpu';
import { meanReflectance } from '../core/material';

/** Texels (RGBA float) of a material: (mean reflectance, metalness) (emission, roughness), linear, textures averaged. */
export const MATERIAL_TEXELS = 2;

type Mean = readonly [number, number, number];
const WHITE: Mean = [1, 1, 1];
/** Texels looked at each way. */
const SAMPLES = 16;

/** Averages of the textures of one material; they never change. */
interface TextureMeans {
  readonly map: Mean;
  readonly surface: Mean;
  readonly emissive: Mean;
}

/** What rays see of materials: one flat colour each, which is what low detail means here. */
export class RayMaterials {
  private readonly means: TextureMeans[];

  constructor(private readonly materials: readonly Material[]) {
    this.means = materials.map(meansOf);
  }

  /** Writes the rows as they are now; returns whether any differs from what was there. */
  write(data: Float32Array): boolean {
    let changed = false;
    this.materials.forEach((material, row) => {
      if (!(material instanceof MeshStandardMaterial)) return;
      const { map, surface, emissive } = this.means[row]!;
      const { color: c, emissive: e, emissiveIntensity: i } = material;
      const metalness = material.metalness * surface[2];
      const roughness = material.roughness * surface[1];
      values[0] = meanReflectance(c.r * map[0], metalness, roughness);
      values[1] = meanReflectance(c.g * map[1], metalness, roughness);
      values[2] = meanReflectance(c.b * map[2], metalness, roughness);
      values[3] = metalness;
      values[4] = e.r * i * emissive[0];
      values[5] = e.g * i * emissive[1];
      values[6] = e.b * i * emissive[2];
      values[7] = roughness;
      for (let k = 0; k < 8; k++) {
        const at = row * 4 * MATERIAL_TEXELS + k;
        if (data[at] !== values[k]) changed = true;
        data[at] = values[k]!;
      }
    });
    return changed;
  }
}

/** Scratch of `write`; single precision, so that what was written compares equal. */
const values = new Float32Array(8);

function meansOf(material: Material): TextureMeans {
  if (!(material instanceof MeshStandardMaterial))
    return { map: WHITE, surface: WHITE, emissive: WHITE };
  return {
    map: meanOf(material.map),
    surface: meanOf(material.roughnessMap ?? material.metalnessMap),
    emissive: meanOf(material.emissiveMap),
  };
}

/** Mean colour of a texture in linear light; white where there is none or it cannot be read. */
function meanOf(texture: Texture | null): Mean {
  const image = texture?.image as ImageLike | null | undefined;
  if (!texture || !image) return WHITE;
  const pixels = image.data ? strideThrough(texture, image as ImageData) : drawSmall(image);
  if (!pixels) return WHITE;
  const sum = new Color(0, 0, 0);
  const texel = new Color();
  for (let i = 0; i < pixels.length; i += 4) {
    texel.setRGB(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!, texture.colorSpace as ColorSpace);
    sum.add(texel);
  }
  const { r, g, b } = sum.multiplyScalar(4 / pixels.length);
  return [r, g, b];
}

interface ImageLike {
  readonly width: number;
  readonly height: number;
  readonly data?: ArrayLike<number> | null;
}

/** RGBA of some texels of a data texture, in [0,1] for bytes. */
function strideThrough(texture: Texture, { width, height, data }: ImageData): number[] | null {
  const channels = data.length / (width * height);
  if (channels < 3 || !Number.isInteger(channels)) return null;
  const half = texture.type === HalfFloatType;
  const scale = half || texture.type === FloatType ? 1 : 1 / 255;
  const pixels: number[] = [];
  for (let y = 0; y < SAMPLES; y++) {
    for (let x = 0; x < SAMPLES; x++) {
      const column = Math.floor(((x + 0.5) / SAMPLES) * width);
      const at = (Math.floor(((y + 0.5) / SAMPLES) * height) * width + column) * channels;
      for (let c = 0; c < 3; c++) {
        const value = data[at + c]!;
        pixels.push(half ? DataUtils.fromHalfFloat(value) : value * scale);
      }
      pixels.push(1);
    }
  }
  return pixels;
}

/** RGBA of an image drawn small, in [0,1]; null for images that a canvas cannot draw, such as compressed ones. */
function drawSmall(image: ImageLike): number[] | null {
  const canvas = new OffscreenCanvas(SAMPLES, SAMPLES);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  try {
    context?.drawImage(image as unknown as CanvasImageSource, 0, 0, SAMPLES, SAMPLES);
  } catch {
    return null;
  }
  const data = context?.getImageData(0, 0, SAMPLES, SAMPLES).data;
  return data ? Array.from(data, (byte) => byte / 255) : null;
}
