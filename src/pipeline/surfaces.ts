import type { Node } from 'three/webgpu';
import { float, floor, int, ivec2, max, vec2, vec3 } from 'three/tsl';
import type { FrameUniforms } from './frame-uniforms';
import { cosineToView, viewRay } from './frame-uniforms';
import { image } from './fullscreen';
import type { Image } from './fullscreen';
import type { GBuffer } from './gbuffer';
import type { Occlusion } from './occlusion';
import { luminanceOf, materialFactorNode } from './shading';

/** A ray is behind a surface from this share of the depth on. */
const MIN_GAP = 0.002;
/** Background is behind everything. */
const BACKGROUND_M = 1e4;

/** TSL: one surface; see {@link Surfaces.at}. */
export type Surface = ReturnType<Surfaces['at']>;

/** TSL: the G-buffer as surfaces in view space. Its methods must be called inside `Fn`. */
export class Surfaces {
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
