import {
  DataTexture,
  LinearFilter,
  LinearMipmapLinearFilter,
  NoColorSpace,
  RGBAFormat,
  RepeatWrapping,
  SRGBColorSpace,
  UnsignedByteType,
} from 'three/webgpu';
import { createNoise } from './noise';
import { patterns, type PatternName, type Rgb, type Texel } from './patterns';

/** The textures of one surface; both have the same size and tile in both directions. */
export interface SurfaceMaps {
  /** Base colour, RGBA8, sRGB. */
  map: DataTexture;
  /** glTF layout, RGBA8, linear: G = roughness, B = 1 (so the material's metalness counts as it is). */
  roughnessMap: DataTexture;
}

/** Looks of a procedural surface. */
export interface SurfaceOptions {
  pattern: PatternName;
  seed: number;
  /** Main colour as #rrggbb. */
  base: string;
  /** Second colour (mortar, other tiles, stains, ornament) as #rrggbb. */
  accent: string;
  /** Texels along each side, 64–512. */
  sizePx?: number;
  rows?: number;
  columns?: number;
  /** 0 = factory new, 1 = worn. */
  wear?: number;
  /** Roughness at the smoothest and at the roughest place of the pattern. */
  roughness?: readonly [number, number];
}

function parseHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [((value >> 16) & 255) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

/** Texels that a look along a surface takes at most. */
export const ANISOTROPY = 8;

function finish(texture: DataTexture, name: string, isColour: boolean): DataTexture {
  texture.name = name;
  texture.colorSpace = isColour ? SRGBColorSpace : NoColorSpace;
  texture.wrapS = RepeatWrapping;
  texture.wrapT = RepeatWrapping;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.anisotropy = ANISOTROPY;
  texture.needsUpdate = true;
  return texture;
}

/** Bakes a pattern into a colour and a roughness texture. Pure: equal options give equal texels. */
export function makeSurfaceMaps(options: SurfaceOptions): SurfaceMaps {
  const { pattern, seed, sizePx = 256, rows = 8, columns = 4, wear = 0.4 } = options;
  const [roughMin, roughMax] = options.roughness ?? [0.4, 0.9];
  const paint = patterns[pattern];
  const noise = createNoise(seed);
  const base = parseHex(options.base);
  const accent = parseHex(options.accent);
  const input = { noise, base, accent, rows, columns, wear };
  const colour = new Uint8Array(sizePx * sizePx * 4);
  const surface = new Uint8Array(sizePx * sizePx * 4);
  const texel: Texel = { rgb: [0, 0, 0], rough: 0 };
  for (let y = 0, i = 0; y < sizePx; y++) {
    for (let x = 0; x < sizePx; x++, i += 4) {
      paint((x + 0.5) / sizePx, (y + 0.5) / sizePx, input, texel);
      colour[i] = Math.round(texel.rgb[0] * 255);
      colour[i + 1] = Math.round(texel.rgb[1] * 255);
      colour[i + 2] = Math.round(texel.rgb[2] * 255);
      colour[i + 3] = 255;
      surface[i] = 255;
      surface[i + 1] = Math.round((roughMin + (roughMax - roughMin) * texel.rough) * 255);
      surface[i + 2] = 255;
      surface[i + 3] = 255;
    }
  }
  const texture = (data: Uint8Array<ArrayBuffer>): DataTexture =>
    new DataTexture(data, sizePx, sizePx, RGBAFormat, UnsignedByteType);
  return {
    map: finish(texture(colour), `${pattern}-${seed}`, true),
    roughnessMap: finish(texture(surface), `${pattern}-${seed}-roughness`, false),
  };
}
