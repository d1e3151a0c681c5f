import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, If, Loop, cos, exp, float, ivec2, max, min, mix, round, sin, sqrt, uniform, vec2, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import { lobeShareNode } from './brdf';
import { FullscreenPass, clampPixel, image, pixel } from './fullscreen';
import type { Image } from './fullscreen';
import { createTarget } from './gbuffer';
import { LEAST_LOBE, lobeDensity, lobeSample } from './lobe';
import type { Known } from './ray-light';
import { latticeTurn, pixelRandom } from './sampling';
import { encodeRelitNode, luminanceOf } from './shading';
import { Surfaces, startOf } from './surfaces';
import type { RaySources, Surface } from './surfaces';

/**
 * Reflections count from such a share of the material on: on mirrors, and on the roughest surfaces that have any, which are
 * more where near light has so many rays, too.
 */
const LEAST_SHARE = {
  smooth: 0.02,
  few: { rough: 0.25, roughest: 0.75 },
  many: { rough: 0.12, roughest: 0.9, rays: 8 },
} as const;
/**
 * Neighbours that a reflection takes a mean over, and how far away they are: as a share of the lobe's width, and at most as a
 * share of the height. Each brings a ray of its own lobe, which all of the width would widen by as much again.
 */
const BLUR = { taps: 32, width: 0.5, farthest: 0.11, nearTaps: 8, nearPx: 3, widePx: 4 } as const;
/** Radiance that counts half in that mean, in units of the frame's mean lighting. */
const KNEE = 64;
/** A hit that lies so close to the surface that its pixel shows is seen there, textures and soft shadows included. */
const SAME_SURFACE = 0.01;
/** Lobes wider than this, as a roughness, rarely meet a lamp: a ray to a point of it stands for it instead. */
const WIDE_LOBE = 0.3;
/** Blocks of points are drawn by a lobe at least so wide, as a roughness. */
const BLOCK_LOBE = 0.5;
/** A reflected lamp must not outshine the rest of the picture: in units of the frame's mean lighting. */
export const MAX_RADIANCE = 40;

/**
 * Radiance (rgb) along a ray of the reflection lobe of each pixel (w×h, half floats), a = distance to what was hit in
 * metres, 0 = no ray. A mirror has its reflection from one ray; on rough surfaces neighbours share theirs, as wide as the lobe is
 * ({@link Candidates}).
 */
export class Trace {
  private readonly leastRough = uniform(0);
  private readonly roughest = uniform(0);
  private readonly rays = createTarget('Trace', ['reflected'], false);
  private readonly pass: FullscreenPass;

  constructor(
    renderer: WebGPURenderer,
    private readonly sources: RaySources,
  ) {
    const surfaces = new Surfaces(sources);
    this.pass = new FullscreenPass(renderer, 'Trace', this.reflectedNode(surfaces));
  }

  /** See above. */
  get reflected(): Texture {
    return this.rays.texture;
  }

  resize(width: number, height: number): void {
    this.rays.setSize(width, height);
  }

  /** `rayCount`: that of {@link Gather}. */
  render(rayCount: number): void {
    const { few, many } = LEAST_SHARE;
    const { rough, roughest } = rayCount < many.rays ? few : many;
    this.leastRough.value = rough;
    this.roughest.value = roughest;
    this.pass.render(this.rays);
  }

  /** One ray of the reflection lobe, other ones in each frame. */
  private reflectedNode(surfaces: Surfaces): Node<'vec4'> {
    const { frame, world, levels } = this.sources;
    const { light } = world;
    return Fn(() => {
      const here = surfaces.materialAt(pixel());
      const random = pixelRandom(frame.noise);
      const found = vec4(0).toVar();
      If(this.reflects(here), () => {
        const start = startOf(here);
        const view = here.position.normalize();
        const { direction, isLost } = lobeSample(view, here.normal, here.roughness, random);
        const origin = frame.cameraWorld.mul(vec4(start, 1)).xyz.toVar();
        const ray = frame.cameraWorld.mul(vec4(direction, 0)).xyz.toVar();
        const limit = float(MAX_RADIANCE).div(levels.exposure).toVar();
        const isWide = here.roughness.greaterThanEqual(WIDE_LOBE).toVar();
        const inView = (v: Node<'vec3'>, w: number): Node<'vec3'> =>
          frame.cameraView.mul(vec4(v, w)).xyz.toVar();
        const picture: Known = (point, { view: towards }, share) => {
          const there = inView(point, 1);
          const shown = vec4(0).toVar();
          If(isShown(surfaces, there), () => {
            shown.assign(surfaces.radianceAt(there, inView(towards, 0), limit, share));
          });
          return shown;
        };
        const turn = (step: Node<'float'>) => latticeTurn(pixel(), frame.noise, step);
        const seen = light.arriving(origin, ray, random, { isWide, known: picture, turn });
        const share = (towards: Node<'vec3'>) => lobeShareNode(here, here.normal, view, towards);
        seen.radiance.mulAssign(isLost.select(vec3(0), share(direction)));
        If(isWide, () => {
          const density = (roughness: Node<'float'>) => (towards: Node<'vec3'>) =>
            lobeDensity(view, here.normal, roughness, inView(towards, 0));
          const glow = light.glow.arriving(origin, random, {
            response: density(here.roughness),
            wideResponse: density(max(here.roughness, float(BLOCK_LOBE))),
            besideChance: true,
          });
          const way = inView(glow.offset, 0);
          const brings = share(way.div(max(way.length(), float(1e-6))));
          seen.radiance.addAssign(glow.light.mul(brings.mul(glow.open)));
        });
        found.assign(vec4(min(seen.radiance, vec3(limit)), min(seen.distance, float(1e4))));
      });
      return found;
    })();
  }

  /**
   * TSL: lit with the mean reflection of neighbours whose lobes overlap; a = 1 where a ray was sent. Wide lobes take it
   * from `shared`, the reflections at half the size, each a mean already.
   */
  mirrorNode(surfaces: Surfaces, shared: Image): Node<'vec4'> {
    const { frame, levels } = this.sources;
    const reflected = image(this.reflected);
    return Fn(() => {
      const here = surfaces.at(pixel());
      const own = reflected.at(pixel()).toVar();
      const random = pixelRandom(frame.noise);
      const exposure = levels.exposure.toVar();
      const weigh = (texel: Node<'vec4'>, weight: Node<'float'>): Node<'vec4'> => {
        const bright = luminanceOf(texel.rgb).mul(exposure.div(KNEE));
        return vec4(texel.rgb, 1).mul(weight.div(bright.add(1)));
      };
      const sum = weigh(own, float(1)).toVar();
      If(own.a.greaterThan(0).and(here.roughness.greaterThan(0.05)), () => {
        const alpha = here.roughness.mul(here.roughness).toVar();
        // A normal turned by as much as the half vectors of the lobe spread reflects another direction.
        const lobe = max(alpha.mul(alpha), float(LEAST_LOBE)).negate().toVar();
        const focalPx = frame.gbufferProjection.y.mul(frame.inputSizePx.y).mul(0.5);
        const turn = random.next().toVar();
        const last = ivec2(frame.inputSizePx).sub(1).toVar();
        const { axis, across } = footprintOf(here);
        /** The k-th of the places around, and how far it is of this lobe. */
        const neighbour = (of: Image, step: number, k: Node<'float'>, radiusPx: Node<'float'>) => {
          const angle = k.mul(0.381966).add(turn).mul(2 * Math.PI).toVar();
          const sideways = vec2(axis.y.negate(), axis.x).mul(across.mul(sin(angle)));
          const offset = ivec2(round(axis.mul(cos(angle)).add(sideways).mul(radiusPx)));
          const there = clampPixel(pixel().add(offset), last).div(step).toVar();
          const texel = of.at(there).toVar();
          const shape = surfaces.shapeAt(there.mul(step));
          const turned = exp(here.normal.dot(shape.normal).oneMinus().div(lobe));
          const apart = shape.position.sub(here.position).dot(here.normal).abs().div(here.depth.mul(-0.02));
          const weight = texel.a.greaterThan(0).select(turned.mul(exp(apart)), float(0)).toVar();
          return { texel, weight };
        };
        // How far away what is reflected lies: single rays of a wide lobe differ too much in it.
        const share = vec2(farness(own.a, here.depth), 1).toVar();
        Loop(BLUR.nearTaps, ({ i }) => {
          const { texel, weight } = neighbour(shared, 2, float(i).toVar(), float(BLUR.nearPx));
          share.addAssign(vec2(texel.a, 1).mul(weight));
        });
        const farthest = frame.inputSizePx.y.mul(BLUR.farthest);
        const width = alpha.mul(BLUR.width).mul(share.x.div(share.y));
        const radiusPx = min(width.mul(focalPx), farthest).add(1).toVar();
        const blur = (of: Image, step: number): void => {
          Loop(BLUR.taps, ({ i }) => {
            const k = float(i).add(0.5).toVar();
            const { texel, weight } = neighbour(of, step, k, sqrt(k.div(BLUR.taps)).mul(radiusPx));
            sum.addAssign(weigh(texel, weight));
          });
        };
        If(radiusPx.lessThan(BLUR.widePx), () => blur(reflected, 1)).Else(() => {
          sum.mulAssign(1 / BLUR.taps);
          blur(shared, 2);
        });
      });
      const mean = sum.rgb.div(max(sum.a, float(1e-6)));
      const sent = own.a.greaterThan(0).select(float(1), float(0)).toVar();
      const change = mean.mul(here.specularShare).sub(here.specularAmbient).mul(sent);
      return vec4(encodeRelitNode(here.lit.add(change), here.lit, exposure), sent);
    })(); // prettier-ignore
  }

  /** TSL: whether a surface reflects so much that the blurred light of the probes will not do. */
  private reflects({ surface, specularShare: share, roughness }: Surface): Node<'bool'> {
    const most = max(share.r, max(share.g, share.b));
    const counts = most.greaterThan(mix(float(LEAST_SHARE.smooth), this.leastRough, roughness));
    return surface.greaterThan(0.5).and(counts).and(roughness.lessThan(this.roughest));
  }

  dispose(): void {
    [this.rays, this.pass].forEach((part) => part.dispose());
  }
}

/**
 * TSL: the direction in the picture, y down, in which a surface's lobe is widest, and how wide it is across it as a share of
 * that: seen at a flat angle, a rough floor draws what it reflects out into streaks.
 */
function footprintOf({ position, normal }: Surface) {
  const view = position.normalize().toVar();
  const cosine = normal.dot(view).toVar();
  const tilt = normal.sub(view.mul(cosine)).toVar();
  const seen = tilt.xy
    .sub(view.xy.mul(tilt.z.div(view.z)))
    .mul(vec2(1, -1))
    .toVar();
  return { axis: seen.div(max(seen.length(), float(1e-4))).toVar(), across: cosine.abs().toVar() };
}

/** TSL: how wide a reflection's lobe is in the picture, as a share of what it would be for the farthest thing. */
export const farness = (distance: Node<'float'>, depth: Node<'float'>): Node<'float'> =>
  distance.div(distance.add(depth));

/** TSL: whether a view-space point is on the surface that its pixel shows. */
function isShown(surfaces: Surfaces, point: Node<'vec3'>): Node<'bool'> {
  const { gone, gap } = surfaces.probe(point);
  return gone.not().and(gap.abs().lessThan(point.z.negate().mul(SAME_SURFACE)));
}
