import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, If, Loop, bool, float, int, max, min, mrt, property, uniform, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import { FullscreenPass, image, pixel } from './fullscreen';
import { GatherShare } from './gather-share';
import { createTarget } from './gbuffer';
import { irradianceAround } from './probes';
import { glowTurn, rayTurn } from './ray-sets';
import { cosineDirection, pixelRandom } from './sampling';
import { luminanceOf } from './shading';
import { Surfaces, startOf } from './surfaces';
import type { RaySources } from './surfaces';
import type { Trace } from './trace';

/** A small bright spot must not speckle the picture: in units of the frame's mean lighting. */
const MAX_RADIANCE = 100;
/** The same for what it has lost since the last frame, by which whole blocks of the history are multiplied. */
const MAX_LOST = 10;
/** Rays count as at least and at most so long, in metres. */
const LENGTH = { least: 0.05, most: 10 } as const;

/**
 * Near light, which probes a metre apart cannot hold: a final gather through the world. Cosine-distributed rays pick up
 * the light of what they hit, and half as many more go to glowing surfaces; each frame takes other directions. Neighbours
 * then share what they found, as far as it holds, in two à-trous steps (Dammertz et al. 2010). Shadows of what glows hold
 * less far than its light: only those who share a set of rays share how much of it arrives, as a ratio (Heitz et al. 2018).
 * All (w/2)×(h/2):
 * - gathered: rgb = (irradiance that rays bring - probe irradiance) / π, a = mean of 1 / ray length. Ambient occlusion is no
 *   part of either: what is near darkens the gathered light itself, and smoothing would carry the difference elsewhere
 * - glow: rgb = irradiance / π of what glows, with nothing in its way, a = mean of 1 / distance in metres
 * - open: rgb = share of the glow that arrives [0,1], a = mean of lost
 * - gain, before neighbours have shared: x = luminance that lamps brought more in the last frame, yzw = what arrives of the glow.
 *   After that: rgb = log2 of how many times its light of the last frame a place has now, as far as lamps have changed it, which rays
 *   have asked
 * - reflected: mean of what the rays of {@link Trace} brought that reflect on one surface around here,
 *   a = mean of their {@link farness}, 0 = none
 * {@link Candidates} spreads them over all pixels.
 */
export class Gather {
  /** Rays a texel. */
  readonly rayCount = uniform(4, 'int');
  readonly sharing: GatherShare;
  private readonly found = createTarget('Gather', ['gathered', 'glow', 'gain'], false);
  private readonly shared = createTarget(
    'Gather.share',
    ['gathered', 'glow', 'open', 'reflected'],
    false,
  );
  private readonly gathered = image(this.found.texture);
  private readonly glow = image(this.found.textures[1]!);
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
    const { gathered, glow, rayCount } = this;
    const [lost, open] = [image(this.gain), image(this.shared.textures[2]!)];
    const sharing = new GatherShare(sources, { gathered, glow, lost, open }, rayCount);
    this.sharing = sharing;
    const reflected = sharing.reflectedNode(surfaces, image(trace.reflected));
    this.share = pass('Gather.share', mrt({ ...sharing.shareNodes(surfaces), reflected }));
    this.smooth = pass('Gather.smooth', mrt(sharing.smoothNodes(surfaces)));
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
      const lostLimit = float(MAX_LOST).div(levels.exposure).toVar();
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
          lost.x.addAssign(found.lost.clamp(lostLimit.negate(), lostLimit));
        });
        sum.divAssign(count);
        lost.x.divAssign(count);
        const lambert = (direction: Node<'vec3'>) =>
          max(direction.dot(normal), float(0)).div(Math.PI);
        const glowCount = this.rayCount.add(1).div(2).toVar();
        Loop(glowCount, ({ i }) => {
          const lamp = light.glow.arriving(point, random, {
            response: lambert,
            besideChance: true,
            turn: glowTurn(at, int(i).toVar(), frame.noise),
          });
          const glowNearness = float(1).div(lamp.offset.length().clamp(LENGTH.least, LENGTH.most));
          const brought = capped(lamp.light, limit).div(float(glowCount)).toVar();
          glow.addAssign(vec4(brought, glowNearness.div(float(glowCount))));
          lost.addAssign(vec4(0, brought.mul(lamp.open)));
          lost.x.addAssign(luminanceOf(brought).mul(lamp.open).mul(lamp.before.sub(1)));
        });
      });
      const sh = probes.coefficients(frame.cameraWorld.mul(vec4(here.position, 1)).xyz, normal);
      const known = irradianceAround(normal, sh);
      return vec4(sum.sub(known), nearness.div(count));
    })();
    return { gathered, glow, gain: lost };
  }

  dispose(): void {
    [this.found, this.shared, this.rays, this.share, this.smooth].forEach((part) => part.dispose());
  }
}

/** TSL: a colour with a limited largest channel. */
const capped = (color: Node<'vec3'>, limit: Node<'float'>): Node<'vec3'> =>
  color.mul(min(limit.div(max(max(color.r, max(color.g, color.b)), float(1e-20))), float(1)));
