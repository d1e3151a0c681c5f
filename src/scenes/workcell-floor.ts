import { CylinderGeometry, type MeshStandardMaterial } from 'three/webgpu';
import type { SceneKit, Triple } from './kit';
import { box, boxes, merged, placed } from './shapes';

/** Inner size of the factory hall. */
export const hall = { halfWidthM: 5, backM: -3.6, frontM: 5, heightM: 4.4 } as const;

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
  kit.mesh(box([halfWidthM * 2, 0.1, depthM], 5), kit.material({ maps: slab }), {
    at: [0, -0.05, midZ],
  });
  const shell: [Triple, Triple][] = [
    [
      [halfWidthM * 2 + 0.4, heightM, 0.2],
      [0, heightM / 2, backM - 0.1],
    ],
    [
      [halfWidthM * 2 + 0.4, heightM, 0.2],
      [0, heightM / 2, frontM + 0.1],
    ],
    [
      [0.2, heightM, depthM],
      [-halfWidthM - 0.1, heightM / 2, midZ],
    ],
    [
      [0.2, heightM, depthM],
      [halfWidthM + 0.1, heightM / 2, midZ],
    ],
    [
      [halfWidthM * 2 + 0.4, 0.2, depthM + 0.4],
      [0, heightM + 0.1, midZ],
    ],
  ];
  kit.mesh(boxes(shell, 3), kit.material({ maps: paint }));
  const dado: [Triple, Triple][] = [
    [
      [halfWidthM * 2, 1.15, 0.02],
      [0, 0.575, backM + 0.01],
    ],
    [
      [0.02, 1.15, depthM],
      [-halfWidthM + 0.01, 0.575, midZ],
    ],
    [
      [0.02, 1.15, depthM],
      [halfWidthM - 0.01, 0.575, midZ],
    ],
  ];
  kit.mesh(boxes(dado, 3), kit.material({ maps: paint, color: '#2f6f8f' }));
  const border: [Triple, Triple][] = [
    [
      [5, 0.006, 0.16],
      [0, 0.003, 1.75],
    ],
    [
      [0.16, 0.006, 3.34],
      [-2.42, 0.003, 0],
    ],
    [
      [0.16, 0.006, 3.34],
      [2.42, 0.003, 0],
    ],
  ];
  kit.mesh(boxes(border, 0.64), kit.material({ maps: lines }));
}

/** Beams, ducts and pipes: the thin and round things that make a hall a factory. */
export function addStructure(kit: SceneKit, steel: MeshStandardMaterial): void {
  const { halfWidthM, backM, heightM } = hall;
  const frame: [Triple, Triple][] = [-4.2, 0, 4.2].flatMap((x): [Triple, Triple][] => [
    [
      [0.24, heightM, 0.03],
      [x, heightM / 2, backM + 0.23],
    ],
    [
      [0.03, heightM, 0.2],
      [x, heightM / 2, backM + 0.12],
    ],
    [
      [0.24, heightM, 0.03],
      [x, heightM / 2, backM + 0.035],
    ],
    [
      [0.18, 0.26, 8.4],
      [x, heightM - 0.14, 0.7],
    ],
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
  const posts: [Triple, Triple][] = [-2.9, -1.45, 0, 1.45, 2.9].map((x) => [
    [0.07, 1.9, 0.07],
    [x, 0.95, -2.65],
  ]);
  kit.mesh(boxes(posts), kit.material({ color: '#f2b705', roughness: 0.45 }));
  const bars: [Triple, Triple][] = [];
  for (let x = -2.84; x < 2.86; x += 0.1)
    bars.push([
      [0.012, 1.6, 0.012],
      [x, 1.0, -2.65],
    ]);
  for (const y of [0.22, 1.0, 1.78])
    bars.push([
      [5.8, 0.025, 0.025],
      [0, y, -2.65],
    ]);
  kit.mesh(boxes(bars), kit.material({ color: '#33363a', roughness: 0.5 }));
}
