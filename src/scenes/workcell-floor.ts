import {
  CylinderGeometry,
  type Mesh,
  type MeshStandardMaterial,
  SphereGeometry,
  TorusGeometry,
} from 'three/webgpu';
import type { SceneKit, Triple } from './kit';
import { createRandom } from './random';
import { box, boxes, lathe, merged, placed, roundedBox } from './shapes';

/** Inner size of the factory hall. */
export const hall = { halfWidthM: 5, backM: -3.6, frontM: 5, heightM: 4.4 } as const;
/** Travel of the conveyor's boxes; the ends hide in the tunnels. */
export const conveyor = { zM: -1.75, topM: 0.78, spacingM: 1.1, count: 6 } as const;

/** Floor, walls, ceiling and the lines painted around the cell. */
export function addHall(kit: SceneKit): void {
  const slab = kit.maps({
    pattern: 'concrete',
    seed: 61,
    base: '#8f918f',
    accent: '#6f706c',
    sizePx: 512,
    rows: 2,
    columns: 2,
    wear: 0.55,
    roughness: [0.16, 0.62],
  });
  const paint = kit.maps({
    pattern: 'plaster',
    seed: 62,
    base: '#d4d7d6',
    accent: '#b9bfc0',
    wear: 0.5,
    roughness: [0.55, 0.85],
  });
  const lines = kit.maps({
    pattern: 'hazard',
    seed: 63,
    base: '#e9b411',
    accent: '#1d1d1c',
    columns: 4,
    wear: 0.7,
    roughness: [0.35, 0.8],
  });
  const { halfWidthM, backM, frontM, heightM } = hall;
  const depthM = frontM - backM;
  const midZ = (frontM + backM) / 2;
  kit.mesh(box([halfWidthM * 2, 0.1, depthM], 5), kit.material({ maps: slab }), { at: [0, -0.05, midZ] });
  const shell: [Triple, Triple][] = [
    [[halfWidthM * 2 + 0.4, heightM, 0.2], [0, heightM / 2, backM - 0.1]],
    [[halfWidthM * 2 + 0.4, heightM, 0.2], [0, heightM / 2, frontM + 0.1]],
    [[0.2, heightM, depthM], [-halfWidthM - 0.1, heightM / 2, midZ]],
    [[0.2, heightM, depthM], [halfWidthM + 0.1, heightM / 2, midZ]],
    [[halfWidthM * 2 + 0.4, 0.2, depthM + 0.4], [0, heightM + 0.1, midZ]],
  ];
  kit.mesh(boxes(shell, 3), kit.material({ maps: paint }));
  const dado: [Triple, Triple][] = [
    [[halfWidthM * 2, 1.15, 0.02], [0, 0.575, backM + 0.01]],
    [[0.02, 1.15, depthM], [-halfWidthM + 0.01, 0.575, midZ]],
    [[0.02, 1.15, depthM], [halfWidthM - 0.01, 0.575, midZ]],
  ];
  kit.mesh(boxes(dado, 3), kit.material({ maps: paint, color: '#2f6f8f' }));
  const border: [Triple, Triple][] = [
    [[5, 0.006, 0.16], [0, 0.003, 1.75]],
    [[0.16, 0.006, 3.34], [-2.42, 0.003, 0]],
    [[0.16, 0.006, 3.34], [2.42, 0.003, 0]],
  ];
  kit.mesh(boxes(border, 0.64), kit.material({ maps: lines }));
}

/** Beams, ducts and pipes: the thin and round things that make a hall a factory. */
export function addStructure(kit: SceneKit, steel: MeshStandardMaterial): void {
  const { halfWidthM, backM, heightM } = hall;
  const frame: [Triple, Triple][] = [-4.2, 0, 4.2].flatMap((x): [Triple, Triple][] => [
    [[0.24, heightM, 0.03], [x, heightM / 2, backM + 0.23]],
    [[0.03, heightM, 0.2], [x, heightM / 2, backM + 0.12]],
    [[0.24, heightM, 0.03], [x, heightM / 2, backM + 0.035]],
    [[0.18, 0.26, 8.4], [x, heightM - 0.14, 0.7]],
  ]);
  kit.mesh(boxes(frame), kit.material({ color: '#5f7178', roughness: 0.55 }));
  const pipes = [3.05, 3.3].map((y, i) => {
    const pipe = new CylinderGeometry(0.06 + 0.03 * i, 0.06 + 0.03 * i, halfWidthM * 2, 20);
    pipe.rotateZ(Math.PI / 2);
    return placed(pipe, [0, y, backM + 0.36]);
  });
  kit.mesh(merged(pipes), steel);
}

/** Posts and welded bars behind the cell. */
export function addFence(kit: SceneKit): void {
  const posts: [Triple, Triple][] = [-2.9, -1.45, 0, 1.45, 2.9].map((x) => [[0.07, 1.9, 0.07], [x, 0.95, -2.65]]);
  kit.mesh(boxes(posts), kit.material({ color: '#f2b705', roughness: 0.45 }));
  const bars: [Triple, Triple][] = [];
  for (let x = -2.84; x < 2.86; x += 0.1) bars.push([[0.012, 1.6, 0.012], [x, 1.0, -2.65]]);
  for (const y of [0.22, 1.0, 1.78]) bars.push([[5.8, 0.025, 0.025], [0, y, -2.65]]);
  kit.mesh(boxes(bars), kit.material({ color: '#33363a', roughness: 0.5 }));
}

/** The belt with its frame and tunnels; returns the boxes that ride on it. */
export function addConveyor(kit: SceneKit, steel: MeshStandardMaterial, dark: MeshStandardMaterial): Mesh[] {
  const { zM, topM, spacingM, count } = conveyor;
  const rails: [Triple, Triple][] = [-0.31, 0.31].map((z) => [[6, 0.12, 0.04], [0, topM - 0.03, zM + z]]);
  for (const x of [-2.2, -0.8, 0.8, 2.2]) {
    for (const z of [-0.28, 0.28]) rails.push([[0.06, topM - 0.06, 0.06], [x, (topM - 0.06) / 2, zM + z]]);
  }
  kit.mesh(boxes(rails), steel);
  kit.mesh(box([6.2, 0.05, 0.58]), dark, { at: [0, topM - 0.025, zM] });
  const tunnels: [Triple, Triple][] = [-1, 1].flatMap((side): [Triple, Triple][] => [
    [[1.3, 0.1, 0.9], [side * 3.05, topM + 0.5, zM]],
    [[1.3, topM + 0.45, 0.1], [side * 3.05, (topM + 0.45) / 2, zM + 0.4]],
    [[1.3, topM + 0.45, 0.1], [side * 3.05, (topM + 0.45) / 2, zM - 0.4]],
    [[0.1, topM + 0.45, 0.9], [side * 3.68, (topM + 0.45) / 2, zM]],
  ]);
  kit.mesh(boxes(tunnels), kit.material({ color: '#dfe3e4', roughness: 0.4 }));
  const cardboard = kit.material({ color: '#b98a58', roughness: 0.85 });
  const blue = kit.material({ color: '#2a62b8', roughness: 0.4 });
  const crate = roundedBox([0.34, 0.26, 0.3], 0.012);
  return Array.from({ length: count }, (_, i) =>
    kit.mesh(crate, i % 3 === 1 ? blue : cardboard, { at: [(i - count / 2) * spacingM, topM + 0.13, zM] }),
  );
}

/** An open-topped crate, its floor at y = 0. */
function openBin(widthM: number, heightM: number, depthM: number): ReturnType<typeof boxes> {
  const wall = 0.025;
  return boxes([
    [[widthM, wall, depthM], [0, wall / 2, 0]],
    [[widthM, heightM, wall], [0, heightM / 2, depthM / 2]],
    [[widthM, heightM, wall], [0, heightM / 2, -depthM / 2]],
    [[wall, heightM, depthM], [widthM / 2, heightM / 2, 0]],
    [[wall, heightM, depthM], [-widthM / 2, heightM / 2, 0]],
    [[widthM + 0.06, 0.03, 0.05], [0, heightM, depthM / 2 + 0.015]],
    [[widthM + 0.06, 0.03, 0.05], [0, heightM, -depthM / 2 - 0.015]],
  ]);
}

/** Two bins of loose parts that stand in front of the robot. */
export function addBins(kit: SceneKit, steel: MeshStandardMaterial): void {
  const random = createRandom(77);
  const red = kit.material({ color: '#b3261e', roughness: 0.42 });
  const grey = kit.material({ color: '#67717a', roughness: 0.5 });
  const copper = kit.material({ color: '#d8875a', roughness: 0.28, metalness: 1 });
  const place = (x: number, z: number): Triple => [
    x + random.range(-0.24, 0.24),
    random.range(0.1, 0.27),
    z + random.range(-0.15, 0.15),
  ];
  kit.mesh(openBin(0.72, 0.34, 0.52), red, { at: [-0.45, 0, 1.2], turn: [0, 0.08, 0] });
  kit.mesh(openBin(0.72, 0.34, 0.52), grey, { at: [0.5, 0, 1.22], turn: [0, -0.1, 0] });
  const rings = Array.from({ length: 26 }, () => {
    const ring = new TorusGeometry(0.07, 0.024, 10, 20);
    ring.rotateX(random.range(0, 3));
    return placed(ring, place(-0.45, 1.2), random.range(0, 6));
  });
  kit.mesh(merged(rings), steel);
  const balls = Array.from({ length: 30 }, () =>
    placed(new SphereGeometry(random.range(0.045, 0.065), 16, 12), place(0.5, 1.22)),
  );
  kit.mesh(merged(balls), copper);
}

/** Height of the tray's and of the stand's surface. */
export const workTopM = 0.62;
/** A turned housing: the part that the robot carries; its foot stands at y = 0. */
export const partGeometry = (): ReturnType<typeof lathe> =>
  lathe(
    [
      [0, 0],
      [0.085, 0],
      [0.085, 0.03],
      [0.062, 0.045],
      [0.062, 0.11],
      [0.07, 0.115],
      [0.07, 0.13],
      [0.035, 0.13],
      [0.035, 0.06],
      [0, 0.06],
    ],
    28,
  );

/** A tray with eight waiting parts around the free slot in its middle. */
export function addTray(kit: SceneKit, steel: MeshStandardMaterial, at: readonly [number, number]): void {
  const [x, z] = at;
  const table: [Triple, Triple][] = [
    [[0.86, 0.05, 0.86], [0, workTopM - 0.045, 0]],
    ...[-0.36, 0.36].flatMap((a): [Triple, Triple][] =>
      [-0.36, 0.36].map((b) => [[0.06, workTopM - 0.07, 0.06], [a, (workTopM - 0.07) / 2, b]]),
    ),
  ];
  kit.mesh(boxes(table), kit.material({ color: '#3f474d', roughness: 0.5 }), { at: [x, 0, z] });
  kit.mesh(roundedBox([0.8, 0.02, 0.8], 0.008), kit.material({ color: '#1f4f9c', roughness: 0.35 }), {
    at: [x, workTopM - 0.01, z],
  });
  const slots = [-1, 0, 1].flatMap((i) => [-1, 0, 1].map((j) => [i, j] as const));
  const parts = slots
    .filter(([i, j]) => i !== 0 || j !== 0)
    .map(([i, j]) => placed(partGeometry(), [x + i * 0.25, workTopM, z + j * 0.25]));
  kit.mesh(merged(parts), steel);
}
