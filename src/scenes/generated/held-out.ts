import { Box3, Vector3 } from 'three/webgpu';
import type { Triple } from '../kit';
import type { DemoScene } from '../scene';
import { archWall, box, boxes, column, merged, placed, roundedBox, stairs } from '../shapes';
import { assembleScene } from './assemble';
import type { BuildContext, Layout } from './layout';

/*
 * Architectures that training never sees. Nothing in generate.ts refers to this file.
 */

const wallM = 0.25;

/** Four walls around a rectangle, inner faces at ±x and ±z. */
function addWalls(
  { kit, palette }: BuildContext,
  half: { x: number; z: number },
  heightM: number,
): void {
  for (const side of [-1, 1]) {
    kit.mesh(box([half.x * 2 + wallM * 2, heightM, wallM], 2), palette.wall(), {
      at: [0, heightM / 2, side * (half.z + wallM / 2)],
    });
    kit.mesh(box([wallM, heightM, half.z * 2], 2), palette.wall(), {
      at: [side * (half.x + wallM / 2), heightM / 2, 0],
    });
  }
}

function makeLayout(kind: string, half: { x: number; z: number }, heightM: number): Layout {
  const [x, z] = [half.x - 0.15, half.z - 0.15];
  return {
    kind,
    floor: { x0: -x, x1: x, z0: -z, z1: z },
    bounds: new Box3(new Vector3(-x, 0.1, -z), new Vector3(x, heightM - 0.15, z)),
    cover: 'openings',
    taken: [],
    lampHeightM: heightM - 0.4,
  };
}

/** An open court with a roofed colonnade on all sides. */
function buildCourtyard(context: BuildContext): Layout {
  const { kit, random, palette } = context;
  const half = { x: random.range(4.5, 6), z: random.range(4.5, 6.5) };
  const heightM = random.range(3, 3.8);
  const walkM = random.range(1.5, 1.9);
  kit.mesh(box([half.x * 2 + 1, 0.2, half.z * 2 + 1], 2.2), palette.floor, { at: [0, -0.1, 0] });
  addWalls(context, half, heightM + 0.8);
  const roof: [Triple, Triple][] = [-1, 1].flatMap((side): [Triple, Triple][] => [
    [
      [half.x * 2, 0.2, walkM + 0.3],
      [0, heightM + 0.1, side * (half.z - (walkM + 0.3) / 2)],
    ],
    [
      [walkM + 0.3, 0.2, (half.z - walkM - 0.3) * 2],
      [side * (half.x - (walkM + 0.3) / 2), heightM + 0.1, 0],
    ],
  ]);
  kit.mesh(boxes(roof, 2), palette.trim);
  const layout = makeLayout('courtyard', half, heightM);
  layout.cover = 'open-air';
  layout.lampHeightM = heightM - 0.5;
  const shaft = column(heightM, random.range(0.15, 0.24), 20);
  const across = random.int(3, 4);
  const [cx, cz] = [half.x - walkM, half.z - walkM];
  for (let i = 0; i <= across; i++) {
    const t = (i / across) * 2 - 1;
    const places: [number, number][] = [
      [t * cx, -cz],
      [t * cx, cz],
    ];
    if (i > 0 && i < across) places.push([-cx, t * cz], [cx, t * cz]);
    for (const [x, z] of places) {
      kit.mesh(shaft, palette.trim, { at: [x, 0, z] });
      layout.taken.push({ x, z, radiusM: 0.4 });
    }
  }
  return layout;
}

/** A tall shaft with two flights and a landing, lit from a high window. */
function buildStairwell(context: BuildContext): Layout {
  const { kit, random, palette } = context;
  const half = { x: random.range(2.4, 3), z: random.range(3, 3.8) };
  const heightM = random.range(5, 6.2);
  const flightM = 1.25;
  kit.mesh(box([half.x * 2 + 0.5, 0.2, half.z * 2 + 0.5], 1.8), palette.floor, {
    at: [0, -0.1, 0],
  });
  kit.mesh(box([half.x * 2 + 0.5, 0.2, half.z * 2 + 0.5], 2), palette.wall(), {
    at: [0, heightM + 0.1, 0],
  });
  for (const side of [-1, 1]) {
    kit.mesh(box([wallM, heightM, half.z * 2 + wallM * 2], 2), palette.wall(), {
      at: [side * (half.x + wallM / 2), heightM / 2, 0],
    });
  }
  kit.mesh(box([half.x * 2, heightM, wallM], 2), palette.wall(), {
    at: [0, heightM / 2, half.z + wallM / 2],
  });
  const window = archWall({
    lengthM: half.x * 2,
    heightM: heightM - 2.2,
    thicknessM: wallM,
    openings: 2,
    openingWidthM: 1.3,
    springM: heightM - 3.6,
  });
  kit.mesh(window, palette.wall(), { at: [0, 2.2, -half.z - wallM / 2] });
  kit.mesh(box([half.x * 2, 2.2, wallM], 2), palette.wall(), { at: [0, 1.1, -half.z - wallM / 2] });
  const steps = 9;
  const flight = { widthM: flightM, riseM: 0.17, goingM: 0.27, count: steps };
  const landingY = flight.riseM * steps;
  const landingZ = -half.z + 0.7;
  const lower = placed(stairs(flight), [
    -half.x + flightM / 2,
    0,
    landingZ + 0.7 + flight.goingM * steps,
  ]);
  const landing = placed(box([half.x * 2, 0.18, 1.4]), [0, landingY - 0.09, landingZ]);
  kit.mesh(merged([lower, landing]), palette.trim);
  const treads = Array.from({ length: steps }, (_, i): [Triple, Triple] => [
    [flightM, 0.06, 0.31],
    [
      half.x - flightM / 2,
      landingY + flight.riseM * (i + 1),
      landingZ + 0.7 + flight.goingM * (i + 0.5),
    ],
  ]);
  kit.mesh(boxes(treads), palette.object());
  const rail: [Triple, Triple][] = [
    [
      [half.x * 2 - flightM * 2, 0.05, 0.05],
      [0, landingY + 0.9, landingZ + 0.68],
    ],
  ];
  for (let x = -half.x + flightM; x <= half.x - flightM; x += 0.14)
    rail.push([
      [0.02, 0.9, 0.02],
      [x, landingY + 0.45, landingZ + 0.68],
    ]);
  kit.mesh(boxes(rail), palette.metal);
  const layout = makeLayout('stairwell', half, heightM);
  layout.floor = {
    x0: -half.x + flightM + 0.1,
    x1: half.x - 0.2,
    z0: landingZ + 0.9,
    z1: half.z - 0.2,
  };
  layout.lampHeightM = Math.min(heightM - 0.4, 3.6);
  return layout;
}

/** A white-walled gallery: skylights across, pictures on the walls, plinths. */
function buildGallery(context: BuildContext): Layout {
  const { kit, random, palette } = context;
  const half = { x: random.range(3, 4), z: random.range(5, 6.5) };
  const heightM = random.range(3.4, 4.4);
  kit.mesh(box([half.x * 2 + 0.5, 0.2, half.z * 2 + 0.5], 1.6), palette.floor, {
    at: [0, -0.1, 0],
  });
  addWalls(context, half, heightM);
  const lights = random.int(3, 5);
  const bay = (half.z * 2) / lights;
  const wellM = random.range(0.5, 0.9);
  const openM = half.x * random.range(0.9, 1.5);
  const sideM = half.x + wallM - openM / 2;
  const ceiling: [Triple, Triple][] = [-1, 1].map((side) => [
    [sideM, 0.5, half.z * 2 + 0.5],
    [side * (openM / 2 + sideM / 2), heightM + 0.25, 0],
  ]);
  for (let i = 0; i <= lights; i++)
    ceiling.push([
      [openM, 0.5, bay - wellM],
      [0, heightM + 0.25, -half.z + bay * i],
    ]);
  kit.mesh(boxes(ceiling, 2), kit.material({ color: '#e8e6e0', roughness: 0.9 }));
  for (let i = 0; i < lights; i++) {
    for (const side of [-1, 1]) {
      const size: Triple = [0.05, random.range(0.8, 1.5), random.range(0.7, 1.5)];
      const at: Triple = [side * (half.x - 0.03), 1.6, -half.z + bay * (i + 0.5)];
      kit.mesh(roundedBox(size, 0.015, 0.9), palette.object(), { at });
    }
  }
  return makeLayout('gallery', half, heightM);
}

const builders = [buildCourtyard, buildStairwell, buildGallery] as const;

/** A scene for evaluation only; the seed also picks its layout. */
export function generateHeldOutScene(seed: number): DemoScene {
  return assembleScene({ name: `held-${seed}`, seed, family: 2, builders, seenInTraining: false });
}
