import { CatmullRomCurve3, CylinderGeometry, TorusGeometry, TubeGeometry, Vector3 } from 'three';
import { createNoise } from '../../src/scenes/noise';
import { createRandom } from '../../src/scenes/random';
import type { GlbMaterial, GlbNode, Triple } from '../lib/glb/scene';
import { aimed, ball, box, durationS, filmed, mix, paint, piece, post, sampled, sheet, turned } from './build'; // prettier-ignore

const noise = createNoise(23);
const turn = (2 * Math.PI) / durationS;

const bricks = paint(128, (u, v) => {
  const row = Math.floor(v * 8);
  const across = u * 4 + (row % 2) / 2;
  const isMortar = (v * 8) % 1 < 0.12 || across % 1 < 0.06;
  const tone = noise.cell(Math.floor(across) % 4, row) * 0.6 + noise.fractal(u, v, 16, 2) * 0.4;
  return isMortar ? [0.5, 0.48, 0.45] : mix([0.35, 0.14, 0.1], [0.62, 0.3, 0.2], tone);
});
const paving = paint(128, (u, v) => {
  const isJoint = (u * 4) % 1 < 0.04 || (v * 4) % 1 < 0.04;
  const level = 0.35 + 0.12 * noise.cell(Math.floor(u * 4), Math.floor(v * 4)) + 0.1 * noise.fractal(u, v, 12, 3); // prettier-ignore
  return isJoint ? [0.16, 0.16, 0.16] : [level, level, level * 0.97];
});
const stripes = paint(32, (u) => (u < 0.5 ? [0.85, 0.82, 0.75] : [0.1, 0.4, 0.25]));
/** White marks on black: what glows of a sign. */
const poster = paint(64, (u, v) => {
  const isDisc = Math.hypot(u - 0.25, v - 0.5) < 0.17;
  const isBar = u > 0.5 && u < 0.92 && (v * 6) % 1 < 0.55 && v > 0.15 && v < 0.85;
  return isDisc ? [1, 0.75, 0.2] : isBar ? [0.9, 0.95, 1] : [0.05, 0.08, 0.2];
});

const wall: GlbMaterial = { roughness: 0.9, map: { pixels: bricks, repeat: [3, 2] } };
const iron: GlbMaterial = { color: [0.2, 0.2, 0.22], metalness: 1, roughness: 0.45 };
const timber: GlbMaterial = { color: [0.3, 0.17, 0.08], roughness: 0.6 };
const paint2: GlbMaterial = { color: [0.04, 0.12, 0.14], roughness: 0.35 };
const rubber: GlbMaterial = { color: [0.03, 0.03, 0.03], roughness: 0.8 };
const glow = (radiance: Triple): GlbMaterial => ({ color: [0.1, 0.1, 0.1], glow: radiance });

/** A brick front with a shop window of 4.4 × 2.2 m and a room of 3 m depth behind it. */
function house(): GlbNode[] {
  const pave = { roughness: 0.5, map: { pixels: paving, repeat: [6, 1.5] } } as const;
  const road: GlbMaterial = { color: [0.035, 0.037, 0.045], roughness: 0.22 };
  const inside: GlbMaterial = { color: [0.75, 0.7, 0.6], roughness: 0.9 };
  return [
    box('pavement', [16, 0.16, 3.4], [0, -0.08, 1.7], pave),
    box('road', [16, 0.1, 7], [0, -0.2, 6.9], road),
    box('front-left', [5, 5, 0.3], [-4.7, 2.5, -0.15], wall),
    box('front-right', [5, 5, 0.3], [4.7, 2.5, -0.15], wall),
    box('front-top', [4.4, 2.2, 0.3], [0, 3.9, -0.15], wall),
    box('front-base', [4.4, 0.5, 0.3], [0, 0.25, -0.15], paint2),
    box('inside-floor', [4.8, 0.1, 3], [0, -0.05, -1.8], timber),
    box('inside-back', [4.8, 3, 0.1], [0, 1.4, -3.3], inside),
    box('inside-left', [0.1, 3, 3], [-2.4, 1.4, -1.8], { ...inside, color: [0.6, 0.2, 0.15] }),
    box('inside-right', [0.1, 3, 3], [2.4, 1.4, -1.8], { ...inside, color: [0.2, 0.4, 0.5] }),
    box('inside-ceiling', [4.8, 0.1, 3], [0, 2.85, -1.8], inside),
    box('strip', [3.4, 0.04, 0.2], [0, 2.75, -1.4], glow([7, 6.2, 5])),
  ];
}

/** Bottles and boxes on three shelves. */
function goods(): GlbNode[] {
  const random = createRandom(11);
  const heightsM = [0.5, 1.1, 1.7];
  const boards = heightsM.map((y) => box(`shelf${y}`, [4.2, 0.04, 0.4], [0, y, -3], timber));
  const wares = heightsM.flatMap((y) =>
    Array.from({ length: 14 }, (_, i) => {
      const at: Triple = [-1.95 + i * 0.3, 0, -3];
      const color: Triple = [random.range(0.1, 0.8), random.range(0.1, 0.7), random.range(0.1, 0.7)]; // prettier-ignore
      const heightM = random.range(0.16, 0.38);
      const place: Triple = [at[0], y + 0.02 + heightM / 2, at[2]];
      const material = { color, roughness: random.range(0.1, 0.7) };
      return random.chance(0.5)
        ? post(`bottle-${y}-${i}`, [0.06, heightM], place, material)
        : box(`pack-${y}-${i}`, [0.18, heightM, 0.2], place, material);
    }),
  );
  return [...boards, ...wares];
}

/** Bent tubes of light above the window: a wave, a ring and a bolt. */
function neon(): GlbNode[] {
  const tube = (points: readonly (readonly [number, number])[]): TubeGeometry => {
    const path = points.map(([x, y]) => new Vector3(x, y, 0));
    return new TubeGeometry(new CatmullRomCurve3(path), 80, 0.03, 8);
  };
  const wave = tube(Array.from({ length: 15 }, (_, i) => [i * 0.13, 0.2 * Math.sin(i * 0.9)]));
  const bolt = tube([[0.1, 0.4], [-0.1, 0.02], [0.12, 0.02], [-0.1, -0.4]]); // prettier-ignore
  return [
    piece('wave', wave, [-0.9, 3.55, 0.12], { material: glow([14, 1.2, 4]) }),
    piece('ring', new TorusGeometry(0.32, 0.03, 10, 60), [-1.6, 3.55, 0.12], { material: glow([1, 7, 11]) }), // prettier-ignore
    piece('bolt', bolt, [1.5, 3.55, 0.12], { material: glow([10, 8, 1]) }),
    sheet('poster', [1.1, 1.5], [-3.6, 1.7, 0.02], {
      material: { color: [0.05, 0.05, 0.05], roughness: 0.3, glow: [2.5, 2.5, 2.5], glowMap: { pixels: poster } }, // prettier-ignore
    }),
  ];
}

function street(): GlbNode[] {
  const bollards = [-2.4, -0.8, 0.8, 2.4].map((x) => post(`bollard${x}`, [0.07, 0.9], [x, 0.45, 3.1], iron)); // prettier-ignore
  const awning = { roughness: 0.8, isDoubleSided: true, map: { pixels: stripes, repeat: [9, 1] } } as const; // prettier-ignore
  const leaves: GlbMaterial = { color: [0.1, 0.25, 0.08], roughness: 0.8 };
  return [
    ...bollards,
    sheet('awning', [4.8, 1.3], [0, 2.85, 0.55], { material: awning, turn: turned(-62, 0) }),
    post('pot', [0.28, 0.5], [2.9, 0.25, 0.5], { color: [0.5, 0.22, 0.12], roughness: 0.7 }),
    ball('bush', 0.45, [2.9, 0.85, 0.5], leaves),
    box('bench', [1.5, 0.06, 0.4], [-3.5, 0.45, 0.7], timber),
    box('bench-leg-1', [0.06, 0.42, 0.36], [-4.1, 0.21, 0.7], iron),
    box('bench-leg-2', [0.06, 0.42, 0.36], [-2.9, 0.21, 0.7], iron),
    box('crate-1', [0.5, 0.4, 0.4], [1.6, 0.2, 0.5], timber),
    { ...box('crate-2', [0.45, 0.35, 0.4], [1.65, 0.575, 0.48], timber), turn: turned(0, 20) },
    post('lamp-post', [0.06, 4.2], [4.2, 2.1, 2.7], iron),
    box('lamp-head', [0.5, 0.1, 0.3], [4, 4.25, 2.7], iron),
    box('lamp-glass', [0.4, 0.03, 0.22], [4, 4.18, 2.7], glow([30, 22, 12])),
    { name: 'street-light', at: [4, 4.1, 2.7], turn: aimed([-0.25, -1, -0.1]), light: { type: 'spot', intensity: 45, color: [1, 0.75, 0.45], radiusM: 0.15, innerConeDeg: 30, outerConeDeg: 65 } }, // prettier-ignore
    { name: 'counter-light', at: [1.2, 2.2, -2], light: { type: 'point', intensity: 2.5, color: [1, 0.8, 0.55], radiusM: 0.07 } }, // prettier-ignore
  ];
}

/** A board that swings from an arm. */
function sign(): GlbNode {
  const swing = sampled('rotation', (timeS) => turned(0, 0, 14 * Math.sin(turn * 3 * timeS)));
  const board = post('board', [0.36, 0.05], [0, -0.55, 0], { color: [0.6, 0.45, 0.08], metalness: 1, roughness: 0.35 }); // prettier-ignore
  return {
    name: 'sign',
    at: [3, 3.3, 0.75],
    tracks: [swing],
    children: [
      { ...board, turn: turned(90, 0) },
      box('rod', [0.02, 0.3, 0.02], [0, -0.12, 0], iron),
    ],
  };
}

/** A small car that drives past with its lights on. */
function car(): GlbNode {
  const drive = sampled('translation', (timeS) => [-6 + (12 * timeS) / durationS, -0.15, 4.6]);
  const body: GlbMaterial = { color: [0.5, 0.03, 0.03], roughness: 0.15 };
  const wheel = new CylinderGeometry(0.28, 0.28, 0.2, 24).rotateX(Math.PI / 2);
  const wheels = [-0.8, 0.8].flatMap((x) =>
    [-0.62, 0.62].map((z) => piece(`wheel${x}${z}`, wheel, [x, 0.28, z], { material: rubber })),
  );
  return {
    name: 'car',
    tracks: [drive],
    children: [
      ...wheels,
      box('body', [2.6, 0.5, 1.3], [0, 0.55, 0], body),
      box('cabin', [1.3, 0.45, 1.15], [-0.2, 1, 0], { color: [0.02, 0.02, 0.025], roughness: 0.08 }), // prettier-ignore
      box('head-lamps', [0.02, 0.14, 1.1], [1.305, 0.6, 0], glow([16, 15, 13])),
      box('tail-lamps', [0.02, 0.1, 1.1], [-1.305, 0.65, 0], glow([9, 0.3, 0.2])),
      { name: 'beam', at: [1.4, 0.6, 0], turn: aimed([1, -0.12, 0]), light: { type: 'spot', intensity: 60, color: [1, 0.96, 0.85], radiusM: 0.08, innerConeDeg: 12, outerConeDeg: 32 } }, // prettier-ignore
    ],
  };
}

/** A shop front by night: neon, a glowing poster, a lit room behind the window, street lamp and a passing car. */
export function shopFront(): GlbNode[] {
  return [
    ...house(),
    ...goods(),
    ...neon(),
    ...street(),
    sign(),
    box('arm', [0.03, 0.03, 0.9], [3, 3.3, 0.4], iron),
    car(),
    filmed(52, (timeS) => ({
      eye: [2.2 * Math.sin(turn * timeS), 1.6, 7.2 - 0.8 * Math.cos(turn * timeS)],
      target: [0.5 * Math.sin(turn * timeS), 1.75, 0],
    })),
  ];
}
