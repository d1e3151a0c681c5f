import type { Node } from 'three/webgpu';
import { If, cos, float, fract, hash, int, max, sin, sqrt, uint, vec2, vec3 } from 'three/tsl';
import { pixel } from './fullscreen';

/** TSL: random numbers in [0,1), a new one each time; one sequence a pixel. */
export class Random {
  private readonly state: Node<'uint'>;

  /** `seed` tells pixels, and frames if wanted, apart. */
  constructor(seed: Node<'uint'>) {
    this.state = seed.toVar();
  }

  next(): Node<'float'> {
    this.state.assign(this.state.mul(uint(747796405)).add(uint(2891336453)));
    return (hash(this.state) as Node<'float'>).toVar();
  }
}

/** TSL: random numbers of the current pixel, others in each frame. */
export function pixelRandom(frame: Node<'uint'>): Random {
  const at = pixel().toVar();
  return new Random(uint(at.y.mul(8191).add(at.x)).add(frame.mul(uint(7919))));
}

/**
 * TSL: three numbers in [0,1) that are each as likely in each pixel and frame: interleaved gradient noise (Jimenez 2014). Added
 * before rounding down to whole steps they make its error a noise that means over time take away.
 */
export const ditherNoise = (frame: Node<'uint'>): Node<'vec3'> => {
  const at = vec2(pixel()).add(float(frame.bitAnd(uint(63))).mul(5.588238));
  const wave = fract(at.dot(vec2(0.06711056, 0.00583715))).mul(52.9829189);
  return fract(wave.add(vec3(0, 1 / 3, 2 / 3)));
};

/**
 * TSL: two numbers in [0,1) for a ray of a pixel, those of neighbours, of frames and of further rays as different as can be: a
 * lattice over the picture (Roberts 2018, R4), turned by the frame's number and from ray to ray.
 */
export function latticeTurn(
  at: Node<'ivec2'>,
  frame: Node<'uint'>,
  ray: Node<'float'>,
): [Node<'float'>, Node<'float'>] {
  const [x, y] = [vec2(at).toVar(), ray.toVar()];
  const turn = float(frame.bitAnd(uint(255))).toVar();
  const u = x.dot(vec2(0.8566749, 0.7338919)).add(y.mul(0.7548777)).add(turn.mul(0.618034));
  const v = x.dot(vec2(0.6287067, 0.5385973)).add(y.mul(0.5698403)).add(turn.mul(0.4142136));
  return [fract(u).toVar(), fract(v).toVar()];
}

/** TSL: number of a pixel among `spread`² neighbours; `spread` is a power of two. */
export const cellOf = (at: Node<'ivec2'>, spread: number): Node<'int'> =>
  at.y
    .bitAnd(int(spread - 1))
    .mul(spread)
    .add(at.x.bitAnd(int(spread - 1)));

/** TSL: draws one of a stream of candidates, each as likely as its share of the sum (Chao 1982). */
export class Reservoir {
  private readonly total = float(0).toVar();
  private readonly drawn = float(0).toVar();

  constructor(private readonly random: Random) {}

  /** Offers a candidate with a share ≥ 0; `take` keeps it if it is drawn, until another is. */
  offer(share: Node<'float'>, take: () => void): void {
    const own = share.toVar();
    this.total.addAssign(own);
    If(this.random.next().mul(this.total).lessThan(own), () => {
      this.drawn.assign(own);
      take();
    });
  }

  /** Whether any candidate had a share. */
  get found(): Node<'bool'> {
    return this.drawn.greaterThan(0);
  }

  /** Sum of all shares: what the candidate drawn stands for. */
  get all(): Node<'float'> {
    return this.total;
  }

  /** One over the probability of the candidate drawn. */
  get scale(): Node<'float'> {
    return this.total.div(this.drawn);
  }
}

/** TSL: a direction around a normal with a density of cosine / π. */
export function cosineDirection(
  normal: Node<'vec3'>,
  u: Node<'float'>,
  v: Node<'float'>,
): Node<'vec3'> {
  const z = u.mul(2).sub(1).toVar();
  const r = sqrt(max(z.mul(z).oneMinus(), float(0))).toVar();
  const angle = v.mul(2 * Math.PI).toVar();
  // A point of the unit sphere around the normal's tip; not quite, so that it is never zero.
  const tip = vec3(cos(angle).mul(r), sin(angle).mul(r), z).mul(0.9999);
  return normal.add(tip).normalize().toVar();
}

/** TSL: the point of the unit disc at right angles to a unit vector that belongs to two numbers in [0,1). */
export function onDisc(axis: Node<'vec3'>, u: Node<'float'>, v: Node<'float'>): Node<'vec3'> {
  const [tangent, bitangent] = basisOf(axis);
  const angle = u.mul(2 * Math.PI).toVar();
  const radius = sqrt(v).toVar();
  return tangent.mul(cos(angle).mul(radius)).add(bitangent.mul(sin(angle).mul(radius)));
}

/** TSL: two vectors at right angles to a unit vector and each other (Duff et al. 2017). */
export function basisOf(n: Node<'vec3'>): [Node<'vec3'>, Node<'vec3'>] {
  const s = n.z.greaterThanEqual(0).select(float(1), float(-1)).toVar();
  const a = float(-1).div(s.add(n.z)).toVar();
  const b = n.x.mul(n.y).mul(a).toVar();
  return [
    vec3(s.mul(n.x).mul(n.x).mul(a).add(1), s.mul(b), s.mul(n.x).negate()).toVar(),
    vec3(b, n.y.mul(n.y).mul(a).add(s), n.y.negate()).toVar(),
  ];
}
