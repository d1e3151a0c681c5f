import type { Node } from 'three/webgpu';
import {
  If,
  Loop,
  cos,
  float,
  fract,
  hash,
  int,
  max,
  min,
  sin,
  smoothstep,
  sqrt,
  uint,
  vec3,
} from 'three/tsl';
import { pixel } from './fullscreen';
import type { LightUniforms } from './light-uniforms';
import type { Probes } from './probes';
import { irradianceAround } from './probes';
import { EMITTER_TEXELS } from './ray-emitters';
import { MATERIAL_TEXELS } from './ray-materials';
import type { RayScene } from './ray-scene';
import type { RaySky } from './ray-sky';
import type { Hit, Rays } from './rays';
import { luminanceOf } from './shading';

/** Points on glowing surfaces among which one is drawn by what it would bring (Talbot 2005). */
const CANDIDATES = 32;
/** The same where a ray hit something. */
const HIT_CANDIDATES = 8;
/** Solid angle of one point at most: right beside a lamp its points stand apart. */
const MAX_SOLID_ANGLE = 0.5;
/**
 * Metals between these roughnesses turn from mirrors to matte. A mirror's highlight of a small light is a caustic: it
 * would need more paths than references have, and shining evenly would be far too bright.
 */
const MIRROR = { lower: 0.1, upper: 0.3 } as const;
/** Rays to a light or a glowing point end this share of the way: the lamp itself is not in its way. */
const BEFORE_LIGHT = 0.999;
const BEFORE_GLOW = 0.995;
/** Rays start this far off their surface, in metres. */
const LIFT_M = 0.002;

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

/** TSL: number of a pixel among `spread`² neighbours. */
export const cellOf = (at: Node<'ivec2'>, spread: number): Node<'int'> =>
  at.y
    .mod(int(spread))
    .mul(spread)
    .add(at.x.mod(int(spread)));

/** TSL: a number in [0,1) whose values are spread evenly over `spread`² neighbours, other ones in each frame. */
export function stratum(
  at: Node<'ivec2'>,
  spread: number,
  random: Random,
  frame: Node<'uint'>,
): Node<'float'> {
  const share = float(cellOf(at, spread))
    .add(random.next())
    .div(spread * spread);
  return fract(share.add(float(frame.mod(uint(256))).mul(0.618034))).toVar();
}

/** TSL: light in the world as rays find it. Its methods must be called inside `Fn`. */
export class RayLight {
  constructor(
    private readonly scene: RayScene,
    readonly rays: Rays,
    private readonly lights: LightUniforms,
    private readonly probes: Probes,
    private readonly sky: RaySky,
  ) {}

  /**
   * Radiance (rgb) that arrives along a ray: sky where it hits nothing; of what it hits, the light of one light or
   * glowing point, drawn by what it would bring, and of the probes, and its emission.
   */
  arriving(
    origin: Node<'vec3'>,
    direction: Node<'vec3'>,
    hit: Hit,
    random: Random,
  ): { readonly radiance: Node<'vec3'>; readonly glow: Node<'vec3'> } {
    const { direct, factor, point, glow } = this.firstLight(origin, direction, hit, random);
    const sh = this.probes.coefficients(point, hit.normal, 'unlit');
    return { radiance: factor.mul(irradianceAround(hit.normal, sh)).add(direct).toVar(), glow };
  }

  /**
   * Of what a ray hits: radiance (rgb) from the sky or one light, the material factor that its ambient light
   * is to be multiplied with (0 for the sky), the place just off it, and its emission.
   */
  firstLight(origin: Node<'vec3'>, direction: Node<'vec3'>, hit: Hit, random: Random) {
    const direct = vec3(0).toVar();
    const factor = vec3(0).toVar();
    const glow = vec3(0).toVar();
    const point = origin.add(direction.mul(hit.distance)).add(hit.normal.mul(LIFT_M)).toVar();
    If(hit.found, () => {
      const row = hit.material.mul(MATERIAL_TEXELS).toVar();
      const base = this.scene.materials.at(row).toVar();
      const rest = this.scene.materials.at(row, 1).toVar();
      // Its gloss is left out: counted as diffuse, it would be reflected again by every bounce.
      factor.assign(base.rgb);
      const { lower, upper } = MIRROR;
      const mirror = base.a.mul(smoothstep(lower, upper, rest.a).oneMinus());
      direct.assign(factor.mul(this.direct(point, hit.normal, mirror.oneMinus(), random)));
      glow.assign(rest.rgb);
    }).Else(() => {
      direct.assign(this.sky.radiance(direction));
    });
    return { direct, factor, point, glow };
  }

  /**
   * Irradiance / π (rgb) from a share of the analytic lights and some glowing points: one of them, drawn by what it
   * would bring, with a ray to it.
   */
  private direct(
    point: Node<'vec3'>,
    normal: Node<'vec3'>,
    lightShare: Node<'float'>,
    random: Random,
  ): Node<'vec3'> {
    const { lights } = this;
    const total = float(0).toVar();
    const weight = float(0).toVar();
    const chosen = int(-1).toVar();
    const offset = vec3(0).toVar();
    const brought = vec3(0).toVar();
    const draw = (irradiance: Node<'vec3'>, take: () => void): void => {
      const share = luminanceOf(irradiance).toVar();
      total.addAssign(share);
      If(random.next().mul(total).lessThan(share), () => {
        weight.assign(share);
        take();
      });
    };
    const cosineTo = (direction: Node<'vec3'>) => max(normal.dot(direction), float(0));
    Loop(lights.count, ({ i }) => {
      const index = int(i).toVar();
      const light = lights.at(index, point);
      draw(light.irradiance.mul(cosineTo(light.direction)).mul(lightShare), () =>
        chosen.assign(index),
      );
    });
    If(this.emitterCount.greaterThan(int(0)), () => {
      const count = float(this.emitterCount).toVar();
      const first = random.next();
      Loop(HIT_CANDIDATES, ({ i }) => {
        const at = float(i).add(first).mul(count.div(HIT_CANDIDATES));
        const seen = this.glowFrom(int(min(at, count.sub(1))), point);
        const scale = seen.solidAngle.mul(cosineTo(seen.direction)).mul(count.div(HIT_CANDIDATES));
        const irradiance = this.glowOf(seen.row).mul(scale).toVar();
        draw(irradiance, () => {
          chosen.assign(-1);
          offset.assign(seen.offset.mul(BEFORE_GLOW));
          brought.assign(irradiance);
        });
      });
    });
    const found = vec3(0).toVar();
    If(weight.greaterThan(0), () => {
      If(chosen.greaterThanEqual(int(0)), () => {
        const disc = lights.discOf(chosen, lights.at(chosen, point).direction);
        const place = onDisc(disc.axis, random).mul(disc.radius);
        const light = lights.at(chosen, point, place);
        offset.assign(light.offset.mul(BEFORE_LIGHT));
        brought.assign(light.irradiance.mul(cosineTo(light.direction)).mul(lightShare));
      });
      const open = this.rays.visible(point, offset, float(1));
      found.assign(brought.mul(open).mul(total.div(weight)).div(Math.PI));
    });
    return found;
  }

  /** TSL: number of points on glowing surfaces. */
  get emitterCount(): Node<'int'> {
    return this.scene.emitterCount;
  }

  /** World-space place of a point on a glowing surface. */
  placeOf(index: Node<'int'>): Node<'vec3'> {
    return this.scene.emitters.at(index.mul(EMITTER_TEXELS)).xyz;
  }

  /** One point on a glowing surface as seen from a place: where it is, and its solid angle, 0 from behind. */
  private glowFrom(index: Node<'int'>, point: Node<'vec3'>) {
    const record = index.mul(EMITTER_TEXELS).toVar();
    const place = this.scene.emitters.at(record).toVar();
    const facing = this.scene.emitters.at(record, 1).toVar();
    const offset = place.xyz.sub(point).toVar();
    const distance2 = max(offset.dot(offset), float(1e-8)).toVar();
    const direction = offset.div(sqrt(distance2)).toVar();
    const area = place.w.mul(direction.dot(facing.xyz).negate()).toVar();
    const facesHere = area.greaterThan(0).or(place.w.lessThan(0));
    const solidAngle = facesHere.select(
      min(area.abs().div(distance2), float(MAX_SOLID_ANGLE)),
      float(0),
    );
    return { offset, direction, solidAngle: solidAngle.toVar(), area: place.w, row: facing.w };
  }

  /** Radiance (rgb) of the material in a row of the table. */
  private glowOf(row: Node<'float'>): Node<'vec3'> {
    return this.scene.materials.at(int(row).mul(MATERIAL_TEXELS), 1).rgb;
  }

  /** Radiance × solid angle (rgb) of one point on a glowing surface as seen from a place, 0 where something hides it. */
  glowAt(index: Node<'int'>, point: Node<'vec3'>): Node<'vec3'> {
    const found = vec3(0).toVar();
    If(this.emitterCount.greaterThan(int(0)), () => {
      const { offset, solidAngle, row } = this.glowFrom(index, point);
      If(solidAngle.greaterThan(0), () => {
        const open = this.rays.visible(point, offset, float(BEFORE_GLOW));
        found.assign(this.glowOf(row).mul(solidAngle).mul(open));
      });
    });
    return found;
  }

  /**
   * Light (rgb) from everything that glows, each direction weighed by `response`: one of some points, with a ray to it.
   * `stratum` in [0,1) says which points: neighbours whose strata are spread evenly look at all of them between them.
   */
  glow(
    point: Node<'vec3'>,
    response: (direction: Node<'vec3'>) => Node<'float'>,
    random: Random,
    stratum: Node<'float'>,
  ): Node<'vec3'> {
    const total = float(0).toVar();
    const weight = float(0).toVar();
    const chosen = vec3(0).toVar();
    const brought = float(0).toVar();
    const row = float(0).toVar();
    const found = vec3(0).toVar();
    const count = float(this.emitterCount).toVar();
    If(this.emitterCount.greaterThan(int(0)), () => {
      Loop(CANDIDATES, ({ i }) => {
        const at = float(i).add(stratum).mul(count.div(CANDIDATES));
        const seen = this.glowFrom(int(min(at, count.sub(1))), point);
        const answer = seen.solidAngle.mul(response(seen.direction)).toVar();
        // Points stand for equal shares of the power, so radiance is as good as 1 / area.
        const share = answer.div(max(seen.area.abs(), float(1e-12))).toVar();
        total.addAssign(share);
        If(random.next().mul(total).lessThan(share), () => {
          chosen.assign(seen.offset);
          brought.assign(answer);
          row.assign(seen.row);
          weight.assign(share);
        });
      });
      If(weight.greaterThan(0), () => {
        const open = this.rays.visible(point, chosen, float(BEFORE_GLOW));
        const scale = total.div(weight).mul(count).div(CANDIDATES);
        found.assign(this.glowOf(row).mul(brought).mul(open).mul(scale));
      });
    });
    return found;
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

/** TSL: a random point of the unit disc at right angles to a unit vector. */
function onDisc(axis: Node<'vec3'>, random: Random): Node<'vec3'> {
  const [tangent, bitangent] = basisOf(axis);
  const angle = random
    .next()
    .mul(2 * Math.PI)
    .toVar();
  const radius = sqrt(random.next()).toVar();
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
