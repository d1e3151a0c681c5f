import {
  type BufferGeometry,
  CapsuleGeometry,
  ConeGeometry,
  CylinderGeometry,
  Euler,
  Matrix4,
  SphereGeometry,
  TorusGeometry,
  TorusKnotGeometry,
} from 'three/webgpu';
import type { Triple } from '../kit';
import type { Random } from '../random';
import { box, boxes, lathe, merged, placed, projectUv, roundedBox } from '../shapes';

/** A thing that stands: its foot is at y = 0 and it is centred in x and z. */
export interface Prop {
  geometry: BufferGeometry;
  /** Half of its larger horizontal extent. */
  radiusM: number;
  heightM: number;
  /** Flat on top, so that something can stand on it. */
  flat: boolean;
}

/** Turns a geometry and puts it on its foot. */
function stand(geometry: BufferGeometry, turn: Triple, flat = false): Prop {
  geometry.applyMatrix4(new Matrix4().makeRotationFromEuler(new Euler(...turn)));
  geometry.computeBoundingBox();
  const bounds = geometry.boundingBox;
  if (!bounds) throw new TypeError('stand: geometry without positions');
  const { min, max } = bounds;
  geometry.translate(-(min.x + max.x) / 2, -min.y, -(min.z + max.z) / 2);
  const radiusM = Math.max(max.x - min.x, max.z - min.z) / 2;
  return { geometry, radiusM, heightM: max.y - min.y, flat };
}

type Maker = (random: Random, size: number) => Prop;

const boxy: Maker = (random, size) => {
  const sides: Triple = [size * random.range(0.5, 1), size * random.range(0.3, 1.2), size * random.range(0.5, 1)];
  const turn: Triple = [0, random.range(0, Math.PI), 0];
  return stand(random.chance(0.5) ? box(sides, 0.8) : roundedBox(sides, random.range(0.01, 0.08), 0.8), turn, true);
};

const cylinder: Maker = (random, size) => {
  const r = size * random.range(0.2, 0.5);
  const geometry = new CylinderGeometry(r * random.range(0.7, 1), r, size * random.range(0.4, 1.4), 32);
  const lying = random.chance(0.25);
  return stand(geometry, lying ? [Math.PI / 2, random.range(0, 3), 0] : [0, 0, 0], !lying);
};

const ball: Maker = (random, size) => stand(new SphereGeometry(size * random.range(0.3, 0.5), 28, 18), [0, 0, 0]);

const capsule: Maker = (random, size) => {
  const geometry = new CapsuleGeometry(size * 0.2, size * random.range(0.3, 0.8), 6, 20);
  return stand(geometry, [random.chance(0.5) ? Math.PI / 2 : random.range(0, 0.5), random.range(0, 3), 0]);
};

const torus: Maker = (random, size) => {
  const tube = size * random.range(0.06, 0.16);
  const geometry = new TorusGeometry(size * 0.42, tube, 12, 36);
  const leaning = random.range(0.9, 1.35);
  return stand(geometry, [random.chance(0.5) ? Math.PI / 2 : leaning, random.range(0, 3), 0]);
};

const knot: Maker = (random, size) => {
  const geometry = new TorusKnotGeometry(size * 0.32, size * 0.1, 80, 12, random.int(2, 3), random.pick([3, 5]));
  return stand(geometry, [random.range(0, 3), random.range(0, 3), 0]);
};

const cone: Maker = (random, size) =>
  stand(new ConeGeometry(size * random.range(0.2, 0.45), size * random.range(0.6, 1.2), 32), [0, 0, 0]);

const vase: Maker = (random, size) => {
  const r = (): number => size * random.range(0.14, 0.34);
  const h = size * random.range(0.8, 1.4);
  return stand(
    lathe(
      [
        [0, 0],
        [r(), 0],
        [r(), h * 0.25],
        [r(), h * 0.5],
        [r() * 0.6, h * 0.8],
        [r() * 0.8, h],
        [0, h],
      ],
      28,
    ),
    [0, 0, 0],
  );
};

const plank: Maker = (random, size) =>
  stand(box([size * 0.35, size * random.range(1.2, 2.2), 0.03], 0.8), [random.range(0.15, 0.6), random.range(0, 6), 0]);

/** Rods, lattices and wires: thin things that a low resolution frame breaks up. */
const thin: Maker = (random, size) => {
  const bar = random.range(0.008, 0.025);
  const height = size * random.range(1, 2.4);
  const parts: [Triple, Triple][] = [];
  const count = random.int(3, 9);
  for (let i = 0; i < count; i++) {
    const x = (i / (count - 1) - 0.5) * size;
    parts.push([[bar, height, bar], [x, height / 2, 0]]);
  }
  for (const y of [0.04, height * 0.5, height - 0.02]) parts.push([[size + bar, bar, bar], [0, y, 0]]);
  parts.push([[bar, bar, size * 0.6], [-size / 2, bar / 2, 0]], [[bar, bar, size * 0.6], [size / 2, bar / 2, 0]]);
  return stand(boxes(parts), [0, random.range(0, 3), 0]);
};

const table: Maker = (random, size) => {
  const [w, d] = [size * random.range(1, 2), size * random.range(0.8, 1.2)];
  const h = random.range(0.4, 0.8);
  const leg = random.range(0.03, 0.09);
  const parts: [Triple, Triple][] = [[[w, 0.05, d], [0, h - 0.025, 0]]];
  for (const x of [-1, 1]) {
    for (const z of [-1, 1]) parts.push([[leg, h - 0.05, leg], [x * (w / 2 - leg), (h - 0.05) / 2, z * (d / 2 - leg)]]);
  }
  return stand(boxes(parts), [0, random.range(0, 3), 0], true);
};

const shelf: Maker = (random, size) => {
  const [w, h, d] = [size * random.range(1, 1.8), random.range(1.2, 2), random.range(0.25, 0.4)];
  const boards = random.int(3, 5);
  const parts: [Triple, Triple][] = [-1, 1].map((x) => [[0.03, h, d], [(x * w) / 2, h / 2, 0]]);
  if (random.chance(0.5)) parts.push([[w, h, 0.015], [0, h / 2, -d / 2]]);
  for (let i = 0; i < boards; i++) {
    const y = 0.05 + (i * (h - 0.1)) / (boards - 1);
    parts.push([[w, 0.03, d], [0, y, 0]]);
    if (i === boards - 1) continue;
    // Books and boxes fill part of each board.
    for (let x = -w / 2 + 0.05; x < w / 2 - 0.12; x += random.range(0.07, 0.25)) {
      const size: Triple = [random.range(0.03, 0.07), random.range(0.12, (h / boards) * 0.7), d * 0.7];
      if (random.chance(0.6)) parts.push([size, [x + size[0] / 2, y + 0.015 + size[1] / 2, 0]]);
    }
  }
  return stand(boxes(parts, 0.6), [0, random.pick([0, Math.PI / 2, Math.PI, -Math.PI / 2]), 0]);
};

const steps: Maker = (random, size) => {
  const parts: [Triple, Triple][] = [];
  const count = random.int(2, 4);
  for (let i = 0; i < count; i++) parts.push([[size, 0.18 * (i + 1), 0.28], [0, 0.09 * (i + 1), -0.28 * i]]);
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

const small: readonly Maker[] = [boxy, boxy, ball, ball, cylinder, capsule, torus, knot, cone, vase];
const large: readonly Maker[] = [table, table, shelf, steps, pillar, pillar, plank, thin, arch, boxy];

/** Something of hand or chair size. */
export const smallProp = (random: Random, size: number): Prop => random.pick(small)(random, size);
/** Something of furniture size. */
export const largeProp = (random: Random, size: number): Prop => random.pick(large)(random, size);
/** A box, for stacks. */
export const boxProp = (random: Random, size: number): Prop => boxy(random, size);
