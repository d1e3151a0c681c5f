import type { Node } from 'three/webgpu';
import { Fn, If, exp, float, ivec2, max, property, vec2, vec3, vec4 } from 'three/tsl';
import { DIFFUSE_SHARE, DIFFUSE_TRANSMISSION } from '../core/material';
import { clampPixel, eachOffset, pixel } from './fullscreen';
import type { Image } from './fullscreen';
import { gainOf, lightChangeNode } from './light-change';
import { Mean, likeness } from './neighbours';
import { SPREAD } from './ray-sets';
import { encodeRelitNode } from './shading';
import type { RaySources, Surfaces } from './surfaces';
import { farness } from './trace';

/** Texels between those that the smoothing takes a mean over, each of which is one of SPREAD² texels already. */
const STEP = 3;
/**
 * How far the light of a texel holds, as a share of the harmonic mean of its rays' lengths (Ward and Heckbert 1992), where it sends
 * so many at least. Fewer are noisier, so they are shared farther, twice as far at most.
 */
const REACH = { share: 0.14, rays: 8, most: 2 } as const;
/** Those that share a set of rays need each other's directions: this many times farther. */
const SHARE_REACH = 4;
/** Where no ray looks into reflections, they are at most so many times what the probes say. */
const MOST_REFLECTED = 2;
/** The material factor lets in more, so that white stays white; gathered light is what the references have. */
const ENTERING = DIFFUSE_TRANSMISSION / DIFFUSE_SHARE;

/** Images of {@link Gather}, as they are when a pass reads them. */
interface Gathered {
  readonly gathered: Image;
  readonly glow: Image;
  readonly open: Image;
  /** x = luminance that lamps brought more in the last frame, yzw = what arrives of the glow. */
  readonly lost: Image;
}

/** How neighbours share the near light that each of them has found: shaders of the passes of {@link Gather} and {@link Candidates}. */
export class GatherShare {
  constructor(
    private readonly sources: RaySources,
    private readonly images: Gathered,
    /** Rays a texel. */
    private readonly rayCount: Node<'int'>,
  ) {}

  /** Means over the texels that share a set of rays, as far as they lie in one plane and light from close by holds. */
  shareNodes(surfaces: Surfaces) {
    const { world } = this.sources;
    const glow = property('vec4', 'sharedGlow');
    const open = property('vec4', 'sharedOpen');
    const gathered = Fn(() => {
      const here = surfaces.shapeAt(pixel().mul(2));
      const reach = this.reachOf(this.images.gathered.at(pixel()).a).mul(SHARE_REACH).toVar();
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
        sum.add(this.images.gathered.at(at), same.mul(fading(away)).add(1e-4));
        const lamp = this.images.glow.at(at).toVar();
        const weight = same.add(1e-4).toVar();
        const lostHere = this.images.lost.at(at).toVar();
        lamps.add(lamp, weight);
        arriving.add(vec4(lostHere.yzw, 0), weight);
        If(world.changes, () => {
          lost.add(lostHere, weight);
        });
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
  reflectedNode(surfaces: Surfaces, reflected: Image): Node<'vec4'> {
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
  smoothNodes(surfaces: Surfaces) {
    const { world } = this.sources;
    const glow = property('vec4', 'smoothGlow');
    const gain = property('vec4', 'smoothGain');
    const gathered = Fn(() => {
      const here = surfaces.shapeAt(pixel().mul(2));
      const middle = this.images.gathered.at(pixel()).toVar();
      const lamp = this.images.glow.at(pixel()).toVar();
      const [reach, glowReach] = [this.reachOf(middle.a), this.reachOf(lamp.a)];
      const [sum, lamps, losses] = [new Mean(), new Mean(), new Mean()];
      eachOffset(-2, 2, (offset) => {
        const at = this.inside(pixel().add(offset.mul(STEP)));
        const there = surfaces.shapeAt(at.mul(2));
        const metres = there.position.sub(here.position).length().toVar();
        const [away, glowAway] = [metres.div(reach), metres.div(glowReach)];
        const same = likeness(here, there, vec2(offset).dot(vec2(offset)).mul(0.4)).toVar();
        sum.add(this.images.gathered.at(at), same.mul(fading(away)));
        lamps.add(this.images.glow.at(at), same.mul(fading(glowAway)));
        If(world.changes, () =>
          losses.add(this.images.open.at(at).aaaa, same.mul(fading(glowAway))),
        );
      });
      glow.assign(lamps.value(lamp));
      const found = sum.value(middle).toVar();
      gain.assign(vec4(0));
      If(world.changes, () => {
        const light = found.rgb.add(glow.rgb.mul(this.images.open.at(pixel()).rgb));
        gain.assign(vec4(this.gainNode(surfaces, light, losses.value().x), 0));
      });
      return found;
    })();
    return { gathered, glow, gain };
  }

  /**
   * TSL: lit with the change by the gathered light between its texels; a = 1 on surfaces. What stands before a surface keeps the light of
   * the probes from its reflections as well: those that no ray of {@link Trace} was sent for (`reflected`) change as diffuse light does.
   */
  bounceNode(surfaces: Surfaces, reflected: Image): Node<'vec4'> {
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
        const glow = this.images.glow.at(at).rgb.mul(this.images.open.at(at).rgb);
        sum.add(this.images.gathered.at(at).add(vec4(glow, 0)), weight.add(1e-4));
      });
      const gathered = sum.value().rgb.toVar();
      const known = max(here.diffuseAmbient, vec3(1e-6)).toVar();
      const times = changeOf(here, gathered).div(known).add(1).clamp(0, MOST_REFLECTED);
      const isSent = reflected.at(pixel()).a.greaterThan(0);
      const specularAmbient = here.specularAmbient.mul(isSent.select(vec3(1), times));
      const near = nearOf({ ...here, specularAmbient }, gathered);
      // Not a product: the background has no normal, and what came of it is not a number.
      const found = here.surface.greaterThan(0.5).select(near, here.lit);
      return vec4(encodeRelitNode(found, here.lit, levels.exposure), here.surface);
    })();
  }

  /** TSL: the gain ({@link Gather}) by what is gathered, glow included, and the luminance that it has lost. */
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
}

type Here = ReturnType<Surfaces['at']>;

/** TSL: lighting L with gathered light, without ambient occlusion: what is near darkens the gathered light itself. */
function nearOf(here: Here, gathered: Node<'vec3'>): Node<'vec3'> {
  const diffuse = here.diffuseAmbient.add(changeOf(here, gathered)).mul(ENTERING);
  return here.direct.add(here.specularAmbient).add(diffuse).toVar();
}

/** TSL: by how much gathered light changes the diffuse light of the probes. */
const changeOf = (here: Here, gathered: Node<'vec3'>): Node<'vec3'> =>
  gathered.mul(here.specularShare.oneMinus());

/** TSL: weight of a light `away` from where it was found, as a share of how far it holds. */
const fading = (away: Node<'float'>): Node<'float'> => exp(away.mul(away).negate());
