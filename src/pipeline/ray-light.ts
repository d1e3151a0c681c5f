import type { Node } from 'three/webgpu';
import { Break, If, Loop, float, int, max, reflect, smoothstep, vec3, vec4 } from 'three/tsl';
import { flatBrdfNode, reflectanceNode } from './brdf';
import type { LightUniforms } from './light-uniforms';
import { lobeDirection } from './lobe';
import type { Probes } from './probes';
import { irradianceAround, reflectedAlong } from './probes';
import { BEFORE_GLOW, MOST_BEFORE } from './ray-glow';
import type { GlowQuery, RayGlow } from './ray-glow';
import { MATERIAL_TEXELS } from './ray-materials';
import type { RayScene } from './ray-scene';
import type { RaySky } from './ray-sky';
import type { Hit, Rays } from './rays';
import { FAR_M } from './rays';
import { Reservoir, cosineDirection, onDisc } from './sampling';
import type { Random } from './sampling';
import { luminanceOf } from './shading';

/** Glowing points of a block that a hit looks at. */
const GLOW_POINTS = 8;
/** Surfaces that a path meets at most: it goes on from metals, and from what is glossy as often as that reflects. */
const EDGES = 7;
/** Metals between these roughnesses turn from mirrors, whose rays meet what glows, to surfaces that ask for its points. */
const MIRROR = { lower: 0.1, upper: 0.3 } as const;
/** Between these roughnesses what a hit reflects comes less and less from a ray, and more from the probes. */
const GLOSSY = { lower: 0.3, upper: 0.6 } as const;
/** Lamps that each hit of a probe's ray asks: what one of them brings by chance stays in the picture as long as the probe's light. */
const PROBE_LAMPS = 4;
/** Probes know nothing of what is nearer than this, in metres. */
const NEAR_M = 0.5;
/** A ray to a light ends this share of the way: the lamp itself is not in its way. */
export const BEFORE_LIGHT = 0.999;
/** Rays start this far off their surface, in metres. */
const LIFT_M = 0.002;

/** What is known of a place that a ray reaches: radiance (rgb) with a share of its emission, a = 1; else all zero. */
export type Known = (
  point: Node<'vec3'>,
  facing: { readonly normal: Node<'vec3'>; readonly view: Node<'vec3'> },
  glowShare: Node<'float'>,
) => Node<'vec4'>;

/** How the light along a ray is to be found. */
interface Arriving {
  /** Whether points of what glows are asked for what the ray finds by chance. */
  readonly isWide: Node<'bool'>;
  readonly known?: Known;
  /**
   * Two numbers in [0,1) for each step of a path. If given, a path that no picture ends looks for what is near its last surface, where
   * probes would have their light in the narrowest gap.
   */
  readonly turn?: (step: Node<'float'>) => [Node<'float'>, Node<'float'>];
  /** Lamps that each hit asks, 1 if left out. */
  readonly lampCount?: Node<'int'>;
}

/** TSL: light in the world as rays find it. Its methods must be called inside `Fn`. */
export class RayLight {
  constructor(
    private readonly scene: RayScene,
    readonly rays: Rays,
    readonly glow: RayGlow,
    private readonly lights: LightUniforms,
    private readonly probes: Probes,
    private readonly sky: RaySky,
  ) {}

  /**
   * Radiance (rgb) that arrives along a ray: sky where it hits nothing; of what it hits, the light of one lamp and of the
   * probes, or what is `known` of it, and its emission, but only what is found by chance ({@link RayGlow.chanceShare})
   * where its points are asked for the rest. Metal reflects the ray on, and so does by chance what is glossy, as often as it
   * mirrors, where no picture is asked. Light of the probes is that of what lies farther than {@link NEAR_M}, where a `turn` is
   * given. `distance` is that of the first hit, FAR_M if there is none; `lost` is by how much more
   * the lamps brought in the last frame, in luminance.
   */
  arriving(
    origin: Node<'vec3'>,
    direction: Node<'vec3'>,
    random: Random,
    { isWide, known, lampCount, turn }: Arriving,
  ) {
    const radiance = vec3(0).toVar();
    const lost = float(0).toVar();
    const distance = float(FAR_M).toVar();
    const through = vec3(1).toVar();
    const from = origin.toVar();
    const along = direction.toVar();
    const glows = float(1).toVar();
    // Once the path has left a diffuse surface: how far it looks for others, and light of the probes if there is none.
    const reach = float(FAR_M).toVar();
    const ambient = vec3(0).toVar();
    Loop(EDGES, ({ i }) => {
      const edge = int(i).toVar();
      const hit = this.rays.closest(from, along, reach);
      If(edge.equal(int(0)), () => {
        distance.assign(hit.distance);
      });
      If(hit.found.not(), () => {
        const isNear = reach.lessThan(FAR_M);
        radiance.addAssign(isNear.select(ambient, through.mul(this.sky.radiance(along))));
        Break();
      });
      const material = this.materialOf(hit);
      const facing = { normal: hit.normal, view: along };
      If(edge.equal(int(0)).and(isWide), () => {
        const cosine = hit.normal.dot(along).abs();
        const distance2 = hit.distance.mul(hit.distance);
        const luminance = luminanceOf(material.emission).toVar();
        glows.assign(this.glow.chanceShare(luminance, cosine, distance2));
      });
      const { diffuse, specular } = reflectanceNode(material, hit.normal, along);
      // Where the picture may be asked, it knows what dielectrics reflect.
      const gloss = known ? material.metalness : max(material.metalness, material.gloss);
      const shiny = edge
        .equal(int(EDGES - 1))
        .select(vec3(0), specular.mul(gloss))
        .toVar();
      const whole = luminanceOf(diffuse.add(specular));
      const chance = luminanceOf(shiny)
        .div(max(whole, float(1e-6)))
        .toVar();
      const goesOn = random.next().lessThan(chance).toVar();
      if (known) {
        const isKnown = float(0).toVar();
        If(goesOn.not(), () => {
          const picture = known(from.add(along.mul(hit.distance)), facing, glows).toVar();
          radiance.addAssign(through.mul(picture.rgb));
          isKnown.assign(picture.a);
        });
        If(isKnown.greaterThan(0.5), () => {
          Break();
        });
      }
      const point = pointOf(from, along, hit);
      // What the ray finds on its way from a mirror, the mirror must not spread; lamps no ray finds by chance.
      const mirrors = material.metalness.mul(material.sharp).toVar();
      const glow = goesOn.select(mirrors.oneMinus(), float(1));
      const isSpread = isWide.or(reach.lessThan(FAR_M));
      const lamps = isSpread.select(float(1), mirrors.oneMinus());
      radiance.addAssign(through.mul(material.emission.mul(glows)));
      const askOne = (): void => {
        const direct = this.direct(point, facing, material, { lamps, glow }, random).toVar();
        const brought = through
          .mul(direct.rgb)
          .div(lampCount ? float(lampCount) : 1)
          .toVar();
        radiance.addAssign(brought);
        lost.addAssign(luminanceOf(brought).mul(direct.a));
      };
      if (lampCount) Loop(lampCount, askOne);
      else askOne();
      If(goesOn.not(), () => {
        const { roughness } = material;
        const blurred = { diffuse, specular: specular.sub(shiny), roughness };
        const stays = max(chance.oneMinus(), float(1e-3)).toVar();
        ambient.assign(through.mul(this.ambient(point, facing, blurred).div(stays)));
        const end = (): void => {
          radiance.addAssign(ambient);
          Break();
        };
        if (!turn) return end();
        If(edge.equal(int(EDGES - 1)), end);
        through.mulAssign(diffuse.add(specular).sub(shiny).div(stays));
        const [u, v] = turn(float(edge));
        along.assign(cosineDirection(hit.normal, u, v));
        reach.assign(NEAR_M);
        glows.assign(0);
      }).Else(() => {
        through.mulAssign(shiny.div(max(chance, float(1e-3))));
        along.assign(lobeDirection(along, hit.normal, material.roughness, random));
        reach.assign(FAR_M);
        glows.assign(mirrors);
      });
      from.assign(point);
    });
    return { radiance, distance, lost };
  }

  /**
   * Of what a ray hits: radiance (rgb) from the sky or some lamps, and the material factor that its ambient light
   * is to be multiplied with (0 for the sky).
   */
  firstLight(origin: Node<'vec3'>, direction: Node<'vec3'>, hit: Hit, random: Random) {
    const direct = vec3(0).toVar();
    const factor = vec3(0).toVar();
    If(hit.found, () => {
      const material = this.materialOf(hit);
      factor.assign(material.mean);
      const point = pointOf(origin, direction, hit);
      const facing = { normal: hit.normal, view: direction };
      const all = { lamps: material.metalness.mul(material.sharp).oneMinus(), glow: float(1) };
      Loop(PROBE_LAMPS, () => {
        direct.addAssign(this.direct(point, facing, material, all, random).rgb.div(PROBE_LAMPS));
      });
    }).Else(() => {
      direct.assign(this.sky.radiance(direction));
    });
    return { direct, factor };
  }

  /** Radiance (rgb) that a surface reflects against `view` of the light of the probes. */
  private ambient(
    point: Node<'vec3'>,
    { normal, view }: { readonly normal: Node<'vec3'>; readonly view: Node<'vec3'> },
    share: Record<'diffuse' | 'specular', Node<'vec3'>> & { readonly roughness: Node<'float'> },
  ): Node<'vec3'> {
    const sh = this.probes.coefficients(point, normal, 'unlit');
    const mirrored = reflectedAlong(reflect(view, normal), normal, sh, share.roughness);
    return share.diffuse.mul(irradianceAround(normal, sh)).add(share.specular.mul(mirrored));
  }

  /**
   * The flat material of a hit; `sharp` = 1 where it is so smooth that it shows lamps instead of spreading their light,
   * `gloss` = 1 where it is so smooth that probes are too blurred for what it reflects.
   */
  private materialOf(hit: Hit) {
    const row = hit.material.mul(MATERIAL_TEXELS).toVar();
    const reflects = this.scene.materials.at(row).toVar();
    const rest = this.scene.materials.at(row, 1).toVar();
    const sharp = smoothstep(MIRROR.lower, MIRROR.upper, rest.a).oneMinus().toVar();
    const gloss = smoothstep(GLOSSY.lower, GLOSSY.upper, rest.a).oneMinus().toVar();
    const { rgb: mean, a: metalness } = reflects;
    return { mean, metalness, emission: rest.rgb, roughness: rest.a, sharp, gloss };
  }

  /**
   * Radiance (rgb) that a surface reflects against `view` of shares of the analytic lights and of some glowing points: of
   * one of them, drawn by the light it would bring, with a ray to it. a = how much more it was in the last frame, as a share of it.
   */
  private direct(
    point: Node<'vec3'>,
    { normal, view }: { readonly normal: Node<'vec3'>; readonly view: Node<'vec3'> },
    material: ReturnType<RayLight['materialOf']>,
    shares: { readonly lamps: Node<'float'>; readonly glow: Node<'float'> },
    random: Random,
  ): Node<'vec4'> {
    const { lights, scene } = this;
    const drawn = new Reservoir(random);
    const chosen = int(-1).toVar();
    const offset = vec3(0).toVar();
    const brought = vec3(0).toVar();
    const cosineTo = (direction: Node<'vec3'>) => max(normal.dot(direction), float(0));
    const lamps = shares.lamps.toVar();
    const glow = shares.glow.toVar();
    Loop(lights.count, ({ i }) => {
      const index = int(i).toVar();
      const light = lights.at(index, point);
      const share = luminanceOf(light.irradiance).mul(cosineTo(light.direction)).mul(lamps);
      drawn.offer(share, () => chosen.assign(index));
    });
    const query: GlowQuery = {
      points: GLOW_POINTS,
      response: (direction) => cosineTo(direction).mul(glow),
    };
    const glowing = int(0).toVar();
    this.glow.offer(drawn, point, random, query, (way, index) => {
      chosen.assign(int(-1));
      glowing.assign(index);
      offset.assign(way.mul(BEFORE_GLOW));
    });
    const found = vec4(0).toVar();
    If(drawn.found, () => {
      If(chosen.greaterThanEqual(int(0)), () => {
        const disc = lights.discOf(chosen, lights.at(chosen, point).direction);
        const place = onDisc(disc.axis, random.next(), random.next()).mul(disc.radius);
        const light = lights.at(chosen, point, place);
        offset.assign(light.offset.mul(BEFORE_LIGHT));
        const now = light.irradiance.mul(cosineTo(light.direction)).mul(lamps).toVar();
        brought.assign(now.mul(drawn.scale));
        If(lights.changedCount.greaterThan(int(0)), () => {
          const last = lights.before.at(chosen, point, place);
          const before = luminanceOf(last.irradiance).mul(cosineTo(last.direction)).mul(lamps);
          const times = before.div(max(luminanceOf(now), float(1e-20)));
          found.a.assign(times.min(MOST_BEFORE).sub(1));
        });
      }).Else(() => {
        brought.assign(this.glow.colorOf(glowing).mul(drawn.all));
        If(scene.emittersChange.greaterThan(int(0)), () => {
          found.a.assign(this.glow.before(glowing, point, query.response).sub(1));
        });
      });
      const open = this.rays.visible(point, offset, float(1));
      const reflected = flatBrdfNode(material, normal, view, offset.normalize());
      found.rgb.assign(brought.mul(reflected).mul(open));
    });
    return found;
  }
}

/** TSL: the place just off what a ray has hit. */
const pointOf = (origin: Node<'vec3'>, direction: Node<'vec3'>, hit: Hit): Node<'vec3'> =>
  origin.add(direction.mul(hit.distance)).add(hit.normal.mul(LIFT_M)).toVar();
