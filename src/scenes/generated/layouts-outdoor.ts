import { Box3, CylinderGeometry, IcosahedronGeometry, Vector3 } from 'three/webgpu';
import type { Triple } from '../kit';
import { archWall, box, boxes, merged, placed, stairs } from '../shapes';
import { type BuildContext, type Layout, claimFloor, wallWithHoles } from './layout';

function openLayout(kind: string, half: { x: number; z: number }, heightM: number): Layout {
  return {
    kind,
    floor: { x0: -half.x, x1: half.x, z0: -half.z, z1: half.z },
    bounds: new Box3(new Vector3(-half.x, 0.1, -half.z), new Vector3(half.x, heightM, half.z)),
    cover: 'open-air',
    taken: [],
    lampHeightM: Math.min(heightM, 3.4),
  };
}

/** One house front: wall with window holes, dark panes behind them, a few lit. */
function addHouse(
  { kit, random, palette }: BuildContext,
  place: { x: number; z: number; side: number; lengthM: number },
): void {
  const { x, z, side, lengthM } = place;
  const storeys = random.int(1, 3);
  const storeyM = random.range(2.6, 3.2);
  const setback = random.range(0, 0.5);
  const front = x + side * setback;
  const wallM = 0.3;
  const turn: Triple = [0, Math.PI / 2, 0];
  const holes = Math.max(1, Math.round(lengthM / random.range(1.4, 2.2)));
  const share = random.range(0.35, 0.6);
  const fronts = Array.from({ length: storeys }, (_, storey) =>
    wallWithHoles({
      lengthM,
      heightM: storeyM,
      thicknessM: wallM,
      holes,
      share,
      sillM: storey === 0 && random.chance(0.4) ? 0 : 0.8,
      lintelM: storeyM - 0.45,
    }).map(([size, at]): [Triple, Triple] => [size, [at[0], at[1] + storey * storeyM, at[2]]]),
  ).flat();
  const heightM = storeys * storeyM;
  kit.mesh(boxes(fronts, 1.8), palette.wall(), { at: [front + (side * wallM) / 2, 0, z], turn });
  const behind = front + side * (wallM + 0.6);
  kit.mesh(box([1.0, heightM, lengthM], 2), palette.object(), { at: [behind, heightM / 2, z] });
  kit.mesh(box([1.9, 0.18, lengthM + 0.1], 2), palette.trim, {
    at: [front + side * 0.75, heightM + 0.09, z],
  });
  if (random.chance(0.5)) {
    // An awning: thin, tilted, coloured by the light above it.
    kit.mesh(box([1, 0.03, lengthM * 0.7]), palette.object(), {
      at: [front - side * 0.42, random.range(2.2, 2.5), z],
      turn: [0, 0, side * random.range(0.15, 0.4)],
    });
  }
  if (random.chance(0.45)) {
    const pane = palette.glow();
    const bay = lengthM / holes;
    const at = -lengthM / 2 + bay * (random.int(0, holes - 1) + 0.5);
    const level = random.int(0, storeys - 1) * storeyM + (storeyM + 0.35) / 2;
    kit.mesh(box([0.02, storeyM - 1.3, bay * share * 0.96]), pane, {
      at: [front + side * (wallM - 0.02), level, z - at],
    });
  }
}

/** A street between house fronts, closed by one more house. */
export function buildStreet(context: BuildContext): Layout {
  const { kit, random, palette } = context;
  const half = { x: random.range(2.6, 4.2), z: random.range(6, 8) };
  kit.mesh(box([half.x * 2 + 6, 0.2, half.z * 2 + 4], random.range(1.5, 3)), palette.floor, {
    at: [0, -0.1, 0],
  });
  const pavementM = random.range(0.9, 1.4);
  const kerbs = [-1, 1].map((side) =>
    placed(box([pavementM + 0.6, 0.12, half.z * 2 + 2], 1.5), [
      side * (half.x - pavementM / 2 + 0.3),
      0.06,
      0,
    ]),
  );
  kit.mesh(merged(kerbs), palette.trim);
  for (const side of [-1, 1]) {
    const houses = random.int(2, 3);
    const lengthM = (half.z * 2) / houses;
    for (let i = 0; i < houses; i++) {
      addHouse(context, {
        x: side * half.x,
        z: -half.z + lengthM * (i + 0.5),
        side,
        lengthM: lengthM - random.range(0, 0.4),
      });
    }
  }
  const endHeightM = random.range(4, 8);
  kit.mesh(box([half.x * 2 + 5, endHeightM, 0.6], 2), palette.wall(), {
    at: [0, endHeightM / 2, -half.z - 1],
  });
  const layout = openLayout('street', { x: half.x - 0.3, z: half.z - 0.3 }, 5);
  layout.floor.x0 += pavementM;
  layout.floor.x1 -= pavementM;
  return layout;
}

function addTree({ kit, random }: BuildContext, layout: Layout): void {
  const spot = claimFloor(random, layout, 0.5);
  if (!spot) return;
  const trunkM = random.range(1.4, 2.4);
  kit.mesh(
    new CylinderGeometry(0.07, 0.12, trunkM, 12),
    kit.material({ color: '#6b4a30', roughness: 0.9 }),
    {
      at: [spot.x, trunkM / 2, spot.z],
    },
  );
  const leaves = Array.from({ length: random.int(3, 6) }, () => {
    const r = random.range(0.3, 0.6);
    const at: Triple = [
      random.range(-0.45, 0.45),
      trunkM + random.range(0, 0.8),
      random.range(-0.45, 0.45),
    ];
    return placed(new IcosahedronGeometry(r, 2), at);
  });
  const green = kit.material({
    color: random.pick(['#4f7d2e', '#6d8f2c', '#3d6a38', '#a3762a']),
    roughness: 0.9,
  });
  kit.mesh(merged(leaves), green, { at: [spot.x, 0, spot.z] });
}

function addPergola({ kit, random, palette }: BuildContext, layout: Layout): void {
  const spot = claimFloor(random, layout, 1.5);
  if (!spot) return;
  const heightM = random.range(2.2, 2.7);
  const parts: [Triple, Triple][] = [-1, 1].flatMap((i) =>
    [-1, 1].map((j): [Triple, Triple] => [
      [0.1, heightM, 0.1],
      [i * 1.2, heightM / 2, j * 1.0],
    ]),
  );
  for (let x = -1.4; x <= 1.41; x += random.range(0.18, 0.4))
    parts.push([
      [0.05, 0.12, 2.5],
      [x, heightM + 0.06, 0],
    ]);
  kit.mesh(boxes(parts), palette.object(), {
    at: [spot.x, 0, spot.z],
    turn: [0, random.range(0, 3), 0],
  });
}

/** A yard inside walls, under the sky. */
export function buildYard(context: BuildContext): Layout {
  const { kit, random, palette } = context;
  const half = { x: random.range(3.5, 6), z: random.range(3.5, 6) };
  const heightM = random.range(2, 3.8);
  const wallM = 0.3;
  const ground: Triple = [half.x * 2 + 1, 0.2, half.z * 2 + 1];
  kit.mesh(box(ground, random.range(1.5, 3)), palette.floor, { at: [0, -0.1, 0] });
  const layout = openLayout('yard', half, heightM + 0.8);
  const gate = random.int(0, 4);
  const walls = [
    { lengthM: half.x * 2, at: [0, 0, -half.z - wallM / 2] as Triple, turn: 0 },
    { lengthM: half.x * 2, at: [0, 0, half.z + wallM / 2] as Triple, turn: 0 },
    { lengthM: half.z * 2, at: [-half.x - wallM / 2, 0, 0] as Triple, turn: Math.PI / 2 },
    { lengthM: half.z * 2, at: [half.x + wallM / 2, 0, 0] as Triple, turn: Math.PI / 2 },
  ];
  walls.forEach(({ lengthM, at, turn }, i) => {
    const openingWidthM = Math.min(1.8, (heightM - 0.9) * 1.2);
    const springM = heightM - openingWidthM / 2 - 0.3;
    const geometry =
      i === gate
        ? archWall({
            lengthM,
            heightM,
            thicknessM: wallM,
            openings: random.int(1, 3),
            openingWidthM,
            springM,
          })
        : placed(box([lengthM + wallM * 2, heightM, wallM], 2), [0, heightM / 2, 0]);
    kit.mesh(geometry, palette.wall(), { at, turn: [0, turn, 0] });
  });
  if (random.chance(0.5)) {
    const steps = random.int(3, 6);
    const flight = stairs({ widthM: half.x * 1.2, riseM: 0.16, goingM: 0.3, count: steps });
    kit.mesh(flight, palette.trim, { at: [0, 0, -half.z + steps * 0.3] });
    layout.floor.z0 += steps * 0.3 + 0.1;
  }
  if (random.chance(0.35)) addPergola(context, layout);
  for (let i = random.int(0, 2); i > 0; i--) addTree(context, layout);
  return layout;
}
