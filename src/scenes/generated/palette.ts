import { Color, type MeshStandardMaterial, SRGBColorSpace } from 'three/webgpu';
import type { SceneKit } from '../kit';
import type { PatternName } from '../patterns';
import type { Random } from '../random';

/** The materials of one generated scene: few textures, many plain looks. */
export interface Palette {
  wall(): MeshStandardMaterial;
  floor: MeshStandardMaterial;
  trim: MeshStandardMaterial;
  /** Something that stands around: any colour, matte to polished, sometimes metal or textured. */
  object(): MeshStandardMaterial;
  metal: MeshStandardMaterial;
  /** A glowing material; radiance is set later, when the light level of the scene is known. */
  glow(): MeshStandardMaterial;
  readonly glowing: readonly MeshStandardMaterial[];
}

/** #rrggbb of a hue, saturation and lightness in [0, 1]. */
export function hsl(hue: number, saturation: number, lightness: number): string {
  return `#${new Color().setHSL(hue, saturation, lightness, SRGBColorSpace).getHexString(SRGBColorSpace)}`;
}

const wallPatterns: readonly PatternName[] = [
  'brick',
  'plaster',
  'concrete',
  'stripes',
  'planks',
  'tiles',
];
const floorPatterns: readonly PatternName[] = ['tiles', 'planks', 'concrete', 'brick', 'plaster'];
const propPatterns: readonly PatternName[] = [
  'planks',
  'hazard',
  'stripes',
  'brushed',
  'banner',
  'concrete',
];

function wallColour(random: Random): string {
  const kind = random.next();
  if (kind < 0.55)
    return hsl(random.range(0.04, 0.17), random.range(0, 0.3), random.range(0.72, 0.92));
  if (kind < 0.85) return hsl(random.next(), random.range(0.1, 0.4), random.range(0.5, 0.78));
  return hsl(random.next(), random.range(0.5, 0.8), random.range(0.35, 0.55));
}

function accentOf(random: Random, base: string): string {
  const value = { h: 0, s: 0, l: 0 };
  new Color(base).getHSL(value, SRGBColorSpace);
  const lightness = Math.min(
    0.92,
    Math.max(0.15, value.l + random.sign() * random.range(0.1, 0.3)),
  );
  return hsl(
    (value.h + random.range(-0.08, 0.08) + 1) % 1,
    value.s * random.range(0.5, 1.1),
    lightness,
  );
}

function texturedMaterial(
  kit: SceneKit,
  random: Random,
  options: { names: readonly PatternName[]; base: string; sizePx: number; shine: number },
): MeshStandardMaterial {
  const { names, base, sizePx, shine } = options;
  const smooth = random.chance(shine) ? random.range(0.06, 0.3) : random.range(0.4, 0.8);
  const rows = random.int(3, 10);
  const pattern = random.pick(names);
  const maps = kit.maps({
    pattern,
    seed: random.int(0, 1e9),
    base,
    accent: accentOf(random, base),
    sizePx,
    rows,
    columns: Math.max(2, pattern === 'brick' ? rows >> 1 : rows),
    wear: random.range(0, 1),
    roughness: [smooth, Math.min(1, smooth + random.range(0.15, 0.5))],
  });
  // Some keep the colour map alone, so that the network meets textured colour with even gloss.
  return random.chance(0.25)
    ? kit.material({ maps, useRoughnessMap: false, roughness: smooth })
    : kit.material({ maps });
}

const metals = ['#f2f2f0', '#c9ccd1', '#ffcf7a', '#e39a72', '#8f959d', '#b5c4d6'] as const;

function plainMaterial(kit: SceneKit, random: Random): MeshStandardMaterial {
  if (random.chance(0.22)) {
    return kit.material({
      color: random.pick(metals),
      metalness: 1,
      roughness: random.range(0.03, 0.55),
    });
  }
  const grey = random.chance(0.25);
  const color = hsl(random.next(), grey ? 0.04 : random.range(0.2, 0.85), random.range(0.2, 0.85));
  const roughness = random.chance(0.35) ? random.range(0.05, 0.3) : random.range(0.3, 1);
  return kit.material({ color, roughness });
}

/** Draws the materials of a scene. */
export function createPalette(kit: SceneKit, random: Random): Palette {
  const wallBase = wallColour(random);
  const walls = [
    random.chance(0.65)
      ? texturedMaterial(kit, random, {
          names: wallPatterns,
          base: wallBase,
          sizePx: 256,
          shine: 0.1,
        })
      : kit.material({ color: wallBase, roughness: random.range(0.5, 1) }),
    kit.material({ color: wallColour(random), roughness: random.range(0.4, 1) }),
  ];
  const second = random.range(0.15, 0.6);
  const floorBase = hsl(random.next(), random.range(0, 0.35), random.range(0.35, 0.8));
  const floor = random.chance(0.85)
    ? texturedMaterial(kit, random, {
        names: floorPatterns,
        base: floorBase,
        sizePx: 256,
        shine: 0.5,
      })
    : kit.material({ color: floorBase, roughness: random.range(0.1, 0.9) });
  const propBase = hsl(random.next(), random.range(0.2, 0.8), random.range(0.3, 0.7));
  const textured = texturedMaterial(kit, random, {
    names: propPatterns,
    base: propBase,
    sizePx: 128,
    shine: 0.4,
  });
  const objects = Array.from({ length: random.int(6, 10) }, () => plainMaterial(kit, random));
  const metal = kit.material({
    color: random.pick(metals),
    metalness: 1,
    roughness: random.range(0.05, 0.4),
  });
  const trim = kit.material({ color: wallColour(random), roughness: random.range(0.2, 0.7) });
  const glowing: MeshStandardMaterial[] = [];
  return {
    wall: () =>
      random.chance(second) ? random.pick(walls.slice(1)) : random.pick(walls.slice(0, 1)),
    floor,
    trim,
    object: () => (random.chance(0.16) ? textured : random.pick(objects)),
    metal,
    glow: () => {
      const white = random.chance(0.45);
      const emissive = hsl(
        random.next(),
        white ? random.range(0.1, 0.5) : 1,
        white ? 0.8 : random.range(0.45, 0.6),
      );
      const material = kit.material({ color: '#000000', emissive });
      glowing.push(material);
      return material;
    },
    glowing,
  };
}
