import { NodeUpdateType } from 'three/webgpu';
import type { Node, RenderTarget, Texture, WebGPURenderer } from 'three/webgpu';
import {
  Fn,
  If,
  bool,
  float,
  int,
  ivec2,
  max,
  min,
  mrt,
  uniform,
  uniformGroup,
  vec2,
  vec3,
  vec4,
} from 'three/tsl';
import type { FrameUniforms } from './frame-uniforms';
import { viewRay } from './frame-uniforms';
import { FullscreenPass, image, pixel } from './fullscreen';
import type { Area } from './fullscreen';
import type { Gather } from './gather';
import type { Guide } from './guide';
import { LEAST_EXPOSURE } from './levels';
import type { Levels } from './levels';
import { lobeDirection } from './lobe';
import { mirrorShare } from './mirror-share';
import type { MotionTracker } from './motion';
import { decodePicture, encodeRadiance } from './packed';
import type { Known } from './ray-light';
import { neutralEdges } from './resolve';
import { latticeTurn, pixelRandom } from './sampling';
import { startOf } from './surfaces';
import { MAX_RADIANCE } from './trace';
import type { World } from './world';

/** A hit that lies so close to what the last picture shows there is seen in it: a share of the depth. */
const SAME_SURFACE = 0.01;
/** Hits nearer to the last camera than this, in metres, are behind it or cut off. */
const NEAR_M = 0.03;

/**
 * three forgets the bind groups it made for textures that were swapped when another texture of the same group is uploaded
 * (r187), as tables of rays are in each frame.
 */
const swapped = uniformGroup('swapped', 1, NodeUpdateType.OBJECT);

/** What mirrors are drawn from. */
export interface MirrorSources {
  readonly renderer: WebGPURenderer;
  readonly guide: Guide;
  readonly frame: FrameUniforms;
  readonly gather: Pick<Gather, 'rayCount'>;
  readonly levels: Levels;
  readonly motion: MotionTracker;
  readonly world: World;
}

/** The last picture, W×H: `encodePicture` of its radiance, and the depth of its pixels in metres. */
export interface LastPicture {
  readonly texture: Texture;
  readonly depth: Texture;
}

/**
 * What smooth metals show, W×H: one ray of the reflection lobe a pixel through the world. What it hits is read from the last
 * picture where that shows it. Metals have no light but this and that of lamps, so the resolve needs nothing else of them, and
 * what is as fine as a pixel does not have to come from a frame of a quarter of the pixels.
 */
export class Mirrors {
  private readonly picture = image(neutralEdges, swapped);
  private readonly depth = image(neutralEdges, swapped);
  private readonly hasLast = uniform(0);
  private readonly pass: FullscreenPass;

  constructor(private readonly sources: MirrorSources) {
    this.pass = new FullscreenPass(sources.renderer, 'Mirrors', this.node());
  }

  /**
   * Draws a rectangle of the images that {@link Accumulate} is about to draw over, which saves one of our own: rgba = radiance in
   * units of the frame's mean lighting, as `encodeRadiance` packs it; anything where no mirror is. `reset`: the last picture has nothing to do with
   * this one.
   */
  render(target: RenderTarget, area: Area, { texture, depth }: LastPicture, reset: boolean): void {
    this.picture.set(texture);
    this.depth.set(depth);
    this.hasLast.value = reset ? 0 : 1;
    this.pass.renderArea(target, area);
  }

  private node(): Node {
    const { guide, frame, gather, levels, world } = this.sources;
    const normal = guide.image('normal');
    const seen = Fn(() => {
      const at = pixel().toVar();
      const radiance = vec3(0).toVar();
      If(mirrorShare(guide.finishAt(at)).greaterThan(0), () => {
        // Neighbours share next to nothing.
        const lampCount = int(gather.rayCount.add(1).div(2)).toVar();
        const n = normal.at(at).toVar();
        const depth = guide.depthAt(at).toVar();
        const ray = viewRay(vec2(at), frame.outputSizePx, frame.guideProjection).toVar();
        const random = pixelRandom(frame.noise);
        const direction = lobeDirection(ray.normalize(), n.xyz, n.a, random);
        const start = startOf({ position: ray.mul(depth).toVar(), normal: n.xyz, depth });
        const origin = frame.cameraWorld.mul(vec4(start, 1)).xyz.toVar();
        const along = frame.cameraWorld.mul(vec4(direction, 0)).xyz.toVar();
        const { radiance: found } = world.light.arriving(origin, along, random, {
          isWide: bool(false),
          known: this.lastPicture(),
          lampCount,
          turn: (step) => latticeTurn(at, frame.noise, step),
        });
        radiance.assign(min(found.mul(levels.exposure), vec3(MAX_RADIANCE)));
      });
      return radiance;
    })();
    return mrt({ picture: encodeRadiance(seen), frames: vec4(0) });
  }

  /** TSL: light of places that the last picture shows from the same side. */
  private lastPicture(): Known {
    const { frame, levels, motion } = this.sources;
    const exposure = max(image(levels.previous).at(ivec2(0, 0)).a, float(LEAST_EXPOSURE));
    return (point, { normal }, glowShare) => {
      const shown = vec4(0).toVar();
      const there = motion.previousViewProjection.mul(vec4(point, 1)).toVar();
      const uv = there.xy.div(there.w).mul(vec2(0.5, -0.5)).add(0.5).toVar();
      const inside = uv.greaterThanEqual(0).all().and(uv.lessThan(1).all());
      const eye = frame.cameraWorld.mul(vec4(0, 0, 0, 1)).xyz;
      const faces = normal.dot(eye.sub(point)).greaterThan(0);
      // The picture shows all of what glows, never a share.
      const isWhole = glowShare.greaterThanEqual(1).and(this.hasLast.greaterThan(0));
      If(inside.and(faces).and(isWhole).and(there.w.greaterThan(NEAR_M)), () => {
        const texel = ivec2(uv.mul(frame.outputSizePx)).toVar();
        const gap = this.depth.at(texel).r.sub(there.w).abs();
        If(gap.lessThan(there.w.mul(SAME_SURFACE)), () => {
          const picture = decodePicture(this.picture.at(texel).toVar());
          shown.assign(vec4(picture.div(exposure), 1));
        });
      });
      return shown;
    };
  }

  dispose(): void {
    this.pass.dispose();
  }
}
