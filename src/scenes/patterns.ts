import type { TileableNoise } from './noise';

/** sRGB colour, components in [0, 1]. */
export type Rgb = readonly [number, number, number];

/** What a pattern writes for one texel. */
export interface Texel {
  /** sRGB colour in [0, 1]. */
  rgb: [number, number, number];
  /** 0 = smoothest of the roughness range, 1 = roughest. */
  rough: number;
}

/** Everything a pattern may vary; each reads what it needs. */
export interface PatternInput {
  noise: TileableNoise;
  base: Rgb;
  accent: Rgb;
  /** Bricks, tiles, planks or stripes across the texture; concrete without seams has 0 rows. */
  rows: number;
  columns: number;
  /** 0 = factory new, 1 = worn. */
  wear: number;
}

type Pattern = (u: number, v: number, input: PatternInput, out: Texel) => void;

const clamp01 = (x: number): number => Math.min(1, Math.max(0, x));
const step = (edge0: number, edge1: number, x: number): number => {
  const t = clamp01((x - edge0) / (edge1 - edge0));
  return t * t * (3 - 2 * t);
};

function put(out: Texel, a: Rgb, b: Rgb, mix: number, gain: number): void {
  for (let i = 0; i < 3; i++) {
    const from = a[i] ?? 0;
    out.rgb[i] = clamp01((from + ((b[i] ?? 0) - from) * mix) * gain);
  }
}

/** Distance to the nearest side of a unit cell, in cells. */
const edgeDistance = (fu: number, fv: number, aspect: number): number =>
  Math.min(Math.min(fu, 1 - fu) * aspect, Math.min(fv, 1 - fv));

const brick: Pattern = (u, v, { noise, base, accent, rows, columns, wear }, out) => {
  const row = Math.floor(v * rows);
  const x = u * columns + (row % 2) * 0.5;
  const column = Math.floor(x) % columns;
  const edge = edgeDistance(x - Math.floor(x), v * rows - row, rows / columns);
  const grain = noise.fractal(u, v, 32, 3);
  const mortar = 1 - step(0.05, 0.1 + 0.04 * wear * grain, edge);
  const tone = 0.78 + 0.3 * noise.cell(column, row) + 0.2 * (grain - 0.5);
  put(out, base, accent, mortar, mortar > 0.5 ? 0.85 + 0.3 * grain : tone);
  out.rough = clamp01(0.55 + 0.3 * grain + 0.4 * mortar);
};

const tiles: Pattern = (u, v, { noise, base, accent, rows, columns, wear }, out) => {
  const column = Math.floor(u * columns);
  const row = Math.floor(v * rows);
  const edge = edgeDistance(u * columns - column, v * rows - row, 1);
  const grout = 1 - step(0.015, 0.03, edge);
  const vein = noise.fractal(u, v, 6, 4);
  const tone = 0.93 + 0.1 * noise.cell(column, row) + 0.16 * (vein - 0.5);
  put(out, base, accent, (column + row) % 2, tone * (1 - 0.45 * grout));
  const smudge = noise.fractal(u, v, 9, 3);
  out.rough = clamp01(0.25 * wear + 0.5 * step(0.35, 0.75, smudge) * wear + grout);
};

const planks: Pattern = (u, v, { noise, base, accent, rows, wear }, out) => {
  const row = Math.floor(v * rows);
  const shift = noise.cell(row, 7);
  const x = (u + shift) % 1;
  const joint = Math.min(x, 1 - x) * 4;
  const seam = 1 - step(0.02, 0.05, Math.min(edgeDistance(0.5, v * rows - row, 1), joint));
  const waviness = noise.smooth(u, v, 5, rows * 2);
  const ring = 0.5 + 0.5 * Math.sin((v * rows * 9 + waviness * 7 + row * 2.3) * 2);
  const fibre = noise.smooth(u, v, 24, 256);
  const tone = (0.8 + 0.3 * noise.cell(row, 3)) * (0.9 + 0.2 * fibre) * (1 - 0.65 * seam);
  put(out, base, accent, 0.55 * ring * (0.6 + 0.4 * waviness), tone);
  out.rough = clamp01(0.25 + 0.35 * fibre * (0.5 + wear) + 0.6 * seam);
};

const plaster: Pattern = (u, v, { noise, base, accent, wear }, out) => {
  const broad = noise.fractal(u, v, 3, 3);
  const fine = noise.fractal(u, v, 40, 2);
  put(out, base, accent, wear * step(0.5, 0.78, broad) * 0.6, 0.94 + 0.12 * (fine - 0.3));
  out.rough = clamp01(0.6 + 0.5 * (fine - 0.4));
};

const concrete: Pattern = (u, v, { noise, base, accent, rows, columns, wear }, out) => {
  const blotch = noise.fractal(u, v, 4, 5);
  const fine = noise.fractal(u, v, 64, 2);
  const edge = edgeDistance(u * columns - Math.floor(u * columns), (v * rows) % 1, 1);
  const seam = rows > 0 ? 1 - step(0.006, 0.016, edge) : 0;
  const pore = step(0.86, 0.92, noise.smooth(u, v, 90));
  const tone = 0.84 + 0.34 * (blotch - 0.35) + 0.14 * (fine - 0.5);
  put(
    out,
    base,
    accent,
    wear * step(0.45, 0.72, blotch) * 0.7,
    tone * (1 - 0.4 * seam - 0.15 * pore),
  );
  out.rough = clamp01(0.2 + 0.9 * step(0.3, 0.7, blotch) * (0.4 + wear) + 0.5 * seam);
};

const brushed: Pattern = (u, v, { noise, base, accent, wear }, out) => {
  const streak = 0.6 * noise.smooth(u, v, 3, 200) + 0.4 * noise.smooth(u, v, 9, 128);
  const stain = noise.fractal(u, v, 4, 3);
  put(out, base, accent, wear * step(0.5, 0.8, stain) * 0.5, 0.86 + 0.24 * streak);
  out.rough = clamp01(0.2 + 0.55 * streak + 0.5 * wear * (stain - 0.3));
};

const banner: Pattern = (u, v, { noise, base, accent, columns }, out) => {
  const weave = 0.5 + 0.5 * noise.smooth(u, v, 128);
  const border = Math.min(u, 1 - u) < 0.09 && Math.min(u, 1 - u) > 0.045;
  const trim = Math.min(v, 1 - v) < 0.05 && Math.min(v, 1 - v) > 0.028;
  const dx = (u - 0.5) * 1.25;
  const dy = (v - 0.5) * 2.5;
  const radius = Math.hypot(dx, dy);
  const star = 0.26 + 0.07 * Math.cos(Math.atan2(dy, dx) * columns);
  const emblem = (radius < star && radius > 0.13) || radius < 0.07;
  const ring = Math.abs(radius - 0.41) < 0.016;
  put(out, base, accent, border || trim || emblem || ring ? 1 : 0, 0.82 + 0.26 * weave);
  out.rough = 0.75 + 0.25 * weave;
};

const stripes: Pattern = (u, v, { noise, base, accent, columns, wear }, out) => {
  const phase = (u * columns) % 1;
  const soft = step(0, 0.03, phase) * (1 - step(0.5, 0.53, phase));
  const fine = noise.fractal(u, v, 32, 2);
  put(out, base, accent, soft, 0.92 + 0.16 * (fine - 0.5) * (1 + wear));
  out.rough = clamp01(0.5 + 0.6 * (fine - 0.4));
};

const hazard: Pattern = (u, v, { noise, base, accent, columns, wear }, out) => {
  const phase = (u * columns + v * columns) % 1;
  const worn = wear * step(0.52, 0.72, noise.fractal(u, v, 8, 4));
  const fine = noise.fractal(u, v, 48, 2);
  put(out, base, accent, phase < 0.5 ? 0 : 1, (0.9 + 0.2 * (fine - 0.5)) * (1 - 0.45 * worn));
  out.rough = clamp01(0.25 + 0.5 * worn + 0.3 * fine);
};

/** All patterns by name. Each is a pure function of texture position and input. */
export const patterns = {
  brick,
  tiles,
  planks,
  plaster,
  concrete,
  brushed,
  banner,
  stripes,
  hazard,
} as const satisfies Record<string, Pattern>;

/** Name of a procedural pattern. */
export type PatternName = keyof typeof patterns;
