import type { Node, RenderTarget, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, If, Loop, bool, float, fract, int, ivec2, max, min, mix, mrt, uint, uniform, vec2, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import { DIFFUSE_SHARE, DIFFUSE_TRANSMISSION } from '../core/material';
import { FullscreenPass, clampPixel, eachOffset, image, pixel } from './fullscreen';
import type { Image } from './fullscreen';
import { createTarget } from './gbuffer';
import { irradianceAround } from './probes';
import { Mean, likeness } from './neighbours';
import { cellOf, cosineDirection, pixelRandom } from './sampling';
import { encodeRelitNode, luminanceOf } from './shading';
import { Surfaces, startOf } from './surfaces';
import type { RaySources } from './surfaces';
import { farness } from './trace';
import type { Trace } from './trace';

/** Neighbours share their rays: those of this many texels each way make one set of directions. */
const SPREAD = 4;
/** A small bright spot must not speckle the picture: in units of the frame's mean lighting. */
const MAX_RADIANCE = 100;
/** Steps in texels of the smoothing passes after the first, which takes the SPREAD² texels that share their rays. */
const STEPS = [2, 4] as const;
/** How far the light of a texel holds, as a share of the harmonic mean of its rays' lengths (Ward and Heckbert 1992). */
const REACH = 0.5;
/** Those that share a set of rays need each other's directions: this many times farther. */
const SHARE_REACH = 4;
/** The material factor lets in more, so that white stays white; gathered light is what the references have. */
const ENTERING = DIFFUSE_TRANSMISSION / DIFFUSE_SHARE;
/** Rays count as at least and at most so long, in metres. */
const LENGTH = { least: 0.05, most: 10 } as const;

/**
 * Near light, which probes a metre apart cannot hold: a final gather through the world. Cosine-distributed rays pick up
 * the light of what they hit, and one more ray goes to a glowing surface; each frame takes other directions. Neighbours
 * then share what they found, as far as it holds, in à-trous steps (Dammertz et al. 2010).
 * - gathered: (w/2)×(h/2), rgb = (gathered irradiance - probe irradiance) / π, a = mean of 1 / ray length. Ambient occlusion is no
 *   part of either: what is near darkens the gathered light itself, and smoothing would carry the difference elsewhere
 * - reflected: (w/2)×(h/2), mean of what the rays of {@link Trace} brought that reflect on one surface around here,
 *   a = mean of their {@link farness}, 0 = none
 * {@link Candidates} spreads both over all pixels.
 */
export class Gather {
  /** Rays a texel. */
  readonly rayCount = uniform(4, 'int');
  private readonly halves = [0, 1].map(() => createTarget('Gather', ['gathered'], false));
  private readonly shared = createTarget('Gather.share', ['gathered', 'reflected'], false);
  private readonly source = image(this.shared.texture);
  private readonly rays: FullscreenPass;
  private readonly share: FullscreenPass;
  private readonly smooth: readonly FullscreenPass[];

  constructor(
    renderer: WebGPURenderer,
    private readonly sources: RaySources,
    trace: Trace,
  ) {
    const surfaces = new Surfaces(sources);
    const pass = (name: string, node: Node) => new FullscreenPass(renderer, name, node);
    this.rays = pass('Gather', this.rayNode(surfaces));
    const gathered = this.shareNode(surfaces);
    const reflected = this.reflectedNode(surfaces, image(trace.reflected));
    this.share = pass('Gather.share', mrt({ gathered, reflected }));
    this.smooth = STEPS.map((step) =>
      pass(`Gather.smooth${step}`, this.smoothNode(surfaces, step)),
    );
  }

  /** See above. */
  get reflected(): Texture {
    return this.shared.textures[1]!;
  }

  resize(width: number, height: number): void {
    for (const half of [...this.halves, this.shared])
      half.setSize(Math.ceil(width / 2), Math.ceil(height / 2));
  }

  render(): void {
    const [even, odd] = this.halves as [RenderTarget, RenderTarget];
    const steps = [
      [this.rays, even],
      [this.share, this.shared],
      [this.smooth[0]!, odd],
      [this.smooth[1]!, even],
    ] as const;
    for (const [pass, target] of steps) {
      pass.render(target);
      this.source.set(target.texture);
    }
  }

  private rayNode(surfaces: Surfaces): Node<'vec4'> {
    const { frame, world, levels } = this.sources;
    const { probes, light } = world;
    return Fn(() => {
      const at = pixel().toVar();
      const here = surfaces.at(at.mul(2));
      const normal = frame.cameraWorld.mul(vec4(here.normal, 0)).xyz.toVar();
      const point = frame.cameraWorld.mul(vec4(startOf(here), 1)).xyz.toVar();
      const random = pixelRandom(frame.noise);
      const limit = float(MAX_RADIANCE).div(levels.exposure).toVar();
      const sum = vec3(0).toVar();
      const nearness = float(0).toVar();
      const count = float(this.rayCount).toVar();
      If(here.surface.greaterThan(0.5), () => {
        Loop(this.rayCount, ({ i }) => {
          const [u, v] = this.turn(at, int(i).toVar());
          const direction = cosineDirection(normal, u, v);
          const found = light.arriving(point, direction, random, { isWide: bool(true) });
          nearness.addAssign(float(1).div(found.distance.clamp(LENGTH.least, LENGTH.most)));
          sum.addAssign(capped(found.radiance, limit));
        });
        sum.divAssign(count);
        const lambert = (direction: Node<'vec3'>) =>
          max(direction.dot(normal), float(0)).div(Math.PI);
        const glow = light.glow.arriving(point, random, { response: lambert, besideChance: true });
        const glowing = capped(glow.light, limit).toVar();
        // How far both together hold, each as much as it brings, whatever stands in the way of the glow.
        const share = luminanceOf(glowing).div(max(luminanceOf(glowing.add(sum)), float(1e-9)));
        const glowNearness = count.div(glow.offset.length().clamp(LENGTH.least, LENGTH.most));
        nearness.assign(mix(nearness, glowNearness, share));
        sum.addAssign(glowing.mul(glow.open));
      });
      const sh = probes.coefficients(frame.cameraWorld.mul(vec4(here.position, 1)).xyz, normal);
      const known = irradianceAround(normal, sh);
      return vec4(sum.sub(known), nearness.div(count));
    })();
  }

  /**
   * Two numbers in [0,1) for a ray: the R2 sequence over the texels that share a set, turned by the frame's number and
   * from set to set, or a window that no ray of the one set finds would be missed by all of a wall.
   */
  private turn(at: Node<'ivec2'>, ray: Node<'int'>): [Node<'float'>, Node<'float'>] {
    const number = float(cellOf(at, SPREAD).mul(this.rayCount).add(ray)).add(0.5).toVar();
    const frame = float(this.sources.frame.noise.bitAnd(uint(255))).toVar();
    const set = vec2(at).div(SPREAD).floor().toVar();
    const u = number
      .mul(0.7548777)
      .add(frame.mul(0.618034))
      .add(set.dot(vec2(0.8191725, 0.6710436)));
    const v = number
      .mul(0.5698403)
      .add(frame.mul(0.4142136))
      .add(set.dot(vec2(0.5497005, 0.8566749)));
    return [fract(u).toVar(), fract(v).toVar()];
  }

  /** Mean over the texels that share a set of rays, as far as they lie in one plane and light from close by holds. */
  private shareNode(surfaces: Surfaces): Node<'vec4'> {
    return Fn(() => {
      const here = surfaces.shapeAt(pixel().mul(2));
      const reach = this.reachOf(this.source.at(pixel()).a).mul(SHARE_REACH).toVar();
      const first = pixel()
        .sub(SPREAD / 2 - 1)
        .toVar();
      const sum = new Mean();
      eachOffset(0, SPREAD - 1, (offset) => {
        const at = this.inside(first.add(offset));
        const there = surfaces.shapeAt(at.mul(2));
        const away = there.position.sub(here.position).length().div(reach);
        // Never zero: an edge whose neighbours all lie elsewhere takes their mean.
        sum.add(this.source.at(at), likeness(here, there, away.mul(away)).add(1e-4));
      });
      return sum.value();
    })();
  }

  /** Mean of the reflections around a texel that are of its surface. */
  private reflectedNode(surfaces: Surfaces, reflected: Image): Node<'vec4'> {
    const { frame } = this.sources;
    return Fn(() => {
      const middle = pixel().mul(2).toVar();
      const here = surfaces.shapeAt(middle);
      const sum = new Mean();
      eachOffset(1 - SPREAD / 2, SPREAD / 2, (offset) => {
        const at = clampPixel(middle.add(offset), ivec2(frame.inputSizePx).sub(1)).toVar();
        const texel = reflected.at(at).toVar();
        const weight = likeness(here, surfaces.shapeAt(at));
        const value = vec4(texel.rgb, farness(texel.a, here.depth));
        sum.add(value, texel.a.greaterThan(0).select(weight, float(0)));
      });
      return sum.value();
    })();
  }

  /** Mean over 5×5 texels `step` apart, as far as the light of the middle one holds. */
  private smoothNode(surfaces: Surfaces, step: number): Node<'vec4'> {
    return Fn(() => {
      const here = surfaces.shapeAt(pixel().mul(2));
      const middle = this.source.at(pixel()).toVar();
      const reach = this.reachOf(middle.a);
      const sum = new Mean();
      eachOffset(-2, 2, (offset) => {
        const at = this.inside(pixel().add(offset.mul(step)));
        const there = surfaces.shapeAt(at.mul(2));
        const away = there.position.sub(here.position).length().div(reach);
        const apart = vec2(offset).dot(vec2(offset)).mul(0.4).add(away.mul(away));
        sum.add(this.source.at(at), likeness(here, there, apart));
      });
      return sum.value(middle);
    })();
  }

  /** TSL: lit with the change by the gathered light between its texels; a = 1 on surfaces. */
  bounceNode(surfaces: Surfaces): Node<'vec4'> {
    const { levels } = this.sources;
    return Fn(() => {
      const here = surfaces.at(pixel());
      const first = pixel().sub(1).div(2).toVar();
      const sum = new Mean();
      eachOffset(0, 1, (offset) => {
        const at = this.inside(first.add(offset));
        const away = vec2(pixel().sub(at.mul(2)));
        const there = surfaces.shapeAt(at.mul(2));
        const weight = likeness(here, there, away.dot(away).mul(0.5));
        sum.add(this.source.at(at), weight.add(1e-4));
      });
      const change = sum.value().rgb.mul(here.specularShare.oneMinus());
      // Without ambient occlusion: what is near darkens the gathered light itself.
      const diffuse = here.diffuseAmbient.add(change).mul(ENTERING);
      const near = here.direct.add(here.specularAmbient).add(diffuse);
      // Not a product: the background has no normal, and what came of it is not a number.
      const found = here.surface.greaterThan(0.5).select(near, here.lit);
      return vec4(encodeRelitNode(found, here.lit, levels.exposure), here.surface);
    })();
  }

  /** TSL: how far the light of a texel holds, in metres. */
  private reachOf(nearness: Node<'float'>): Node<'float'> {
    return float(REACH)
      .div(max(nearness, float(1e-3)))
      .toVar();
  }

  /** TSL: the nearest texel of the half-size images. */
  private inside(at: Node<'ivec2'>): Node<'ivec2'> {
    const last = ivec2(this.sources.frame.inputSizePx.add(1).div(2)).sub(1);
    return clampPixel(at, last).toVar();
  }

  dispose(): void {
    [...this.halves, this.shared].forEach((half) => half.dispose());
    [this.rays, this.share, ...this.smooth].forEach((pass) => pass.dispose());
  }
}

/** TSL: a colour with a limited largest channel. */
const capped = (color: Node<'vec3'>, limit: Node<'float'>): Node<'vec3'> =>
  color.mul(min(limit.div(max(max(color.r, max(color.g, color.b)), float(1e-20))), float(1)));
