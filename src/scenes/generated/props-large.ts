import { CylinderGeometry, TorusGeometry } from 'three/webgpu';
import type { Triple } from '../kit';
import { box, boxes, merged, placed, projectUv } from '../shapes';
import { type Maker, stand } from './prop';

const plank: Maker = (random, size) =>
  stand(box([size * 0.35, size * random.range(1.2, 2.2), 0.03], 0.8), [
    random.range(0.15, 0.6),
    random.range(0, 6),
    0,
  ]);

/** Rods, lattices and wires: thin things that a low resolution frame breaks up. */
const thin: Maker = (random, size) => {
  const bar = random.range(0.008, 0.025);
  const height = size * random.range(1, 2.4);
  const parts: [Triple, Triple][] = [];
  const count = random.int(3, 9);
  for (let i = 0; i < count; i++) {
    const x = (i / (count - 1) - 0.5) * size;
    parts.push([
      [bar, height, bar],
      [x, height / 2, 0],
    ]);
  }
  for (const y of [0.04, height * 0.5, height - 0.02])
    parts.push([
      [size + bar, bar, bar],
      [0, y, 0],
    ]);
  parts.push(
    [
      [bar, bar, size * 0.6],
      [-size / 2, bar / 2, 0],
    ],
    [
      [bar, bar, size * 0.6],
      [size / 2, bar / 2, 0],
    ],
  );
  return stand(boxes(parts), [0, random.range(0, 3), 0]);
};

const table: Maker = (random, size) => {
  const [w, d] = [size * random.range(1, 2), size * random.range(0.8, 1.2)];
  const h = random.range(0.4, 0.8);
  const leg = random.range(0.03, 0.09);
  const parts: [Triple, Triple][] = [
    [
      [w, 0.05, d],
      [0, h - 0.025, 0],
    ],
  ];
  for (const x of [-1, 1]) {
    for (const z of [-1, 1])
      parts.push([
        [leg, h - 0.05, leg],
        [x * (w / 2 - leg), (h - 0.05) / 2, z * (d / 2 - leg)],
      ]);
  }
  return stand(boxes(parts), [0, random.range(0, 3), 0], true);
};

const shelf: Maker = (random, size) => {
  const [w, h, d] = [size * random.range(1, 1.8), random.range(1.2, 2), random.range(0.25, 0.4)];
  const boards = random.int(3, 5);
  const parts: [Triple, Triple][] = [-1, 1].map((x) => [
    [0.03, h, d],
    [(x * w) / 2, h / 2, 0],
  ]);
  if (random.chance(0.5))
    parts.push([
      [w, h, 0.015],
      [0, h / 2, -d / 2],
    ]);
  for (let i = 0; i < boards; i++) {
    const y = 0.05 + (i * (h - 0.1)) / (boards - 1);
    parts.push([
      [w, 0.03, d],
      [0, y, 0],
    ]);
    if (i === boards - 1) continue;
    // Books and boxes fill part of each board.
    for (let x = -w / 2 + 0.05; x < w / 2 - 0.12; x += random.range(0.07, 0.25)) {
      const size: Triple = [
        random.range(0.03, 0.07),
        random.range(0.12, (h / boards) * 0.7),
        d * 0.7,
      ];
      if (random.chance(0.6)) parts.push([size, [x + size[0] / 2, y + 0.015 + size[1] / 2, 0]]);
    }
  }
  return stand(boxes(parts, 0.6), [0, random.pick([0, Math.PI / 2, Math.PI, -Math.PI / 2]), 0]);
};

const steps: Maker = (random, size) => {
  const parts: [Triple, Triple][] = [];
  const count = random.int(2, 4);
  for (let i = 0; i < count; i++)
    parts.push([
      [size, 0.18 * (i + 1), 0.28],
      [0, 0.09 * (i + 1), -0.28 * i],
    ]);
  return stand(boxes(parts, 0.9), [0, random.pick([0, 1.57, 3.14, 4.71]), 0]);
};

const pillar: Maker = (random, size) => {
  const h = random.range(1, 2.2);
  const r = size * 0.2;
  const parts = [
    new CylinderGeometry(r, r, h - 0.2, 24).translate(0, h / 2, 0),
    placed(projectUv(box([r * 2.6, 0.1, r * 2.6]), 1), [0, 0.05, 0]),
    placed(projectUv(box([r * 2.6, 0.1, r * 2.6]), 1), [0, h - 0.05, 0]),
  ];
  return stand(merged(parts), [0, random.range(0, 1), 0], true);
};

const arch: Maker = (random, size) => {
  const geometry = new TorusGeometry(size * 0.7, size * random.range(0.08, 0.16), 10, 32, Math.PI);
  return stand(geometry, [0, random.range(0, 3), 0]);
};

/** Furniture and building parts. */
export const furniture = {
  plank,
  thin,
  table,
  shelf,
  steps,
  pillar,
  arch,
} as const satisfies Record<string, Maker>;
