import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import { Fn, If, Loop, cos, exp, float, fract, ivec2, max, mix, sin, sqrt, vec2, vec3, vec4 } from 'three/tsl'; // prettier-ignore
import type { FrameUniforms } from './frame-uniforms';
import { viewRay } from './frame-uniforms';
import { FullscreenPass, image, pixel } from './fullscreen';
import type { Image } from './fullscreen';
import type { GBuffer } from './gbuffer';
import { createTarget } from './gbuffer';
import type { Levels } from './levels';
import type { Occlusion } from './occlusion';
import type { Probes } from './probes';
import { irradianceAround, radianceAlong } from './probes';
import { clampPixel } from './resolve';
import { Surfaces, startOf } from './surfaces';

/** Rays a texel, and the steps of each, which grow from the first to the last distance. */
const RAYS = 12;
const MARCH = { firstM: 0.08, lastM: 10, steps: 12 } as const;
const GROWTH = (MARCH.lastM / MARCH.firstM) ** (1 / (MARCH.steps - 1));
/** Neighbours share their rays: this many texels each way make one set of RAYS × SPREAD² directions. */
const SPREAD = 4;
/** A small lamp must not speckle the picture: in units of the frame's mean lighting. */
const MAX_RADIANCE = 10;
/** Texels farther than this from the plane of the pixel light another surface: metres, and a share of the depth. */
const PLANE = { metres: 0.01, share: 0.02 } as const;

/**
 * Near light, which probes a metre apart cannot hold: a final gather in screen space. Cosine-distributed rays pick up
 * the radiance of what they hit in the G-buffer, and that of the probes along their way where they hit nothing.
 * - gathered: (w/2)×(h/2), rgb = (gathered irradiance - probe irradiance × occlusion) / π, a = depth in metres
 * - bounce: w×h, rgb = lit with that change of its diffuse light, linear, divided by the material factor
 */
export class Gather {
  readonly target = createTarget('Bounce', ['bounce'], false);
  private readonly gathered = createTarget('Gather', ['gathered'], false);
  private readonly rays: FullscreenPass;
  private readonly smooth: FullscreenPass;

  constructor(
    renderer: WebGPURenderer,
    gbuffer: GBuffer,
    occlusion: Occlusion,
    private readonly probes: Probes,
    levels: Levels,
    private readonly frame: FrameUniforms,
  ) {
    const surfaces = new Surfaces(gbuffer, occlusion, frame);
    this.rays = new FullscreenPass(
      renderer,
      'Gather',
      this.rayNode(surfaces, image(levels.texture)),
    );
    this.smooth = new FullscreenPass(renderer, 'Bounce', this.smoothNode(surfaces));
  }

  get bounce(): Texture {
    return this.target.texture;
  }

  resize(width: number, height: number): void {
    this.gathered.setSize(Math.ceil(width / 2), Math.ceil(height / 2));
    this.target.setSize(width, height);
  }

  render(): void {
    this.rays.render(this.gathered);
    this.smooth.render(this.target);
  }

  private rayNode(surfaces: Surfaces, levels: Image): Node<'vec4'> {
    const { frame, probes } = this;
    const world = (v: Node<'vec4'>): Node<'vec3'> => frame.cameraWorld.mul(v).xyz;
    return Fn(() => {
      const cell = pixel().mod(SPREAD).toVar();
      const number = float(cell.y.mul(SPREAD).add(cell.x)).toVar();
      // The R2 sequence, so that any few neighbours cover the hemisphere evenly.
      const turn = fract(vec2(0.7548777, 0.5698403).mul(number).add(0.5)).toVar();
      const here = surfaces.at(pixel().mul(2));
      const origin = startOf(here);
      const { normal } = here;
      const [tangent, bitangent] = basisOf(normal);
      const normalWorld = world(vec4(normal, 0)).toVar();
      const sh = probes.coefficients(world(vec4(here.position, 1)), normalWorld);
      const limit = float(MAX_RADIANCE)
        .div(levels.at(ivec2(0, 0)).a)
        .toVar();
      const sum = vec3(0).toVar();
      If(here.surface.greaterThan(0.5), () => {
        Loop(RAYS, ({ i: ray }) => {
          const k = float(ray).toVar();
          const u = k.add(turn.x).div(RAYS).toVar();
          const angle = fract(k.mul(0.618034).add(turn.y))
            .mul(2 * Math.PI)
            .toVar();
          const radius = sqrt(u).toVar();
          const direction = tangent
            .mul(cos(angle).mul(radius))
            .add(bitangent.mul(sin(angle).mul(radius)))
            .add(normal.mul(sqrt(u.oneMinus())))
            .toVar();
          const { hit, far } = surfaces.march(origin, direction, {
            firstM: mix(0.75, 1.25, fract(k.mul(0.618034).add(turn.x))).mul(MARCH.firstM),
            growth: GROWTH,
            steps: MARCH.steps,
          });
          const found = max(
            radianceAlong(world(vec4(direction, 0)).toVar(), sh, NO_WINDOW),
            vec3(0),
          ).toVar();
          If(hit.greaterThan(0.5), () => {
            const seen = surfaces.radianceAt(origin.add(direction.mul(far)), direction, limit);
            If(seen.a.greaterThan(0.5), () => {
              found.assign(seen.rgb);
            });
          });
          sum.addAssign(found);
        });
      });
      const known = irradianceAround(normalWorld, sh).mul(here.open);
      return vec4(sum.div(RAYS).sub(known), here.depth);
    })();
  }

  /** Mean over the texels that share a set of rays, as far as they lie in the plane of the pixel. */
  private smoothNode(surfaces: Surfaces): Node<'vec4'> {
    const { frame } = this;
    const gathered = image(this.gathered.texture);
    return Fn(() => {
      const here = surfaces.at(pixel());
      const first = pixel()
        .div(2)
        .sub(SPREAD / 2 - 1)
        .toVar();
      const last = ivec2(frame.inputSizePx.add(1).div(2)).sub(1).toVar();
      const range = here.depth.mul(PLANE.share).add(PLANE.metres).toVar();
      const sum = vec4(0).toVar();
      Loop(SPREAD * SPREAD, ({ i }) => {
        const at = clampPixel(first.add(ivec2(i.mod(SPREAD), i.div(SPREAD))), last).toVar();
        const texel = gathered.at(at).toVar();
        const ray = viewRay(vec2(at.mul(2)), frame.inputSizePx, frame.gbufferProjection);
        const away = ray.mul(texel.a).sub(here.position).dot(here.normal).div(range);
        // Never zero: an edge whose neighbours all lie elsewhere takes their mean.
        const weight = exp(away.mul(away).negate()).add(1e-4);
        sum.addAssign(vec4(texel.rgb, 1).mul(texel.a.greaterThan(0).select(weight, float(0))));
      });
      const change = sum.rgb.div(max(sum.a, float(1e-6))).mul(here.specularShare.oneMinus());
      const lit = max(here.direct.add(here.ambient).add(change), vec3(0));
      // Not a product: the background has no normal, and what came of it is not a number.
      return here.surface.greaterThan(0.5).select(vec4(lit, 1), vec4(0));
    })();
  }

  dispose(): void {
    this.gathered.dispose();
    this.target.dispose();
    this.rays.dispose();
    this.smooth.dispose();
  }
}

/** The cosine of the rays smooths the harmonics already. */
const NO_WINDOW = [1, 1] as const;

/** TSL: two vectors at right angles to a unit vector and each other (Duff et al. 2017). */
function basisOf(n: Node<'vec3'>): [Node<'vec3'>, Node<'vec3'>] {
  const s = n.z.greaterThanEqual(0).select(float(1), float(-1)).toVar();
  const a = float(-1).div(s.add(n.z)).toVar();
  const b = n.x.mul(n.y).mul(a).toVar();
  return [
    vec3(s.mul(n.x).mul(n.x).mul(a).add(1), s.mul(b), s.mul(n.x).negate()).toVar(),
    vec3(b, n.y.mul(n.y).mul(a).add(s), n.y.negate()).toVar(),
  ];
}
