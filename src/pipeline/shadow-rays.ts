import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, If, Loop, bool, exp, float, int, ivec2, max, mix, round, uint, uniform, vec2, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import { brdfNode } from './brdf';
import type { FrameUniforms } from './frame-uniforms';
import { FullscreenPass, clampPixel, eachOffset, image, pixel } from './fullscreen';
import type { Image } from './fullscreen';
import { createTarget, surfaceOf } from './gbuffer';
import type { GBuffer } from './gbuffer';
import { likeness } from './neighbours';
import type { Shape } from './neighbours';
import { decodeColor, encodeColor, setFormat } from './packed';
import { BEFORE_LIGHT } from './ray-light';
import { FAR_M } from './rays';
import { latticeTurn, onDisc } from './sampling';
import { LEAST_ROUGHNESS } from './split-lighting';
import { Shapes } from './surfaces';
import type { World } from './world';

/**
 * Places around a pixel that tell whether the edge of a shadow is near: they lie as far away as the widest penumbra reaches,
 * within these limits, in pixels.
 */
const EDGE = { places: 16, leastPx: 4, mostPx: 24, difference: 0.02 } as const;
/** Where to look for surfaces without light, past which it leaks: so far away, but at most so many pixels. */
const LEAK = { metres: 0.02, mostPx: 4, places: [[1, 0], [-1, 0], [0, 1], [0, -1]] } as const; // prettier-ignore
/** Penumbras from this half width on, in pixels, are shared alike. */
const WIDEST_PX = 4;
/**
 * Shadows are shared over a spread of such a share of the half width: a mean of what pixels have of their own, of a narrow and of
 * a wide Gaussian, both cut off at the same reach. Pixels here are those of a surface that faces the camera.
 */
const SHARING = { share: 0.35, leastPx: 0.4, nearPx: 1, widePx: 2, reachPx: 2 } as const;

/**
 * Rays start this far off their surface, in metres and as a share of the depth. A shadow is displaced by as much, or more; with half
 * of it flat surfaces throw shadows on themselves where depth is interpolated coarsely (SwiftShader).
 */
const LIFT = { metres: 0.002, share: 0.0006 } as const;

/**
 * What stands in the place of a penumbra's width, in steps of 8 bits: no lamp shines at the surface, and nothing is known of shadows;
 * no ray was sent; all rays arrived, and nobody knows how far away a blocker is. From the fourth on it is a width.
 */
const WIDTHLESS = { unlit: 0, unasked: 1 / 255, open: 2 / 255, least: 3 / 255 } as const;
/** TSL: whether a width is at least one of these. */
const isFrom = (width: Node<'float'>, step: number): Node<'bool'> =>
  width.greaterThan(step - 0.5 / 255);

/** What shadow rays need to know of the frame and of the world around it. */
interface ShadowSources {
  readonly gbuffer: GBuffer;
  readonly frame: FrameUniforms;
  readonly world: World;
}

/**
 * Shadows of lamps that have a size, by rays from each pixel to places on each of them, through the world; where no edge of
 * a shadow is near, the shadow map is right and no ray is sent. w×h, 8 bits a channel: rgb = root of the share of the unshadowed direct
 * light that arrives [0,1], a = half the width of the penumbra in units of {@link WIDEST_PX}, or one of {@link WIDTHLESS}.
 */
export class ShadowRays {
  /** Rays to a lamp. */
  readonly rayCount = uniform(2, 'int');
  private readonly target = createTarget('ShadowRays', ['shadow'], false);
  private readonly pass: FullscreenPass;
  private readonly shapes: Shapes;

  constructor(
    renderer: WebGPURenderer,
    private readonly sources: ShadowSources,
  ) {
    setFormat(renderer, this.texture, 'rgba8');
    this.shapes = new Shapes(sources);
    this.pass = new FullscreenPass(renderer, 'ShadowRays', this.rayNode());
  }

  /** See above. */
  get texture(): Texture {
    return this.target.texture;
  }

  /** TSL: 1 where something stood in the way of some ray to a lamp, else 0. */
  penumbraAt(at: Node<'ivec2'>): Node<'float'> {
    return isFrom(image(this.texture).at(at).a, WIDTHLESS.least).select(float(1), float(0));
  }

  resize(width: number, height: number): void {
    this.target.setSize(width, height);
  }

  render(): void {
    this.pass.render(this.target);
  }

  private rayNode(): Node<'vec4'> {
    const { gbuffer, world } = this.sources;
    const [light, unshadowed] = [gbuffer.shadowShare(), gbuffer.image('unshadowed')];
    return Fn(() => {
      const at = pixel().toVar();
      const here = this.shapes.shapeAt(at);
      const full = unshadowed.at(at).rgb.toVar();
      const hard = light.at(at).toVar();
      const isReached = full.dot(vec3(1)).greaterThan(1e-6).toVar();
      const { unlit, unasked } = WIDTHLESS;
      const found = isReached.select(vec4(hard.rgb, unasked), vec4(1, 1, 1, unlit)).toVar();
      If(surfaceOf(vec4(here.normal, 0)).greaterThan(0.5).and(isReached), () => {
        const asks = bool(world.lights.unmapped.greaterThan(int(0))).toVar();
        If(asks.not(), () => {
          asks.assign(this.isNearEdge(light, at, here.depth));
        });
        If(asks.not(), () => {
          asks.assign(this.isNearBack(unshadowed, at, here.depth));
        });
        If(asks, () => {
          found.assign(this.arriving(here, at, hard.a, full));
        });
      });
      return vec4(encodeColor(found.rgb), found.a);
    })();
  }

  /** TSL: whether some place around sees another share of the light. */
  private isNearEdge(light: Image, at: Node<'ivec2'>, depth: Node<'float'>): Node<'bool'> {
    const { frame, world } = this.sources;
    const reachPx = world.lights.penumbraM
      .mul(this.pixelsPerMetre(depth))
      .clamp(EDGE.leastPx, EDGE.mostPx)
      .toVar();
    const last = ivec2(frame.inputSizePx).sub(1).toVar();
    const least = float(1).toVar();
    const most = float(0).toVar();
    for (let k = 0; k < EDGE.places; k++) {
      // A Vogel disc: the same places for all pixels, so that what stands still keeps its answer.
      const radius = Math.sqrt(k / (EDGE.places - 1));
      const angle = k * Math.PI * (3 - Math.sqrt(5));
      const offset = vec2(Math.cos(angle) * radius, Math.sin(angle) * radius).mul(reachPx);
      const there = light.at(clampPixel(at.add(ivec2(round(offset))), last)).a.toVar();
      least.assign(there.lessThan(least).select(there, least));
      most.assign(there.greaterThan(most).select(there, most));
    }
    return most.sub(least).greaterThan(EDGE.difference);
  }

  /**
   * TSL: whether something is close that no lamp shines at: past surfaces that face away light leaks, as far as shadow maps are
   * biased. Background counts, too, where rays are not needed but do no harm.
   */
  private isNearBack(unshadowed: Image, at: Node<'ivec2'>, depth: Node<'float'>): Node<'bool'> {
    const radiusPx = this.pixelsPerMetre(depth).mul(LEAK.metres).clamp(1, LEAK.mostPx).toVar();
    const last = ivec2(this.sources.frame.inputSizePx).sub(1).toVar();
    const light = float(1).toVar();
    for (const [x, y] of LEAK.places) {
      const there = clampPixel(at.add(ivec2(round(vec2(x, y).mul(radiusPx)))), last);
      light.mulAssign(
        unshadowed.at(there).rgb.dot(vec3(1)).greaterThan(1e-6).select(float(1), float(0)),
      );
    }
    return light.lessThan(0.5);
  }

  /**
   * TSL: what share arrives of the light of all lamps, each weighed by what it would bring without shadow. `mapped`: what the
   * shadow maps say, which know of holes. `full`: radiance of the raster without shadows.
   */
  private arriving(
    here: Shape,
    at: Node<'ivec2'>,
    mapped: Node<'float'>,
    full: Node<'vec3'>,
  ): Node<'vec4'> {
    const { gbuffer, frame, world } = this.sources;
    const { lights, light } = world;
    const surface = this.material(gbuffer, at);
    const view = here.position.normalize().toVar();
    const point = frame.cameraWorld.mul(vec4(here.position, 1)).xyz.toVar();
    const lift = here.normal.normalize().mul(here.depth.mul(LIFT.share).add(LIFT.metres));
    const origin = frame.cameraWorld.mul(vec4(here.position.add(lift), 1)).xyz.toVar();
    const pixelsPerMetre = this.pixelsPerMetre(here.depth).toVar();
    const sum = vec3(0).toVar();
    const total = vec3(1e-9).toVar();
    const blocked = float(0).toVar();
    const widthPx = float(0).toVar();
    Loop(lights.count, ({ i }) => {
      const index = int(i).toVar();
      const lamp = lights.meanAt(index, point);
      const towards = frame.cameraView.mul(vec4(lamp.direction, 0)).xyz.toVar();
      const cosine = max(here.normal.dot(towards), float(0)).toVar();
      const brdf = brdfNode(surface, here.normal, view, towards);
      const brings = lamp.irradiance.mul(brdf.mul(cosine)).toVar();
      total.addAssign(brings);
      If(cosine.greaterThan(0).and(brings.dot(vec3(1)).greaterThan(0)), () => {
        const disc = lights.discOf(index, lamp.direction);
        const open = float(0).toVar();
        Loop(this.rayCount, ({ i: ray }) => {
          const [u, v] = this.place(at, int(ray).toVar(), index);
          const place = onDisc(disc.axis, u, v).mul(disc.radius);
          const offset = lights.at(index, point, place).offset.mul(BEFORE_LIGHT);
          const { distance, hasHoles } = light.rays.blocker(origin, offset, float(1));
          If(distance.lessThan(FAR_M), () => {
            const width = disc.radius.mul(distance).div(max(distance.oneMinus(), float(1e-3)));
            open.addAssign(hasHoles.select(mapped, float(0)));
            blocked.addAssign(1);
            widthPx.addAssign(width.mul(pixelsPerMetre));
          }).Else(() => {
            open.addAssign(1);
          });
        });
        sum.addAssign(brings.mul(open.div(float(this.rayCount))));
      });
    });
    const half = widthPx.div(max(blocked, float(1)).mul(WIDEST_PX));
    const width = blocked
      .greaterThan(0)
      .select(half.clamp(WIDTHLESS.least, 1), float(WIDTHLESS.open));
    const share = sum.div(total).toVar();
    // Of sharp highlights the raster knows another sum. Where most of it is hidden, what arrives must not depend on it.
    const ofRaster = sum.div(max(full, vec3(1e-7)));
    return vec4(mix(ofRaster, share, share).clamp(0, 1), width);
  }

  private pixelsPerMetre(depth: Node<'float'>): Node<'float'> {
    const { gbufferProjection, inputSizePx } = this.sources.frame;
    return gbufferProjection.y.mul(inputSizePx.y).mul(0.5).div(depth);
  }

  private material(gbuffer: GBuffer, at: Node<'ivec2'>) {
    const roughness = max(gbuffer.image('normal').at(at).a, float(LEAST_ROUGHNESS)).toVar();
    const albedo = gbuffer.image('albedo').at(at).toVar();
    return { base: albedo.rgb, metalness: albedo.a, roughness };
  }

  /** TSL: two numbers in [0,1) for a ray to a lamp. */
  private place(at: Node<'ivec2'>, ray: Node<'int'>, lamp: Node<'int'>) {
    return latticeTurn(at, this.sources.frame.noise.add(uint(lamp.mul(5))), float(ray));
  }

  /** TSL: the share of the light (rgb) that arrives at a pixel, shared with neighbours as far as the penumbra is wide. */
  shareNode(): Node<'vec3'> {
    const shadow = image(this.texture);
    return Fn(() => {
      const at = pixel().toVar();
      const own = shadow.at(at).toVar();
      const share = decodeColor(own.rgb).toVar();
      If(isFrom(own.a, WIDTHLESS.open), () => {
        const here = this.shapes.shapeAt(at);
        const last = ivec2(this.sources.frame.inputSizePx).sub(1).toVar();
        const [near, wide] = [vec4(0).toVar(), vec4(0).toVar()];
        const half = vec2(0).toVar();
        eachOffset(-SHARING.reachPx, SHARING.reachPx, (offset) => {
          const there = clampPixel(at.add(offset), last).toVar();
          const texel = shadow.at(there).toVar();
          // Never nothing: where neighbours all lie elsewhere, any are better than none, but those that no lamp shines at.
          const shape = this.shapes.shapeAt(there);
          const isLit = isFrom(texel.a, WIDTHLESS.unasked).select(float(1), float(0));
          const weight = likeness(here, shape).add(1e-4).mul(isLit).toVar();
          // Along the surface: where it is seen at a flat angle, so is its penumbra.
          const away = shape.position.sub(here.position).mul(this.pixelsPerMetre(here.depth));
          const apart = away.dot(away).mul(-0.5).toVar();
          const sample = vec4(decodeColor(texel.rgb), 1).mul(weight).toVar();
          near.addAssign(sample.mul(exp(apart.div(SHARING.nearPx ** 2))));
          wide.addAssign(sample.mul(exp(apart.div(SHARING.widePx ** 2))));
          const knows = isFrom(texel.a, WIDTHLESS.least).select(weight, float(0));
          half.addAssign(vec2(texel.a, 1).mul(knows));
        });
        const spreadPx = half.x
          .div(max(half.y, float(1e-6)))
          .mul(WIDEST_PX * SHARING.share)
          .toVar();
        const little = spreadPx
          .sub(SHARING.leastPx)
          .div(SHARING.nearPx - SHARING.leastPx)
          .clamp(0, 1);
        const much = spreadPx
          .sub(SHARING.nearPx)
          .div(SHARING.widePx - SHARING.nearPx)
          .clamp(0, 1);
        share.assign(mix(mix(share, near.rgb.div(near.a), little), wide.rgb.div(wide.a), much));
      });
      return share;
    })();
  }

  dispose(): void {
    [this.target, this.pass].forEach((part) => part.dispose());
  }
}
