import { LatheGeometry, PlaneGeometry, TorusGeometry, TorusKnotGeometry, Vector2 } from 'three';
import { RoundedBoxGeometry } from 'three/addons/geometries/RoundedBoxGeometry.js';
import { createNoise } from '../../src/scenes/noise';
import type { GlbMaterial, GlbNode, Triple } from '../lib/glb/scene';
import { aimed, ball, box, durationS, filmed, mix, paint, piece, post, sampled, sheet, turned } from './build'; // prettier-ignore

const noise = createNoise(40);
const turn = (2 * Math.PI) / durationS;

const marble = paint(128, (u, v) => {
  const vein = Math.abs(Math.sin((u * 2 + noise.fractal(u, v, 4, 4) * 2.4) * Math.PI));
  return mix([0.3, 0.3, 0.34], [0.92, 0.9, 0.87], Math.min(vein * 2.5, 1));
});
const checks = paint(32, (u, v) => (u < 0.5 === v < 0.5 ? [0.06, 0.06, 0.07] : [0.75, 0.3, 0.05]));

const gold: GlbMaterial = { color: [1, 0.71, 0.29], metalness: 1, roughness: 0.22 };
const chrome: GlbMaterial = { color: [0.86, 0.87, 0.88], metalness: 1, roughness: 0.08 };
const copper: GlbMaterial = { color: [0.95, 0.64, 0.54], metalness: 1, roughness: 0.4 };
const brushed: GlbMaterial = { color: [0.6, 0.6, 0.62], metalness: 1, roughness: 0.55 };
const lacquer: GlbMaterial = { color: [0.55, 0.02, 0.03], roughness: 0.1, isDoubleSided: true };
const plastic = (color: Triple): GlbMaterial => ({ color, roughness: 0.25 });
const glow = (radiance: Triple): GlbMaterial => ({ color: [0.2, 0.2, 0.2], glow: radiance });

/** A floor that bends up into a backdrop. */
function backdrop(): GlbNode {
  const paper = new PlaneGeometry(9, 9, 1, 48).rotateX(-Math.PI / 2);
  const place = paper.getAttribute('position');
  for (let i = 0; i < place.count; i++) {
    // Behind z = −1 the paper follows a quarter circle of 1.5 m and goes straight up after it.
    const beyondM = Math.max(-1 - place.getZ(i), 0);
    const angle = Math.min(beyondM / 1.5, Math.PI / 2);
    const aboveM = Math.max(beyondM - (1.5 * Math.PI) / 2, 0);
    if (beyondM === 0) continue;
    place.setZ(i, -1 - 1.5 * Math.sin(angle));
    place.setY(i, 1.5 * (1 - Math.cos(angle)) + aboveM);
  }
  paper.computeVertexNormals();
  const material: GlbMaterial = { color: [0.5, 0.52, 0.56], roughness: 0.55, isDoubleSided: true };
  return piece('backdrop', paper, [0, 0, 0], { material });
}

function plinths(): GlbNode[] {
  const stone: GlbMaterial = { roughness: 0.2, map: { pixels: marble } };
  const tiles: GlbMaterial = { roughness: 0.3, map: { pixels: checks, repeat: [4, 4], turnRad: 0.5 } }; // prettier-ignore
  return [
    box('plinth-left', [0.8, 0.7, 0.8], [-1.5, 0.35, -0.3], stone),
    box('plinth-right', [0.9, 0.4, 0.9], [1.5, 0.2, -0.5], tiles),
    post('step', [1.05, 0.12], [0, 0.06, 0], stone),
  ];
}

function exhibits(): GlbNode[] {
  const profile = [[0, 0], [0.16, 0], [0.2, 0.08], [0.28, 0.3], [0.18, 0.5], [0.1, 0.62], [0.15, 0.72]]; // prettier-ignore
  const vase = new LatheGeometry(profile.map(([x, y]) => new Vector2(x, y)), 64); // prettier-ignore
  const die = new RoundedBoxGeometry(0.4, 0.4, 0.4, 4, 0.06);
  return [
    piece('vase', vase, [-1.5, 0.7, -0.3], { material: lacquer }),
    ball('chrome-ball', 0.36, [1.5, 0.76, -0.5], chrome),
    post('can', [0.18, 0.5], [-0.75, 0.25, 1.15], brushed),
    ball('copper-ball', 0.2, [0.8, 0.2, 1.2], copper),
    piece('die', die, [1.5, 0.2, 0.75], { material: plastic([0.03, 0.15, 0.5]), turn: turned(0, 30) }), // prettier-ignore
    piece('tyre', new TorusGeometry(0.24, 0.09, 20, 60), [-1.6, 0.09, 0.8], { material: { color: [0.03, 0.03, 0.03], roughness: 0.7 }, turn: turned(90, 0) }), // prettier-ignore
  ];
}

/** A plate that turns under a golden knot and three balls. */
function turntable(): GlbNode {
  const spin = sampled('rotation', (timeS) => turned(0, (360 * timeS) / durationS));
  const colors: Triple[] = [[0.75, 0.6, 0.05], [0.05, 0.5, 0.2], [0.6, 0.6, 0.6]]; // prettier-ignore
  const balls = colors.map((color, i) => {
    const angle = (2 * Math.PI * i) / 3;
    return ball(`ball${i}`, 0.13, [0.68 * Math.cos(angle), 0.19, 0.68 * Math.sin(angle)], plastic(color)); // prettier-ignore
  });
  const knot = new TorusKnotGeometry(0.3, 0.09, 160, 20);
  return {
    name: 'turntable',
    at: [0, 0.12, 0],
    tracks: [spin],
    children: [
      post('plate', [0.9, 0.06], [0, 0.03, 0], brushed),
      piece('knot', knot, [0, 0.55, 0], { material: gold }),
      ...balls,
    ],
  };
}

function lights(): GlbNode[] {
  return [
    sheet('softbox-left', [1.2, 1.8], [-3, 2.2, 1], { material: glow([6, 5.6, 5]), turn: turned(-15, 70) }), // prettier-ignore
    sheet('softbox-top', [2.4, 1], [0.5, 3.6, 0], { material: glow([3.5, 3.8, 4.4]), turn: turned(90, 0) }), // prettier-ignore
    box('tube-cyan', [0.05, 1.8, 0.05], [2.9, 0.9, -1], glow([0.5, 9, 11])),
    box('tube-pink', [0.05, 1.8, 0.05], [-2.9, 0.9, -1.2], glow([11, 0.8, 6])),
    { name: 'key', at: [2.6, 3.2, 2.4], turn: aimed([-2.6, -2.8, -2.6]), light: { type: 'spot', intensity: 45, color: [1, 0.95, 0.88], radiusM: 0.12, innerConeDeg: 12, outerConeDeg: 26 } }, // prettier-ignore
    { name: 'fill', at: [-1.2, 2.4, 2.6], light: { type: 'point', intensity: 3, color: [0.7, 0.8, 1], radiusM: 0.2 } }, // prettier-ignore
  ];
}

/** Polished things on a turntable before a paper backdrop, lit by soft boxes, coloured tubes and a spot. */
export function display(): GlbNode[] {
  return [
    backdrop(),
    ...plinths(),
    ...exhibits(),
    turntable(),
    ...lights(),
    filmed(40, (timeS) => ({
      eye: [2.6 * Math.sin(turn * timeS), 1.5 + 0.4 * Math.sin(turn * 2 * timeS), 4.6],
      target: [0, 0.55, 0],
    })),
  ];
}
