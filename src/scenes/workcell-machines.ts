import { type Mesh, type MeshStandardMaterial, SphereGeometry, TorusGeometry } from 'three/webgpu';
import type { SceneKit, Triple } from './kit';
import { createRandom } from './random';
import { box, boxes, lathe, merged, placed, roundedBox } from './shapes';

/** Travel of the conveyor's boxes; the ends hide in the tunnels. */
export const conveyor = { zM: -1.75, topM: 0.78, spacingM: 1.1, count: 6 } as const;

/** The belt with its frame and tunnels; returns the boxes that ride on it. */
export function addConveyor(
  kit: SceneKit,
  steel: MeshStandardMaterial,
  dark: MeshStandardMaterial,
): Mesh[] {
  const { zM, topM, spacingM, count } = conveyor;
  const rails: [Triple, Triple][] = [-0.31, 0.31].map((z) => [
    [6, 0.12, 0.04],
    [0, topM - 0.03, zM + z],
  ]);
  for (const x of [-2.2, -0.8, 0.8, 2.2]) {
    for (const z of [-0.28, 0.28])
      rails.push([
        [0.06, topM - 0.06, 0.06],
        [x, (topM - 0.06) / 2, zM + z],
      ]);
  }
  kit.mesh(boxes(rails), steel);
  kit.mesh(box([6.2, 0.05, 0.58]), dark, { at: [0, topM - 0.025, zM] });
  const tunnels: [Triple, Triple][] = [-1, 1].flatMap((side): [Triple, Triple][] => [
    [
      [1.3, 0.1, 0.9],
      [side * 3.05, topM + 0.5, zM],
    ],
    [
      [1.3, topM + 0.45, 0.1],
      [side * 3.05, (topM + 0.45) / 2, zM + 0.4],
    ],
    [
      [1.3, topM + 0.45, 0.1],
      [side * 3.05, (topM + 0.45) / 2, zM - 0.4],
    ],
    [
      [0.1, topM + 0.45, 0.9],
      [side * 3.68, (topM + 0.45) / 2, zM],
    ],
  ]);
  kit.mesh(boxes(tunnels), kit.material({ color: '#dfe3e4', roughness: 0.4 }));
  const cardboard = kit.material({ color: '#b98a58', roughness: 0.85 });
  const blue = kit.material({ color: '#2a62b8', roughness: 0.4 });
  const crate = roundedBox([0.34, 0.26, 0.3], 0.012);
  return Array.from({ length: count }, (_, i) =>
    kit.mesh(crate, i % 3 === 1 ? blue : cardboard, {
      at: [(i - count / 2) * spacingM, topM + 0.13, zM],
    }),
  );
}

/** An open-topped crate, its floor at y = 0. */
function openBin(widthM: number, heightM: number, depthM: number): ReturnType<typeof boxes> {
  const wall = 0.025;
  return boxes([
    [
      [widthM, wall, depthM],
      [0, wall / 2, 0],
    ],
    [
      [widthM, heightM, wall],
      [0, heightM / 2, depthM / 2],
    ],
    [
      [widthM, heightM, wall],
      [0, heightM / 2, -depthM / 2],
    ],
    [
      [wall, heightM, depthM],
      [widthM / 2, heightM / 2, 0],
    ],
    [
      [wall, heightM, depthM],
      [-widthM / 2, heightM / 2, 0],
    ],
    [
      [widthM + 0.06, 0.03, 0.05],
      [0, heightM, depthM / 2 + 0.015],
    ],
    [
      [widthM + 0.06, 0.03, 0.05],
      [0, heightM, -depthM / 2 - 0.015],
    ],
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
export function addTray(
  kit: SceneKit,
  steel: MeshStandardMaterial,
  at: readonly [number, number],
): void {
  const [x, z] = at;
  const table: [Triple, Triple][] = [
    [
      [0.86, 0.05, 0.86],
      [0, workTopM - 0.045, 0],
    ],
    ...[-0.36, 0.36].flatMap((a): [Triple, Triple][] =>
      [-0.36, 0.36].map((b) => [
        [0.06, workTopM - 0.07, 0.06],
        [a, (workTopM - 0.07) / 2, b],
      ]),
    ),
  ];
  kit.mesh(boxes(table), kit.material({ color: '#3f474d', roughness: 0.5 }), { at: [x, 0, z] });
  kit.mesh(
    roundedBox([0.8, 0.02, 0.8], 0.008),
    kit.material({ color: '#1f4f9c', roughness: 0.35 }),
    {
      at: [x, workTopM - 0.01, z],
    },
  );
  const slots = [-1, 0, 1].flatMap((i) => [-1, 0, 1].map((j) => [i, j] as const));
  const parts = slots
    .filter(([i, j]) => i !== 0 || j !== 0)
    .map(([i, j]) => placed(partGeometry(), [x + i * 0.25, workTopM, z + j * 0.25]));
  kit.mesh(merged(parts), steel);
}
