import type { Node } from 'three/webgpu';
import { Break, If, Loop, float, int, max, smoothstep, vec3 } from 'three/tsl';
import type { LightUniforms } from './light-uniforms';
import { lobeDirection } from './lobe';
import type { Probes } from './probes';
import { irradianceAround } from './probes';
import { BEFORE_GLOW } from './ray-glow';
import type { GlowQuery, RayGlow } from './ray-glow';
import { MATERIAL_TEXELS } from './ray-materials';
import type { RayScene } from './ray-scene';
import type { RaySky } from './ray-sky';
import type { Hit, Rays } from './rays';
import { FAR_M } from './rays';
import { Reservoir, onDisc } from './sampling';
import type { Random } from './sampling';
import { luminanceOf } from './shading';

/** Glowing points of a block that a hit looks at. */
const GLOW_POINTS = 8;
/** Surfaces that a path meets at most: it goes on from metal to metal. */
const EDGES = 3;
/**
 * Metals between these roughnesses turn from mirrors to matte as far as lamps go. A mirror's highlight of a small light
 * is a caustic: it would need more paths than references have, and shining evenly would be far too bright.
 */
const MIRROR = { lower: 0.1, upper: 0.3 } as const;
/** A ray to a light ends this share of the way: the lamp itself is not in its way. */
export const BEFORE_LIGHT = 0.999;
/** Rays start this far off their surface, in metres. */
const LIFT_M = 0.002;

/** What is known of a place that a ray reaches: radiance (rgb) with a share of its emission, a = 1; else all zero. */
export type Known = (
  point: Node<'vec3'>,
  direction: Node<'vec3'>,
  glowShare: Node<'float'>,
) => Node<'vec4'>;

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
   * where its points are asked for the rest. Metal reflects the ray on. `distance` is that of the first hit, FAR_M if
   * there is none.
   */
  arriving(
    origin: Node<'vec3'>,
    direction: Node<'vec3'>,
    random: Random,
    { asksGlow, known }: { readonly asksGlow: Node<'bool'>; readonly known?: Known },
  ) {
    const radiance = vec3(0).toVar();
    const distance = float(FAR_M).toVar();
    const through = vec3(1).toVar();
    const from = origin.toVar();
    const along = direction.toVar();
    const glows = float(1).toVar();
    Loop(EDGES, ({ i }) => {
      const edge = int(i).toVar();
      const hit = this.rays.closest(from, along);
      If(edge.equal(int(0)), () => distance.assign(hit.distance));
      If(hit.found.not(), () => {
        radiance.addAssign(through.mul(this.sky.radiance(along)));
        Break();
      });
      const material = this.materialOf(hit);
      If(edge.equal(int(0)).and(asksGlow), () => {
        const cosine = hit.normal.dot(along).abs();
        const distance2 = hit.distance.mul(hit.distance);
        glows.assign(this.glow.chanceShare(material.emission, cosine, distance2));
      });
      const isLast = edge.equal(int(EDGES - 1));
      const goesOn = random.next().lessThan(material.metalness).and(isLast.not()).toVar();
      if (known) {
        const isKnown = float(0).toVar();
        If(goesOn.not(), () => {
          const picture = known(from.add(along.mul(hit.distance)), along, glows).toVar();
          radiance.addAssign(through.mul(picture.rgb));
          isKnown.assign(picture.a);
        });
        If(isKnown.greaterThan(0.5), () => {
          Break();
        });
      }
      const point = pointOf(from, along, hit);
      // What the ray finds on its way from a mirror, the mirror must not spread.
      const matte = goesOn.select(material.sharp.oneMinus(), float(1));
      const direct = this.direct(point, hit.normal, material, matte, random);
      radiance.addAssign(through.mul(material.emission.mul(glows).add(direct)));
      through.mulAssign(material.base);
      If(goesOn.not(), () => {
        const sh = this.probes.coefficients(point, hit.normal, 'unlit');
        radiance.addAssign(through.mul(irradianceAround(hit.normal, sh)));
        Break();
      });
      along.assign(lobeDirection(along, hit.normal, material.roughness, random));
      from.assign(point);
      glows.assign(material.sharp);
    });
    return { radiance, distance };
  }

  /**
   * Of what a ray hits: radiance (rgb) from the sky or one lamp, and the material factor that its ambient light
   * is to be multiplied with (0 for the sky).
   */
  firstLight(origin: Node<'vec3'>, direction: Node<'vec3'>, hit: Hit, random: Random) {
    const direct = vec3(0).toVar();
    const factor = vec3(0).toVar();
    If(hit.found, () => {
      const material = this.materialOf(hit);
      factor.assign(material.base);
      const point = pointOf(origin, direction, hit);
      direct.assign(this.direct(point, hit.normal, material, float(1), random));
    }).Else(() => {
      direct.assign(this.sky.radiance(direction));
    });
    return { direct, factor };
  }

  /** The flat material of a hit; `sharp` = 1 where it is so smooth that it shows lamps instead of spreading their light. */
  private materialOf(hit: Hit) {
    const row = hit.material.mul(MATERIAL_TEXELS).toVar();
    const base = this.scene.materials.at(row).toVar();
    const rest = this.scene.materials.at(row, 1).toVar();
    const sharp = smoothstep(MIRROR.lower, MIRROR.upper, rest.a).oneMinus().toVar();
    // Gloss counts as diffuse, in what the base colour is a mean of; see meanReflectance.
    return { base: base.rgb, metalness: base.a, emission: rest.rgb, roughness: rest.a, sharp };
  }

  /**
   * Radiance (rgb) that a surface reflects of the analytic lights and of a share of some glowing points: of one of them,
   * drawn by what it would bring, with a ray to it.
   */
  private direct(
    point: Node<'vec3'>,
    normal: Node<'vec3'>,
    { base, metalness, sharp }: ReturnType<RayLight['materialOf']>,
    glowShare: Node<'float'>,
    random: Random,
  ): Node<'vec3'> {
    const { lights } = this;
    const drawn = new Reservoir(random);
    const chosen = int(-1).toVar();
    const offset = vec3(0).toVar();
    const brought = vec3(0).toVar();
    const cosineTo = (direction: Node<'vec3'>) => max(normal.dot(direction), float(0));
    const lightShare = metalness.mul(sharp).oneMinus().toVar();
    Loop(lights.count, ({ i }) => {
      const index = int(i).toVar();
      const light = lights.at(index, point);
      const share = luminanceOf(light.irradiance).mul(cosineTo(light.direction)).mul(lightShare);
      drawn.offer(share, () => chosen.assign(index));
    });
    const query: GlowQuery = {
      points: GLOW_POINTS,
      response: (direction) => cosineTo(direction).mul(glowShare),
    };
    this.glow.offer(drawn, point, random, query, (way, light) => {
      chosen.assign(int(-1));
      offset.assign(way.mul(BEFORE_GLOW));
      brought.assign(light);
    });
    const found = vec3(0).toVar();
    If(drawn.found, () => {
      If(chosen.greaterThanEqual(int(0)), () => {
        const disc = lights.discOf(chosen, lights.at(chosen, point).direction);
        const place = onDisc(disc.axis, random.next(), random.next()).mul(disc.radius);
        const light = lights.at(chosen, point, place);
        offset.assign(light.offset.mul(BEFORE_LIGHT));
        brought.assign(light.irradiance.mul(cosineTo(light.direction)).mul(lightShare));
      });
      const open = this.rays.visible(point, offset, float(1));
      found.assign(brought.mul(base).mul(open.mul(drawn.scale).div(Math.PI)));
    });
    return found;
  }
}

/** TSL: the place just off what a ray has hit. */
const pointOf = (origin: Node<'vec3'>, direction: Node<'vec3'>, hit: Hit): Node<'vec3'> =>
  origin.add(direction.mul(hit.distance)).add(hit.normal.mul(LIFT_M)).toVar();
