import { Group, IcosahedronGeometry, SphereGeometry } from 'three/webgpu';
import type { SceneKit, Triple } from './kit';
import { box, boxes, cloth, lathe, merged, placed, projectUv, roundedBox, stairs } from './shapes';

/** Distance of the column rows from the middle of the hall. */
export const rowM = 2.7;

/** Two hinged halves of a cloth; `phase` keeps banners out of step. */
export interface Banner {
  upper: Group;
  lower: Group;
  phase: number;
}

/** Banners between the columns: two hinged cloths each, so that they can wave as rigid parts. */
export function addBanners(kit: SceneKit): Banner[] {
  const looks: readonly { base: string; accent: string; at: Triple }[] = [
    { base: '#a3161c', accent: '#e9b44a', at: [-rowM + 0.02, 4.35, 4] },
    { base: '#164f86', accent: '#e8dcc0', at: [-rowM + 0.02, 4.35, 0] },
    { base: '#b96a12', accent: '#3a1d0c', at: [-rowM + 0.02, 4.35, -4] },
    { base: '#1c6b3f', accent: '#ecd9a0', at: [rowM - 0.02, 4.35, -4] },
    { base: '#a3161c', accent: '#e9b44a', at: [rowM - 0.02, 4.35, 0] },
  ];
  return looks.map(({ base, accent, at }, index) => {
    const maps = kit.maps({
      pattern: 'banner',
      seed: 30 + index,
      base,
      accent,
      columns: 5 + index,
    });
    const silk = kit.material({ maps, doubleSided: true });
    const upper = new Group();
    upper.position.set(...at);
    upper.rotation.order = 'YXZ';
    const lower = new Group();
    lower.position.set(0, -1.2, 0);
    kit.root.add(upper);
    upper.add(lower);
    for (const [group, half] of [
      [upper, 0],
      [lower, 1],
    ] as const) {
      const sheet = cloth({
        widthM: 1.5,
        heightM: 1.2,
        folds: 2,
        topFoldM: half ? 0.045 : 0.012,
        foldM: half ? 0.07 : 0.045,
      });
      const { uv } = sheet.attributes;
      // Each half shows its part of one picture.
      if (uv) for (let i = 0; i < uv.count; i++) uv.setY(i, (uv.getY(i) + 1 - half) / 2);
      kit.mesh(sheet, silk, { parent: group });
    }
    return { upper, lower, phase: index * 1.3 };
  });
}

/** Dais, plinth, benches, plants and the polished sphere. */
export function addFurniture(kit: SceneKit): void {
  const maps = kit.maps({
    pattern: 'concrete',
    seed: 41,
    base: '#a89a88',
    accent: '#7d7061',
    rows: 0,
  });
  const granite = kit.material({ maps });
  kit.mesh(stairs({ widthM: 5, riseM: 0.16, goingM: 0.34, count: 4, uvMetres: 2 }), granite, {
    at: [0, 0, -5.2],
  });
  kit.mesh(box([5, 0.64, 1.95], 2), granite, { at: [0, 0.32, -7.53] });
  const plinth = [
    roundedBox([1.5, 0.3, 1.5], 0.04, 2),
    placed(roundedBox([0.95, 0.8, 0.95], 0.03, 2), [0, 0.55, 0]),
  ];
  kit.mesh(merged(plinth), granite, { at: [0, 0.15, -1] });
  const chrome = kit.material({ color: '#eef0f2', roughness: 0.06, metalness: 1 });
  kit.mesh(new SphereGeometry(0.75, 56, 36), chrome, { at: [0, 1.39, -7.3] });
  const teak = kit.maps({
    pattern: 'planks',
    seed: 42,
    base: '#9a6a3c',
    accent: '#6b4423',
    rows: 4,
    roughness: [0.3, 0.7],
  });
  const bench: [Triple, Triple][] = [1.2, -3.2].flatMap((z): [Triple, Triple][] => [
    [
      [0.5, 0.07, 1.7],
      [1.75, 0.46, z],
    ],
    [
      [0.4, 0.43, 0.08],
      [1.75, 0.215, z - 0.6],
    ],
    [
      [0.4, 0.43, 0.08],
      [1.75, 0.215, z + 0.6],
    ],
  ]);
  kit.mesh(boxes(bench, 0.9), kit.material({ maps: teak }));
  addPlanters(kit);
}

function addPlanters(kit: SceneKit): void {
  const spots: [number, number][] = [
    [-1.75, 1.9],
    [-1.7, -3.4],
    [3.9, 4],
    [3.9, 0],
    [-3.9, 0.2],
  ];
  const profile = [
    [0, 0],
    [0.26, 0],
    [0.36, 0.42],
    [0.4, 0.44],
    [0.4, 0.52],
    [0.35, 0.52],
    [0.33, 0.44],
    [0, 0.44],
  ] as const;
  const pots = spots.map(([x, z]) => placed(lathe(profile, 24), [x, 0, z]));
  kit.mesh(merged(pots), kit.material({ color: '#b5542c', roughness: 0.75 }));
  const shrubs = spots.flatMap(([x, z], index) =>
    [0, 1, 2, 3].map((i) => {
      const angle = i * 2.1 + index;
      const leaf = new IcosahedronGeometry(0.3 - 0.03 * i, 2);
      return placed(leaf, [
        x + 0.16 * Math.cos(angle),
        0.68 + 0.17 * i,
        z + 0.16 * Math.sin(angle),
      ]);
    }),
  );
  kit.mesh(projectUv(merged(shrubs), 1), kit.material({ color: '#4a7a2c', roughness: 0.85 }));
}
