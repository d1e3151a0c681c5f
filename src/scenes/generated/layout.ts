import type { Box3 } from 'three/webgpu';
import type { SceneKit, Triple } from '../kit';
import type { Random } from '../random';
import type { Palette } from './palette';

/** A rectangle on the floor. */
export interface Rect {
  x0: number;
  x1: number;
  z0: number;
  z1: number;
}

/** Floor that is taken. */
export interface Disc {
  x: number;
  z: number;
  radiusM: number;
}

/** What a layout builds with. */
export interface BuildContext {
  kit: SceneKit;
  random: Random;
  palette: Palette;
  /** Places worth lighting and looking at; filled once the furniture stands. */
  sights: readonly Triple[];
}

/** An architecture: what it leaves free and how light can get in. */
export interface Layout {
  kind: string;
  /** Free floor for furniture, clutter and the camera. */
  floor: Rect;
  /** Inner space: probes, lamps and camera stay inside. */
  bounds: Box3;
  /** closed = no daylight; openings = daylight through windows or roof; open-air = under the sky. */
  cover: 'closed' | 'openings' | 'open-air';
  taken: Disc[];
  /** Lamps hang about here. */
  lampHeightM: number;
}

/** Makes the architecture of one kind of scene. */
export type LayoutBuilder = (context: BuildContext) => Layout;

/** Finds a free disc on the floor, or null after some tries; the disc is then taken. */
export function claimFloor(random: Random, layout: Layout, radiusM: number): Disc | null {
  const { x0, x1, z0, z1 } = layout.floor;
  for (let attempt = 0; attempt < 14; attempt++) {
    const x = random.range(x0 + radiusM, x1 - radiusM);
    const z = random.range(z0 + radiusM, z1 - radiusM);
    const free = layout.taken.every(
      (disc) => Math.hypot(disc.x - x, disc.z - z) > disc.radiusM + radiusM,
    );
    if (!free) continue;
    const disc = { x, z, radiusM };
    layout.taken.push(disc);
    return disc;
  }
  return null;
}

/** A wall of boxes around rectangular holes, along x, centred, foot at y = 0: `[size, centre]` each. */
export function wallWithHoles(options: {
  lengthM: number;
  heightM: number;
  thicknessM: number;
  holes: number;
  /** Share of each bay that the hole takes. */
  share: number;
  sillM: number;
  lintelM: number;
}): [Triple, Triple][] {
  const { lengthM, heightM, thicknessM, holes, share, sillM, lintelM } = options;
  const bay = lengthM / holes;
  const pier = bay * (1 - share);
  const parts: [Triple, Triple][] = [
    [
      [lengthM, heightM - lintelM, thicknessM],
      [0, (heightM + lintelM) / 2, 0],
    ],
  ];
  if (sillM > 0)
    parts.push([
      [lengthM, sillM, thicknessM],
      [0, sillM / 2, 0],
    ]);
  for (let i = 0; i <= holes; i++) {
    const end = i === 0 || i === holes;
    const width = end ? pier / 2 : pier;
    const shift = i === 0 ? pier / 4 : i === holes ? -pier / 4 : 0;
    const x = -lengthM / 2 + bay * i + shift;
    parts.push([
      [width, lintelM - sillM, thicknessM],
      [x, (lintelM + sillM) / 2, 0],
    ]);
  }
  return parts;
}
