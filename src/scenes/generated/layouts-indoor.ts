import { Box3, Vector3 } from 'three/webgpu';
import type { Triple } from '../kit';
import { archWall, box, boxes, column, roundedBox } from '../shapes';
import { type BuildContext, type Layout, wallWithHoles } from './layout';

const wallM = 0.14;

/** Inner size of a box-shaped space that stands on y = 0 and is centred in x and z. */
interface Space {
  widthM: number;
  heightM: number;
  depthM: number;
}

type Side = 'left' | 'right' | 'back' | 'front';
const sides: readonly Side[] = ['left', 'right', 'back', 'front'];

const lengthOf = (side: Side, { widthM, depthM }: Space): number =>
  side === 'left' || side === 'right' ? depthM : widthM;

/** Where a wall along x must go to close a side. */
function wallPlace(side: Side, { widthM, depthM }: Space, y: number): { at: Triple; turn: Triple } {
  const x = widthM / 2 + wallM / 2;
  const z = depthM / 2 + wallM / 2;
  if (side === 'left') return { at: [-x, y, 0], turn: [0, Math.PI / 2, 0] };
  if (side === 'right') return { at: [x, y, 0], turn: [0, Math.PI / 2, 0] };
  return { at: [0, y, side === 'back' ? -z : z], turn: [0, 0, 0] };
}

function addWindowWall({ kit, random, palette }: BuildContext, side: Side, space: Space): void {
  const lengthM = lengthOf(side, space) + wallM * 2;
  const { heightM } = space;
  const sillM = random.chance(0.4) ? 0 : random.range(0.3, 1);
  const holes = Math.max(1, Math.round(lengthM / random.range(1.6, 3)));
  const place = wallPlace(side, space, 0);
  if (random.chance(0.3)) {
    const bay = lengthM / holes;
    const openingWidthM = Math.min(bay * 0.7, (heightM - 1.2) * 1.3);
    const springM = Math.min(heightM - openingWidthM / 2 - 0.25, heightM * 0.6);
    const arches = archWall({
      lengthM,
      heightM,
      thicknessM: wallM,
      openings: holes,
      openingWidthM,
      springM,
    });
    kit.mesh(arches, palette.wall(), place);
    return;
  }
  const lintelM = Math.min(heightM - 0.2, sillM + random.range(0.4, 0.7) * heightM);
  const share = random.range(0.4, 0.8);
  const parts = wallWithHoles({
    lengthM,
    heightM,
    thicknessM: wallM,
    holes,
    share,
    sillM,
    lintelM,
  });
  kit.mesh(boxes(parts, 1.6), palette.wall(), place);
  if (random.chance(0.6)) {
    const bars: [Triple, Triple][] = [
      [
        [lengthM, 0.03, 0.04],
        [0, (sillM + lintelM) / 2, 0],
      ],
    ];
    for (let i = 0; i < holes; i++) {
      const x = -lengthM / 2 + (lengthM / holes) * (i + 0.5);
      bars.push([
        [0.03, lintelM - sillM, 0.04],
        [x, (sillM + lintelM) / 2, 0],
      ]);
    }
    kit.mesh(boxes(bars), palette.trim, place);
  }
}

function addFloor({ kit, random, palette }: BuildContext, { widthM, depthM }: Space): void {
  const size: Triple = [widthM + wallM * 2, 0.12, depthM + wallM * 2];
  kit.mesh(box(size, random.range(1.2, 3)), palette.floor, { at: [0, -0.06, 0] });
}

function addCeiling({ kit, random, palette }: BuildContext, space: Space, skylight: boolean): void {
  const { widthM, heightM, depthM } = space;
  const outer: Triple = [widthM + wallM * 2, wallM, depthM + wallM * 2];
  if (!skylight) {
    kit.mesh(box(outer, 2), palette.wall(), { at: [0, heightM + wallM / 2, 0] });
    return;
  }
  const lengthM = outer[0];
  // A wall with holes, laid flat, is a roof with skylights.
  const parts = wallWithHoles({
    lengthM,
    heightM: outer[2],
    thicknessM: wallM,
    holes: random.int(1, 4),
    share: random.range(0.4, 0.75),
    sillM: outer[2] * random.range(0.12, 0.3),
    lintelM: outer[2] * random.range(0.6, 0.88),
  });
  kit.mesh(boxes(parts, 2), palette.wall(), {
    at: [0, heightM + wallM / 2, -outer[2] / 2],
    turn: [Math.PI / 2, 0, 0],
  });
}

function toLayout(kind: string, space: Space, cover: Layout['cover']): Layout {
  const { widthM, heightM, depthM } = space;
  const margin = 0.15;
  const [x, z] = [widthM / 2 - margin, depthM / 2 - margin];
  return {
    kind,
    floor: { x0: -x, x1: x, z0: -z, z1: z },
    bounds: new Box3(new Vector3(-x, 0.1, -z), new Vector3(x, heightM - margin, z)),
    cover,
    taken: [],
    lampHeightM: heightM - 0.3,
  };
}

/** A closed room or one with windows. */
export function buildRoom(context: BuildContext): Layout {
  const { kit, random, palette } = context;
  const space = {
    widthM: random.range(3.6, 7),
    heightM: random.range(2.4, 3.6),
    depthM: random.range(3.6, 7),
  };
  const windows = random.chance(0.55) ? random.int(1, 2) : 0;
  const first = random.int(0, 3);
  addFloor(context, space);
  addCeiling(context, space, false);
  sides.forEach((side, i) => {
    if ((i - first + 4) % 4 < windows) return addWindowWall(context, side, space);
    const size: Triple = [lengthOf(side, space) + wallM * 2, space.heightM, wallM];
    kit.mesh(box(size, 1.6), palette.wall(), wallPlace(side, space, space.heightM / 2));
  });
  if (random.chance(0.5)) {
    const { widthM, depthM } = space;
    const skirting: [Triple, Triple][] = [
      [
        [widthM, 0.1, 0.02],
        [0, 0.05, -depthM / 2 + 0.01],
      ],
      [
        [0.02, 0.1, depthM],
        [-widthM / 2 + 0.01, 0.05, 0],
      ],
    ];
    kit.mesh(boxes(skirting), palette.trim);
  }
  return toLayout('room', space, windows > 0 ? 'openings' : 'closed');
}

/** A long hall with two rows of columns, lit from one side or from above. */
export function buildHall(context: BuildContext): Layout {
  const { kit, random, palette } = context;
  const space = {
    widthM: random.range(6, 10),
    heightM: random.range(4, 6.5),
    depthM: random.range(9, 14),
  };
  const { widthM, heightM, depthM } = space;
  const skylight = random.chance(0.45);
  const openSides: readonly Side[] = skylight
    ? random.pick([[], ['left'], ['back']] as const)
    : random.pick([['left', 'back'], ['right'], ['right', 'left']] as const);
  addFloor(context, space);
  addCeiling(context, space, skylight);
  for (const side of sides) {
    if (openSides.includes(side)) addWindowWall(context, side, space);
    else {
      const size: Triple = [lengthOf(side, space) + wallM * 2, heightM, wallM];
      kit.mesh(box(size, 2.2), palette.wall(), wallPlace(side, space, heightM / 2));
    }
  }
  const layout = toLayout('hall', space, 'openings');
  const radiusM = random.range(0.16, 0.34);
  const square = random.chance(0.35);
  const shape = square
    ? roundedBox([radiusM * 2, heightM, radiusM * 2], 0.04)
    : column(heightM, radiusM);
  const count = random.int(2, 4);
  for (const side of [-1, 1]) {
    for (let i = 0; i < count; i++) {
      const x = side * widthM * 0.28;
      const z = depthM * ((i + 0.5) / count - 0.5);
      kit.mesh(shape, palette.trim, { at: [x, square ? heightM / 2 : 0, z] });
      layout.taken.push({ x, z, radiusM: radiusM * 1.6 });
    }
  }
  return layout;
}
