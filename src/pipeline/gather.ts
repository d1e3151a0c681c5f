import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, If, Loop, bool, exp, float, int, ivec2, max, min, mrt, property, uniform, vec2, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import { DIFFUSE_SHARE, DIFFUSE_TRANSMISSION } from '../core/material';
import { FullscreenPass, clampPixel, eachOffset, image, pixel } from './fullscreen';
import type { Image } from './fullscreen';
import { createTarget } from './gbuffer';
import { irradianceAround } from './probes';
import { gainOf, lightChangeNode } from './light-change';
import { Mean, likeness } from './neighbours';
import { SPREAD, glowTurn, rayTurn } from './ray-sets';
import { cosineDirection, pixelRandom } from './sampling';
import { encodeRelitNode, luminanceOf } from './shading';
import { Surfaces, startOf } from './surfaces';
import type { RaySources } from './surfaces';
import { farness } from './trace';
import type { Trace } from './trace';

/** A small bright spot must not speckle the picture: in units of the frame's mean lighting. */
const MAX_RADIANCE = 100;
/** Texels between those that the smoothing takes a mean over, each of which is one of SPREAD² texels already. */
const STEP = 3;
/**
 * How far the light of a texel holds, as a share of the harmonic mean of its rays' lengths (Ward and Heckbert 1992), where it sends
 * so many at least. Fewer are noisier, so they are shared farther, twice as far at most.
 */
const REACH = { share: 0.14, rays: 8, most: 2 } as const;
/** Those that share a set of rays need each other's directions: this many times farther. */
const SHARE_REACH = 4;
/** The material factor lets in more, so that white stays white; gathered light is what the references have. */
const ENTERING = DIFFUSE_TRANSMISSION / DIFFUSE_SHARE;
/** Rays count as at least and at most so long, in metres. */
const LENGTH = { least: 0.05, most: 10 } as const;

/**
 * Near light, which probes a metre apart cannot hold: a final gather through the world. Cosine-distributed rays pick up
 * the light of what they hit, and one more ray goes to a glowing surface; each frame takes other directions. Neighbours
 * then share what they found, as far as it holds, in two à-trous steps (Dammertz et al. 2010). Shadows of what glows hold
 * less far than its light: only those who share a set of rays share how much of it arrives, as a ratio (Heitz et al. 2018).
 * All (w/2)×(h/2):
 * - gathered: rgb = (irradiance that rays bring - probe irradiance) / π, a = mean of 1 / ray length. Ambient occlusion is no
 *   part of either: what is near darkens the gathered light itself, and smoothing would carry the difference elsewhere
 * - glow: rgb = irradiance / π of what glows, with nothing in its way, a = 1 / distance in metres, negative where a ray finds
 *   something in its way
 * - open: rgb = share of the glow that arrives [0,1], a = mean of lost
 * - gain: rgb = log2 of how many times its light of the last frame a place has now, as far as lamps have changed it, which rays
 *   have asked
 * - reflected: mean of what the rays of {@link Trace} brought that reflect on one surface around here,
 *   a = mean of their {@link farness}, 0 = none
 * {@link Candidates} spreads them over all pixels.
 */
export class Gather {
  /** Rays a texel. */
  readonly rayCount = uniform(4, 'int');
  private readonly found = createTarget('Gather', ['gathered', 'glow', 'gain'], false);
  private readonly shared = createTarget(
    'Gather.share',
    ['gathered', 'glow', 'open', 'reflected'],
    false,
  );
  private readonly gathered = image(this.found.texture);
  private readonly glow = image(this.found.textures[1]!);
  private readonly lost = image(this.gain);
  private readonly open = image(this.shared.textures[2]!);
  private readonly rays: FullscreenPass;
  private readonly share: FullscreenPass;
  private readonly smooth: FullscreenPass;

  constructor(
    renderer: WebGPURenderer,
    private readonly sources: RaySources,
    trace: Trace,
  ) {
    const surfaces = new Surfaces(sources);
    const pass = (name: string, node: Node) => new FullscreenPass(renderer, name, node);
    this.rays = pass('Gather', mrt(this.rayNodes(surfaces)));
    const reflected = this.reflectedNode(surfaces, image(trace.reflected));
    this.share = pass('Gather.share', mrt({ ...this.shareNodes(surfaces), reflected }));
    this.smooth = pass('Gather.smooth', mrt(this.smoothNodes(surfaces)));
  }

  /** See above. */
  get gain(): Texture {
    return this.found.textures[2]!;
  }

  /** See above. */
  get reflected(): Texture {
    return this.shared.textures[3]!;
  }

  resize(width: number, height: number): void {
    for (const half of [this.found, this.shared])
      half.setSize(Math.ceil(width / 2), Math.ceil(height / 2));
  }

  render(): void {
    const steps = [
      [this.rays, this.found],
      [this.share, this.shared],
      [this.smooth, this.found],
    ] as const;
    for (const [pass, target] of steps) {
      pass.render(target);
      this.gathered.set(target.textures[0]!);
      this.glow.set(target.textures[1]!);
    }
  }

  private rayNodes(surfaces: Surfaces) {
    const { frame, world, levels } = this.sources;
    const { probes, light } = world;
    const glow = property('vec4', 'gatherGlow');
    const lost = property('vec4', 'gatherLost');
    const gathered = Fn(() => {
      glow.assign(vec4(0));
      lost.assign(vec4(0));
      const at = pixel().toVar();
      const here = surfaces.materialAt(at.mul(2));
      const normal = frame.cameraWorld.mul(vec4(here.normal, 0)).xyz.toVar();
      const point = frame.cameraWorld.mul(vec4(startOf(here), 1)).xyz.toVar();
      const random = pixelRandom(frame.noise);
      const limit = float(MAX_RADIANCE).div(levels.exposure).toVar();
      const sum = vec3(0).toVar();
      const nearness = float(0).toVar();
      const count = float(this.rayCount).toVar();
      If(here.surface.greaterThan(0.5), () => {
        Loop(this.rayCount, ({ i }) => {
          const [u, v] = rayTurn(at, int(i).toVar(), this.rayCount, frame.noise);
          const direction = cosineDirection(normal, u, v);
          const found = light.arriving(point, direction, random, { isWide: bool(true) });
          nearness.addAssign(float(1).div(found.distance.clamp(LENGTH.least, LENGTH.most)));
          sum.addAssign(capped(found.radiance, limit));
          lost.x.addAssign(found.lost.clamp(limit.negate(), limit));
        });
        sum.divAssign(count);
        lost.divAssign(count);
        const lambert = (direction: Node<'vec3'>) =>
          max(direction.dot(normal), float(0)).div(Math.PI);
        const lamp = light.glow.arriving(point, random, {
          response: lambert,
          besideChance: true,
          turn: glowTurn(at, frame.noise),
        });
        const glowNearness = float(1).div(lamp.offset.length().clamp(LENGTH.least, LENGTH.most));
        const side = lamp.open.mul(2).sub(1);
        glow.assign(vec4(capped(lamp.light, limit), glowNearness.mul(side)));
        lost.x.addAssign(luminanceOf(glow.rgb).mul(lamp.open).mul(lamp.before.sub(1)));
      });
      const sh = probes.coefficients(frame.cameraWorld.mul(vec4(here.position, 1)).xyz, normal);
      const known = irradianceAround(normal, sh);
      return vec4(sum.sub(known), nearness.div(count));
    })();
    return { gathered, glow, gain: lost };
  }

  /** Means over the texels that share a set of rays, as far as they lie in one plane and light from close by holds. */
  private shareNodes(surfaces: Surfaces) {
    const { world } = this.sources;
    const glow = property('vec4', 'sharedGlow');
    const open = property('vec4', 'sharedOpen');
    const gathered = Fn(() => {
      const here = surfaces.shapeAt(pixel().mul(2));
      const reach = this.reachOf(this.gathered.at(pixel()).a).mul(SHARE_REACH).toVar();
      const first = pixel()
        .sub(SPREAD / 2 - 1)
        .toVar();
      const [sum, lamps, arriving, lost] = [new Mean(), new Mean(), new Mean(), new Mean()];
      eachOffset(0, SPREAD - 1, (offset) => {
        const at = this.inside(first.add(offset));
        const there = surfaces.shapeAt(at.mul(2));
        const away = there.position.sub(here.position).length().div(reach);
        // Never zero: an edge whose neighbours all lie elsewhere takes their mean.
        const same = likeness(here, there).toVar();
        sum.add(this.gathered.at(at), same.mul(fading(away)).add(1e-4));
        const lamp = this.glow.at(at).toVar();
        const weight = same.add(1e-4).toVar();
        lamps.add(vec4(lamp.rgb, lamp.a.abs()), weight);
        arriving.add(lamp.a.greaterThan(0).select(lamp, vec4(0)), weight);
        If(world.changes, () => lost.add(this.lost.at(at), weight));
      });
      glow.assign(lamps.value());
      open.assign(
        vec4(
          arriving
            .value()
            .rgb.div(max(glow.rgb, vec3(1e-9)))
            .clamp(0, 1),
          lost.value().x,
        ),
      );
      return sum.value();
    })();
    return { gathered, glow, open };
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

  /** Means over 5×5 texels, as far as the light of the middle one holds. */
  private smoothNodes(surfaces: Surfaces) {
    const { world } = this.sources;
    const glow = property('vec4', 'smoothGlow');
    const gain = property('vec4', 'smoothGain');
    const gathered = Fn(() => {
      const here = surfaces.shapeAt(pixel().mul(2));
      const middle = this.gathered.at(pixel()).toVar();
      const lamp = this.glow.at(pixel()).toVar();
      const [reach, glowReach] = [this.reachOf(middle.a), this.reachOf(lamp.a)];
      const [sum, lamps, losses] = [new Mean(), new Mean(), new Mean()];
      eachOffset(-2, 2, (offset) => {
        const at = this.inside(pixel().add(offset.mul(STEP)));
        const there = surfaces.shapeAt(at.mul(2));
        const metres = there.position.sub(here.position).length().toVar();
        const [away, glowAway] = [metres.div(reach), metres.div(glowReach)];
        const same = likeness(here, there, vec2(offset).dot(vec2(offset)).mul(0.4)).toVar();
        sum.add(this.gathered.at(at), same.mul(fading(away)));
        lamps.add(this.glow.at(at), same.mul(fading(glowAway)));
        If(world.changes, () => losses.add(this.open.at(at).aaaa, same.mul(fading(glowAway))));
      });
      glow.assign(lamps.value(lamp));
      const found = sum.value(middle).toVar();
      gain.assign(vec4(0));
      If(world.changes, () => {
        const light = found.rgb.add(glow.rgb.mul(this.open.at(pixel()).rgb));
        gain.assign(vec4(this.gainNode(surfaces, light, losses.value().x), 0));
      });
      return found;
    })();
    return { gathered, glow, gain };
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
        const glow = this.glow.at(at).rgb.mul(this.open.at(at).rgb);
        sum.add(this.gathered.at(at).add(vec4(glow, 0)), weight.add(1e-4));
      });
      const near = nearOf(here, sum.value().rgb);
      // Not a product: the background has no normal, and what came of it is not a number.
      const found = here.surface.greaterThan(0.5).select(near, here.lit);
      return vec4(encodeRelitNode(found, here.lit, levels.exposure), here.surface);
    })();
  }

  /** TSL: {@link gain} by what is gathered, glow included, and the luminance that it has lost. */
  private gainNode(surfaces: Surfaces, light: Node<'vec3'>, lost: Node<'float'>): Node<'vec3'> {
    const { world } = this.sources;
    const here = surfaces.at(pixel().mul(2));
    const less = world.changeColor.mul(lost).mul(here.specularShare.oneMinus()).mul(ENTERING);
    const direct = here.direct.mul(lightChangeNode(this.sources, pixel().mul(2).toVar()).lost);
    return gainOf(nearOf(here, light), less.add(direct)).mul(here.surface);
  }

  /** TSL: how far the light of a texel holds, in metres. */
  private reachOf(nearness: Node<'float'>): Node<'float'> {
    const farther = float(REACH.rays).div(float(this.rayCount)).clamp(1, REACH.most);
    return farther
      .mul(REACH.share)
      .div(max(nearness, float(1e-3)))
      .toVar();
  }

  /** TSL: the nearest texel of the half-size images. */
  private inside(at: Node<'ivec2'>): Node<'ivec2'> {
    const last = ivec2(this.sources.frame.inputSizePx.add(1).div(2)).sub(1);
    return clampPixel(at, last).toVar();
  }

  dispose(): void {
    [this.found, this.shared, this.rays, this.share, this.smooth].forEach((part) => part.dispose());
  }
}

type Here = ReturnType<Surfaces['at']>;

/** TSL: lighting L with gathered light, without ambient occlusion: what is near darkens the gathered light itself. */
function nearOf(here: Here, gathered: Node<'vec3'>): Node<'vec3'> {
  const change = gathered.mul(here.specularShare.oneMinus());
  const diffuse = here.diffuseAmbient.add(change).mul(ENTERING);
  return here.direct.add(here.specularAmbient).add(diffuse).toVar();
}

/** TSL: weight of a light `away` from where it was found, as a share of how far it holds. */
const fading = (away: Node<'float'>): Node<'float'> => exp(away.mul(away).negate());

/** TSL: a colour with a limited largest channel. */
const capped = (color: Node<'vec3'>, limit: Node<'float'>): Node<'vec3'> =>
  color.mul(min(limit.div(max(max(color.r, max(color.g, color.b)), float(1e-20))), float(1)));
