import {
  CapsuleGeometry,
  ConeGeometry,
  CylinderGeometry,
  SphereGeometry,
  TorusGeometry,
  TorusKnotGeometry,
} from 'three/webgpu';
import type { Triple } from '../kit';
import type { Random } from '../random';
import { box, lathe, roundedBox } from '../shapes';
import { type Maker, type Prop, stand } from './prop';
import { furniture } from './props-large';

const boxy: Maker = (random, size) => {
  const sides: Triple = [
    size * random.range(0.5, 1),
    size * random.range(0.3, 1.2),
    size * random.range(0.5, 1),
  ];
  const turn: Triple = [0, random.range(0, Math.PI), 0];
  return stand(
    random.chance(0.5) ? box(sides, 0.8) : roundedBox(sides, random.range(0.01, 0.08), 0.8),
    turn,
    true,
  );
};

const cylinder: Maker = (random, size) => {
  const r = size * random.range(0.2, 0.5);
  const geometry = new CylinderGeometry(
    r * random.range(0.7, 1),
    r,
    size * random.range(0.4, 1.4),
    32,
  );
  const lying = random.chance(0.25);
  return stand(geometry, lying ? [Math.PI / 2, random.range(0, 3), 0] : [0, 0, 0], !lying);
};

const ball: Maker = (random, size) =>
  stand(new SphereGeometry(size * random.range(0.3, 0.5), 28, 18), [0, 0, 0]);

const capsule: Maker = (random, size) => {
  const geometry = new CapsuleGeometry(size * 0.2, size * random.range(0.3, 0.8), 6, 20);
  return stand(geometry, [
    random.chance(0.5) ? Math.PI / 2 : random.range(0, 0.5),
    random.range(0, 3),
    0,
  ]);
};

const torus: Maker = (random, size) => {
  const tube = size * random.range(0.06, 0.16);
  const geometry = new TorusGeometry(size * 0.42, tube, 12, 36);
  const leaning = random.range(0.9, 1.35);
  return stand(geometry, [random.chance(0.5) ? Math.PI / 2 : leaning, random.range(0, 3), 0]);
};

const knot: Maker = (random, size) => {
  const geometry = new TorusKnotGeometry(
    size * 0.32,
    size * 0.1,
    80,
    12,
    random.int(2, 3),
    random.pick([3, 5]),
  );
  return stand(geometry, [random.range(0, 3), random.range(0, 3), 0]);
};

const cone: Maker = (random, size) =>
  stand(
    new ConeGeometry(size * random.range(0.2, 0.45), size * random.range(0.6, 1.2), 32),
    [0, 0, 0],
  );

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

const small: readonly Maker[] = [
  boxy,
  boxy,
  ball,
  ball,
  cylinder,
  capsule,
  torus,
  knot,
  cone,
  vase,
];
const { table, shelf, steps, pillar, plank, thin, arch } = furniture;
const large: readonly Maker[] = [
  table,
  table,
  shelf,
  steps,
  pillar,
  pillar,
  plank,
  thin,
  arch,
  boxy,
];

/** Something of hand or chair size. */
export const smallProp = (random: Random, size: number): Prop => random.pick(small)(random, size);
/** Something of furniture size. */
export const largeProp = (random: Random, size: number): Prop => random.pick(large)(random, size);
/** A box, for stacks. */
export const boxProp = (random: Random, size: number): Prop => boxy(random, size);
