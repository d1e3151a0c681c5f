/** Value noise that repeats over the unit square, so that textures tile without a seam. */
export interface TileableNoise {
  /** Smooth noise in [0, 1]; `cellsU` × `cellsV` lattice cells over the unit square. */
  smooth(u: number, v: number, cellsU: number, cellsV?: number): number;
  /** Sum of octaves in [0, 1]; each doubles the cells and halves the weight. */
  fractal(u: number, v: number, cells: number, octaves: number): number;
  /** A fixed random number in [0, 1) for an integer cell, not interpolated. */
  cell(x: number, y: number, channel?: number): number;
}

const fade = (t: number): number => t * t * (3 - 2 * t);

/** Mixes four integers; written out because a texture asks for millions of these. */
function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ b, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 13) ^ c, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 16) ^ d, 0x165667b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}

const wrap = (i: number, n: number): number => ((i % n) + n) % n;

/** Makes the noise of one seed. */
export function createNoise(seed: number): TileableNoise {
  const cell = (x: number, y: number, channel = 0): number =>
    hash(seed, x, y, channel) / 4294967296;

  const smooth = (u: number, v: number, cellsU: number, cellsV = cellsU): number => {
    const x = u * cellsU;
    const y = v * cellsV;
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    const fx = fade(x - x0);
    const fy = fade(y - y0);
    const xa = wrap(x0, cellsU);
    const xb = wrap(x0 + 1, cellsU);
    const ya = wrap(y0, cellsV);
    const yb = wrap(y0 + 1, cellsV);
    // The channel keeps lattices of different frequency unrelated.
    const channel = cellsU * 131 + cellsV;
    const low = cell(xa, ya, channel) * (1 - fx) + cell(xb, ya, channel) * fx;
    const high = cell(xa, yb, channel) * (1 - fx) + cell(xb, yb, channel) * fx;
    return low * (1 - fy) + high * fy;
  };

  const fractal = (u: number, v: number, cells: number, octaves: number): number => {
    let sum = 0;
    let weight = 0.5;
    let total = 0;
    for (let octave = 0; octave < octaves; octave++) {
      sum += weight * smooth(u, v, cells << octave);
      total += weight;
      weight *= 0.5;
    }
    return sum / total;
  };

  return { smooth, fractal, cell };
}
