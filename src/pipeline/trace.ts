import type { Node, PerspectiveCamera, Scene, Texture, WebGPURenderer } from 'three/webgpu';
import { Break, Fn, If, Loop, float, ivec2, max, min, mrt, reflect, vec3, vec4 } from 'three/tsl';
import type { FrameUniforms } from './frame-uniforms';
import { FullscreenPass, image, pixel } from './fullscreen';
import type { Image } from './fullscreen';
import type { GBuffer } from './gbuffer';
import { createTarget } from './gbuffer';
import type { Levels } from './levels';
import { LightUniforms } from './light-uniforms';
import type { Occlusion } from './occlusion';
import { Surfaces, startOf } from './surfaces';

/** A shadow ray ends here: farther blockers are the shadow map's business. */
const CONTACT = { reachM: 0.25, steps: 8, thicknessM: 0.1 } as const;
/** Mirror rays take steps that grow from the first to the last distance. */
const MIRROR = { firstM: 0.06, lastM: 14, steps: 20, refinements: 4 } as const;
const MIRROR_GROWTH = (MIRROR.lastM / MIRROR.firstM) ** (1 / (MIRROR.steps - 1));
/** A reflected lamp must not outshine the rest of the picture: in units of the frame's mean lighting. */
const MAX_RADIANCE = 40;

/**
 * What two screen-space rays a pixel find: lighting L that the network may choose instead of its lit input
 * (w×h, RGBA half float, linear, divided by the material factor):
 * - contact: rgb = lit with its direct light cut by short rays towards the lights, a = the share that arrives
 * - mirror: rgb = lit with its specular probe light replaced by what the mirror ray hits, a = 1 where it hit
 */
export class Trace {
  readonly target = createTarget('Trace', ['contact', 'mirror'], false);
  private readonly pass: FullscreenPass;
  private readonly lights = new LightUniforms();

  constructor(
    renderer: WebGPURenderer,
    gbuffer: GBuffer,
    occlusion: Occlusion,
    levels: Levels,
    frame: FrameUniforms,
  ) {
    const surfaces = new Surfaces(gbuffer, occlusion, frame);
    const outputs = mrt({
      contact: this.contactNode(surfaces),
      mirror: mirrorNode(surfaces, image(levels.texture)),
    });
    this.pass = new FullscreenPass(renderer, 'Trace', outputs);
  }

  get contact(): Texture {
    return this.target.textures[0]!;
  }

  get mirror(): Texture {
    return this.target.textures[1]!;
  }

  setScene(scene: Scene): void {
    this.lights.collect(scene);
  }

  resize(width: number, height: number): void {
    this.target.setSize(width, height);
  }

  render(camera: PerspectiveCamera): void {
    this.lights.update(camera);
    this.pass.render(this.target);
  }

  /** Each light's share of the unshadowed light weighs the answer of its ray. */
  private contactNode(surfaces: Surfaces): Node<'vec4'> {
    const { lights } = this;
    return Fn(() => {
      const here = surfaces.at(pixel());
      const origin = startOf(here);
      const arriving = float(0).toVar();
      const total = float(1e-6).toVar();
      Loop(lights.count, ({ i }) => {
        const light = lights.at(i, here.position);
        const weight = light.luminance.mul(max(here.normal.dot(light.direction), float(0))).toVar();
        const reach = min(light.distance.mul(0.8), float(CONTACT.reachM)).toVar();
        const clear = float(1).toVar();
        If(weight.greaterThan(0), () => {
          Loop(CONTACT.steps, ({ i: step }) => {
            const at = float(step).add(1).mul(reach.div(CONTACT.steps));
            const probe = surfaces.probe(origin.add(light.direction.mul(at)));
            If(probe.gone, () => Break());
            If(probe.behind.and(probe.gap.lessThan(CONTACT.thicknessM)), () => {
              clear.assign(0);
              Break();
            });
          });
        });
        arriving.addAssign(weight.mul(clear));
        total.addAssign(weight);
      });
      const contact = total.greaterThan(2e-6).select(arriving.div(total), float(1)).toVar();
      const lit = here.direct.mul(contact).add(here.ambient);
      return vec4(lit.mul(here.surface), contact);
    })();
  }

  dispose(): void {
    this.target.dispose();
    this.pass.dispose();
  }
}

function mirrorNode(surfaces: Surfaces, levels: Image): Node<'vec4'> {
  return Fn(() => {
    const here = surfaces.at(pixel());
    const origin = startOf(here);
    const direction = reflect(here.position.normalize(), here.normal).toVar();
    const { hit, near, far } = surfaces.march(origin, direction, {
      firstM: float(MIRROR.firstM),
      growth: MIRROR_GROWTH,
      steps: MIRROR.steps,
    });
    Loop(MIRROR.refinements, () => {
      const middle = near.add(far).mul(0.5).toVar();
      const probe = surfaces.probe(origin.add(direction.mul(middle)));
      If(probe.behind, () => {
        far.assign(middle);
      }).Else(() => {
        near.assign(middle);
      });
    });
    const found = vec4(0).toVar();
    If(hit.mul(here.surface).greaterThan(0.5), () => {
      const limit = float(MAX_RADIANCE).div(levels.at(ivec2(0, 0)).a);
      found.assign(surfaces.radianceAt(origin.add(direction.mul(far)), direction, limit));
    });
    const lit = here.direct.add(here.ambient);
    const change = found.rgb.mul(here.specularShare).sub(here.specularAmbient).mul(found.a);
    return vec4(max(lit.add(change), vec3(0)).mul(here.surface), found.a);
  })();
}
