import { CylinderGeometry, LatheGeometry, PlaneGeometry, Vector2 } from 'three';
import { RoundedBoxGeometry } from 'three/addons/geometries/RoundedBoxGeometry.js';
import { createNoise } from '../../src/scenes/noise';
import { createRandom } from '../../src/scenes/random';
import type { GlbMaterial, GlbNode, Triple } from '../lib/glb/scene';
import {
  aimed,
  box,
  durationS,
  filmed,
  mix,
  paint,
  piece,
  post,
  sampled,
  sheet,
  turned,
} from './build';

const noise = createNoise(71);
const turn = (2 * Math.PI) / durationS;

const boards = paint(128, (u, v) => {
  const row = Math.floor(v * 8);
  const along = (u + row * 0.37) % 1;
  const grain = noise.fractal(along, v, 6, 3);
  const seam = (v * 8) % 1 < 0.05 || along < 0.008 ? 0.55 : 1;
  return mix([0.45, 0.28, 0.17], [0.74, 0.54, 0.36], grain * 0.7 + noise.cell(row, 3) * 0.3).map(
    (value) => value * seam,
  ) as unknown as Triple;
});
const weave = paint(64, (u, v) => {
  const ring = Math.abs(u - 0.5) + Math.abs(v - 0.5);
  return Math.floor(ring * 10) % 3 === 0 ? [0.75, 0.68, 0.55] : [0.45, 0.12 + ring * 0.2, 0.14];
});
const painting = paint(96, (u, v) => {
  const hill = 0.55 + 0.15 * Math.sin(u * 9) + 0.2 * noise.smooth(u, 0.3, 5);
  return v > hill ? [0.2, 0.42 - v * 0.2, 0.2] : mix([0.95, 0.75, 0.5], [0.3, 0.5, 0.8], 1 - v);
});

const plaster: GlbMaterial = { color: [0.82, 0.8, 0.75], roughness: 0.95 };
const wood: GlbMaterial = { color: [0.9, 0.9, 0.9], roughness: 0.4, map: { pixels: boards, repeat: [1, 0.25] } }; // prettier-ignore
const fabric: GlbMaterial = { color: [0.12, 0.24, 0.3], roughness: 0.9 };
const linen: GlbMaterial = { color: [0.75, 0.7, 0.6], roughness: 1, isDoubleSided: true };
const steel: GlbMaterial = { color: [0.7, 0.68, 0.65], metalness: 1, roughness: 0.3 };
const leaf: GlbMaterial = { color: [0.09, 0.26, 0.07], roughness: 0.6, isDoubleSided: true };
const clay: GlbMaterial = { color: [0.55, 0.2, 0.1], roughness: 0.7 };

/** A closed room of 6 × 2.7 × 4.6 m with a window in its left wall. */
function room(): GlbNode[] {
  const floor = { roughness: 0.35, map: { pixels: boards, repeat: [3, 2] } } as const;
  return [
    box('floor', [6, 0.1, 4.6], [0, -0.05, 0], floor),
    box('ceiling', [6, 0.1, 4.6], [0, 2.75, 0], plaster),
    box('wall-back', [6, 2.8, 0.1], [0, 1.35, -2.35], { ...plaster, color: [0.62, 0.72, 0.68] }),
    box('wall-front', [6, 2.8, 0.1], [0, 1.35, 2.35], plaster),
    box('wall-right', [0.1, 2.8, 4.6], [3.05, 1.35, 0], { ...plaster, color: [0.78, 0.58, 0.42] }),
    box('sill', [0.2, 0.6, 4.6], [-3.1, 0.3, 0], plaster),
    box('lintel', [0.2, 0.3, 4.6], [-3.1, 2.55, 0], plaster),
    box('window-left', [0.2, 1.8, 0.8], [-3.1, 1.5, -1.9], plaster),
    box('window-right', [0.2, 1.8, 1.4], [-3.1, 1.5, 1.6], plaster),
    box('bar', [0.05, 1.8, 0.05], [-3.05, 1.5, -0.3], wood),
    box('rail', [0.05, 0.05, 2.4], [-3.05, 1.6, -0.3], wood),
  ];
}

function sofa(): GlbNode[] {
  const cushion = (name: string, size: Triple, at: Triple, material = fabric): GlbNode =>
    piece(name, new RoundedBoxGeometry(...size, 3, 0.07), at, { material });
  const pillow: GlbMaterial = { color: [0.8, 0.5, 0.1], roughness: 0.95 };
  return [
    cushion('seat', [2.2, 0.4, 0.9], [0.1, 0.28, -1.75]),
    cushion('back', [2.2, 0.6, 0.25], [0.1, 0.65, -2.1]),
    cushion('arm-left', [0.25, 0.6, 0.9], [-1.1, 0.4, -1.75]),
    cushion('arm-right', [0.25, 0.6, 0.9], [1.3, 0.4, -1.75]),
    { ...cushion('pillow', [0.4, 0.4, 0.15], [-0.6, 0.65, -1.85], pillow), turn: turned(-20, 15) },
  ];
}

function table(): GlbNode[] {
  const legs = [-0.5, 0.5].flatMap((x) =>
    [-0.25, 0.25].map((z) => post(`leg${x}${z}`, [0.025, 0.4], [x, 0.2, z - 0.4], steel)),
  );
  const profile = [[0, 0], [0.07, 0], [0.11, 0.1], [0.05, 0.22], [0.06, 0.3], [0.045, 0.3], [0.03, 0.22]]; // prettier-ignore
  const vase = new LatheGeometry(profile.map(([x, y]) => new Vector2(x, y)), 40); // prettier-ignore
  const glaze: GlbMaterial = { color: [0.05, 0.2, 0.5], roughness: 0.12, isDoubleSided: true };
  return [
    ...legs,
    box('table', [1.2, 0.05, 0.7], [0, 0.42, -0.4], wood),
    piece('vase', vase, [0.3, 0.445, -0.45], { material: glaze }),
    box('book', [0.22, 0.03, 0.3], [-0.3, 0.46, -0.35], { color: [0.6, 0.1, 0.1], roughness: 0.5 }),
  ];
}

function shelf(): GlbNode[] {
  const random = createRandom(5);
  const boardsOf = [0.1, 0.6, 1.1, 1.6].map((y) =>
    box(`board${y}`, [0.32, 0.03, 1.4], [2.8, y, -1.2], wood),
  );
  const books = [0.1, 0.6, 1.1].flatMap((y) =>
    Array.from({ length: 13 }, (_, i) => {
      const heightM = random.range(0.22, 0.4);
      const color: Triple = [random.range(0.05, 0.8), random.range(0.05, 0.6), random.range(0.05, 0.5)]; // prettier-ignore
      const at: Triple = [2.8, y + 0.015 + heightM / 2, -1.8 + i * 0.09];
      return box(`book-${y}-${i}`, [0.2, heightM, 0.07], at, { color, roughness: 0.6 });
    }),
  );
  return [...boardsOf, ...books];
}

/** Leaves around a pot, turned by the golden angle. */
function plant(): GlbNode[] {
  const blade = new PlaneGeometry(0.12, 0.7, 1, 4).translate(0, 0.35, 0);
  const leaves = Array.from(
    { length: 16 },
    (_, i) =>
    piece(`leaf${i}`, blade, [-2.3, 0.35, -1.8], { material: leaf, turn: turned(25 + i * 2.5, i * 137.5) }), // prettier-ignore
  );
  return [post('pot', [0.2, 0.36], [-2.3, 0.18, -1.8], clay), ...leaves];
}

/** A curtain in folds; its morph target is the same curtain blown into the room. */
function curtain(): GlbNode {
  const folds = new PlaneGeometry(0.7, 1.7, 40, 12);
  const place = folds.getAttribute('position');
  for (let i = 0; i < place.count; i++) place.setZ(i, 0.05 * Math.sin(place.getX(i) * 50));
  folds.computeVertexNormals();
  const blown = new Float32Array(place.count * 3);
  for (let i = 0; i < place.count; i++)
    blown[i * 3 + 2] = 0.45 * ((0.85 - place.getY(i)) / 1.7) ** 2;
  const swing = sampled('weights', (timeS) => [0.5 - 0.5 * Math.cos(turn * 2 * timeS)]);
  return piece('curtain', folds, [-2.9, 1.55, 0.8], {
    material: linen,
    turn: turned(0, 90),
    morphs: [blown],
    tracks: [swing],
  });
}

function lamp(): GlbNode[] {
  const shade = new CylinderGeometry(0.14, 0.22, 0.3, 32, 1, true);
  const glowing: GlbMaterial = { color: [0.8, 0.7, 0.5], roughness: 1, glow: [9, 6, 3], isDoubleSided: true }; // prettier-ignore
  return [
    post('foot', [0.16, 0.03], [1.95, 0.015, -1.7], steel),
    post('pole', [0.015, 1.5], [1.95, 0.75, -1.7], steel),
    piece('shade', shade, [1.95, 1.6, -1.7], { material: glowing }),
  ];
}

/** A disc that cleans the floor, round and round. */
function cleaner(): GlbNode {
  const round = sampled('translation', (timeS) => {
    const angle = turn * timeS;
    return [0.9 + 0.7 * Math.cos(angle), 0.04, 0.7 + 0.5 * Math.sin(angle)];
  });
  const shell: GlbMaterial = { color: [0.85, 0.85, 0.85], roughness: 0.2 };
  return { ...post('cleaner', [0.17, 0.08], [0, 0.04, 0], shell), tracks: [round] };
}

/** A living room by day: sun and sky through one window, a glowing lamp, a spot above the shelf. */
export function livingRoom(): GlbNode[] {
  const rug: GlbMaterial = { roughness: 1, map: { pixels: weave, repeat: [3, 2], turnRad: 0.4 } };
  return [
    ...room(),
    ...sofa(),
    ...table(),
    ...shelf(),
    ...plant(),
    ...lamp(),
    curtain(),
    cleaner(),
    box('rug', [2.6, 0.02, 1.8], [0, 0.01, -0.2], rug),
    sheet('painting', [1.1, 0.7], [0.1, 1.7, -2.29], { material: { roughness: 0.5, map: { pixels: painting } } }), // prettier-ignore
    box('frame', [1.2, 0.8, 0.01], [0.1, 1.7, -2.297], steel),
    {
      name: 'sun',
      turn: aimed([1, -0.62, 0.28]),
      light: { type: 'directional', intensity: 30, color: [1, 0.9, 0.78], angularDiameterDeg: 0.6 },
    },
    {
      name: 'shelf-spot',
      at: [2, 2.6, -0.8],
      turn: aimed([0.6, -1, -0.25]),
      light: { type: 'spot', intensity: 14, color: [1, 0.85, 0.65], radiusM: 0.04, innerConeDeg: 15, outerConeDeg: 40 }, // prettier-ignore
    },
    filmed(58, (timeS) => ({
      eye: [2.35 - 1.3 * Math.sin((turn * timeS) / 2), 1.5, 2 - 0.3 * Math.cos(turn * timeS)],
      target: [-0.7 + 0.6 * Math.sin(turn * timeS), 0.85, -0.9],
    })),
  ];
}
