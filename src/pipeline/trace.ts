import type { Node, PerspectiveCamera, Scene, Texture, WebGPURenderer } from 'three/webgpu';
import {
  Break,
  Fn,
  If,
  Loop,
  float,
  floor,
  int,
  ivec2,
  max,
  min,
  mrt,
  reflect,
  vec2,
  vec3,
  vec4,
} from 'three/tsl';
import type { FrameUniforms } from './frame-uniforms';
import { cosineToView, viewRay } from './frame-uniforms';
import { FullscreenPass, image, pixel } from './fullscreen';
import type { Image } from './fullscreen';
import type { GBuffer } from './gbuffer';
import { createTarget } from './gbuffer';
import { LightUniforms } from './light-uniforms';
import type { Occlusion } from './occlusion';
import { luminanceOf, materialFactorNode } from './shading';

/** A shadow ray ends here: farther blockers are the shadow map's business. */
const CONTACT = { reachM: 0.25, steps: 8, thicknessM: 0.1 } as const;
/** Mirror rays take steps that grow from the first to the last distance. */
const MIRROR = { firstM: 0.06, lastM: 14, steps: 20, refinements: 4 } as const;
const MIRROR_GROWTH = (MIRROR.lastM / MIRROR.firstM) ** (1 / (MIRROR.steps - 1));
/** Rays start this far off their surface, in metres and as a share of the depth. */
const START = { metres: 0.002, share: 0.002 } as const;
/** A ray is behind a surface from this share of the depth on. */
const MIN_GAP = 0.002;
/** Background is behind everything. */
const BACKGROUND_M = 1e4;
/** A reflected lamp must not outshine the rest of the picture. */
const MAX_RADIANCE = 30;

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
    frame: FrameUniforms,
  ) {
    const surfaces = new Surfaces(gbuffer, occlusion, frame);
    const outputs = mrt({ contact: this.contactNode(surfaces), mirror: mirrorNode(surfaces) });
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

function mirrorNode(surfaces: Surfaces): Node<'vec4'> {
  return Fn(() => {
    const here = surfaces.at(pixel());
    const origin = startOf(here);
    const direction = reflect(here.position.normalize(), here.normal).toVar();
    const hit = float(0).toVar();
    const near = float(0).toVar();
    const far = float(MIRROR.firstM).toVar();
    Loop(MIRROR.steps, () => {
      const probe = surfaces.probe(origin.add(direction.mul(far)));
      If(probe.gone, () => Break());
      // As thick as the last step was long: a ray must not slip through what it stepped over.
      const thickness = far.sub(near).mul(1.2).add(0.05);
      If(probe.behind.and(probe.gap.lessThan(thickness)), () => {
        hit.assign(1);
        Break();
      });
      near.assign(far);
      far.mulAssign(MIRROR_GROWTH);
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
      const there = surfaces.at(surfaces.pixelOf(origin.add(direction.mul(far))));
      // The back of a surface says nothing about its front.
      If(there.normal.dot(direction).lessThan(0.05).and(there.surface.greaterThan(0.5)), () => {
        const radiance = there.direct.add(there.ambient).mul(there.factor).add(there.emission);
        found.assign(vec4(min(radiance, vec3(MAX_RADIANCE)), 1));
      });
    });
    const lit = here.direct.add(here.ambient);
    const change = found.rgb.mul(here.specularShare).sub(here.specularAmbient).mul(found.a);
    return vec4(max(lit.add(change), vec3(0)).mul(here.surface), found.a);
  })();
}

type Surface = ReturnType<Surfaces['at']>;

const startOf = ({ position, normal, depth }: Surface): Node<'vec3'> =>
  position.add(normal.mul(depth.mul(START.share).add(START.metres))).toVar();

/** TSL: the G-buffer as surfaces in view space. Its methods must be called inside `Fn`. */
class Surfaces {
  private readonly images: Record<
    'soft' | 'albedo' | 'normal' | 'motion' | 'probe' | 'emissive',
    Image
  >;

  constructor(
    gbuffer: GBuffer,
    private readonly occlusion: Occlusion,
    private readonly frame: FrameUniforms,
  ) {
    const of = (name: Parameters<GBuffer['texture']>[0]) => image(gbuffer.texture(name));
    this.images = {
      soft: of('soft'),
      albedo: of('albedo'),
      normal: of('normal'),
      motion: of('motion'),
      probe: of('probe'),
      emissive: of('emissive'),
    };
  }

  at(coordinate: Node<'ivec2'>) {
    const { images, frame } = this;
    const at = coordinate.toVar();
    const [soft, albedo, packed, probe, emissive] = (
      ['soft', 'albedo', 'normal', 'probe', 'emissive'] as const
    ).map((name) => images[name].at(at).toVar()) as unknown as [Texel, Texel, Texel, Texel, Texel];
    const depth = images.motion.at(at).z.toVar();
    const ray = viewRay(vec2(at), frame.inputSizePx, frame.gbufferProjection).toVar();
    const noV = cosineToView(packed.xyz, ray);
    const factor = materialFactorNode(albedo.rgb, albedo.a, packed.a, noV).toVar();
    const open = this.occlusion.textureNode.load(at).r;
    const ambient = probe.rgb.mul(open).toVar();
    const diffuse = albedo.rgb.mul(albedo.a.oneMinus());
    // The specular part is kept as a luminance; the whole's colour stands in for its own.
    const specular = probe.a.div(max(luminanceOf(probe.rgb), float(1e-6))).clamp(0, 1);
    return {
      depth,
      position: ray.mul(depth).toVar(),
      normal: packed.xyz.normalize().toVar(),
      factor,
      direct: soft.rgb.div(factor).toVar(),
      ambient,
      specularAmbient: ambient.mul(specular),
      specularShare: vec3(1).sub(diffuse.div(factor).clamp(0, 1)),
      emission: emissive.rgb,
      surface: emissive.a,
    };
  }

  /** Pixel that shows a view-space point. */
  pixelOf(position: Node<'vec3'>): Node<'ivec2'> {
    const { gbufferProjection: p, inputSizePx } = this.frame;
    const ndc = position.xy.mul(p.xy).div(position.z.negate()).sub(p.zw);
    return ivec2(floor(ndc.mul(vec2(0.5, -0.5)).add(0.5).mul(inputSizePx)));
  }

  /** Where a point of a ray is relative to the surface that its pixel shows. */
  probe(point: Node<'vec3'>) {
    const position = point.toVar();
    const at = this.pixelOf(position).toVar();
    const size = ivec2(this.frame.inputSizePx);
    const outside = at.x
      .lessThan(int(0))
      .or(at.y.lessThan(int(0)))
      .or(at.x.greaterThanEqual(size.x))
      .or(at.y.greaterThanEqual(size.y));
    const stored = this.images.motion.at(at).z.toVar();
    const depth = stored.greaterThan(0).select(stored, float(BACKGROUND_M));
    const gap = position.z.negate().sub(depth).toVar();
    return {
      gone: position.z.greaterThan(-0.03).or(outside),
      gap,
      behind: gap.greaterThan(position.z.negate().mul(MIN_GAP)),
    };
  }
}
type Texel = Node<'vec4'>;
