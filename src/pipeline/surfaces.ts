import type { Node } from 'three/webgpu';
import { If, float, floor, int, ivec2, max, min, mix, vec2, vec3, vec4 } from 'three/tsl';
import type { FrameUniforms } from './frame-uniforms';
import type { Demodulate } from './demodulate';
import { cosineToView, viewRay } from './frame-uniforms';
import { image } from './fullscreen';
import type { Image } from './fullscreen';
import { surfaceOf } from './gbuffer';
import type { GBuffer } from './gbuffer';
import type { History } from './history';
import type { Levels } from './levels';
import type { Shape } from './neighbours';
import { decodeLightingNode, diffuseReflectanceNode, luminanceOf, materialFactorNode } from './shading'; // prettier-ignore
import type { World } from './world';

/** A ray is behind a surface from this share of the depth on. */
const MIN_GAP = 0.002;
/** Rays start this far off their surface, in metres and as a share of the depth. */
const START = { metres: 0.002, share: 0.002 } as const;
/** Background is behind everything. */
const BACKGROUND_M = 1e4;

/** Images of the frame, and the world around it, for stages that send rays. */
export interface RaySources {
  readonly gbuffer: GBuffer;
  readonly demodulate: Demodulate;
  readonly levels: Levels;
  readonly history: History;
  readonly frame: FrameUniforms;
  readonly world: World;
}

/** TSL: one surface; see {@link Surfaces.materialAt}. */
export type Surface = ReturnType<Surfaces['materialAt']>;

/** TSL: where the surfaces of the G-buffer are and how they are turned. Its methods must be called inside `Fn`. */
export class Shapes {
  protected readonly frame: FrameUniforms;
  protected readonly normals: Image;
  protected readonly gbuffer: GBuffer;

  constructor({ gbuffer, frame }: Pick<RaySources, 'gbuffer' | 'frame'>) {
    this.frame = frame;
    this.normals = gbuffer.image('normal');
    this.gbuffer = gbuffer;
  }

  /** Only where a pixel's surface is and how it is turned, in view space. */
  shapeAt(coordinate: Node<'ivec2'>): Shape {
    const { frame, normals, gbuffer } = this;
    const at = coordinate.toVar();
    const depth = gbuffer.depthAt(at).toVar();
    const ray = viewRay(vec2(at), frame.inputSizePx, frame.gbufferProjection);
    return { depth, position: ray.mul(depth).toVar(), normal: normals.at(at).xyz.toVar() };
  }
}

/** TSL: the G-buffer as surfaces in view space. Its methods must be called inside `Fn`. */
export class Surfaces extends Shapes {
  private readonly albedo: Image;
  private readonly probes: Image;
  private readonly emissive: Image;
  private readonly lit: Image;
  private readonly history: Image;
  private readonly occlusion: Image;
  private readonly levels: Levels;

  constructor(sources: RaySources) {
    super(sources);
    const { gbuffer, demodulate, levels, history } = sources;
    this.levels = levels;
    this.albedo = gbuffer.image('albedo');
    this.probes = gbuffer.image('probe');
    this.emissive = gbuffer.image('emissive');
    this.lit = image(demodulate.lit);
    this.occlusion = image(demodulate.occlusion);
    this.history = image(history.texture);
  }

  /** A surface without its light: fewer images to read. */
  materialAt(coordinate: Node<'ivec2'>) {
    const { frame } = this;
    const at = coordinate.toVar();
    const albedo = this.albedo.at(at).toVar();
    const packed = this.normals.at(at).toVar();
    const depth = this.gbuffer.depthAt(at).toVar();
    const ray = viewRay(vec2(at), frame.inputSizePx, frame.gbufferProjection).toVar();
    const noV = cosineToView(packed.xyz, ray);
    const factor = materialFactorNode(albedo.rgb, albedo.a, packed.a, noV).toVar();
    const diffuse = diffuseReflectanceNode(albedo.rgb, albedo.a);
    return {
      depth,
      position: ray.mul(depth).toVar(),
      /** Zero on background, where normalize() would give no number. */
      normal: packed.xyz.div(max(packed.xyz.length(), float(1e-6))).toVar(),
      base: albedo.rgb,
      metalness: albedo.a,
      factor,
      specularShare: vec3(1).sub(diffuse.div(factor).clamp(0, 1)).toVar(),
      roughness: packed.a,
      surface: surfaceOf(packed),
    };
  }

  /** A surface and its light. */
  at(coordinate: Node<'ivec2'>) {
    const at = coordinate.toVar();
    const material = this.materialAt(at);
    const probe = this.probes.at(at).toVar();
    const lit = this.litAt(at);
    const open = this.occlusion.at(at).r.toVar();
    const ambient = probe.rgb.mul(open).toVar();
    const specular = specularPart(probe, material.specularShare).toVar();
    return {
      ...material,
      /** Direct light with its shadows. */
      direct: max(lit.sub(ambient), vec3(0)).toVar(),
      /** The lighting L of this pixel: what rays change. */
      lit,
      specularAmbient: specular.mul(open),
      /** Probe light that a diffuse surface gets, without ambient occlusion. */
      diffuseAmbient: max(probe.rgb.sub(specular), vec3(0)),
    };
  }

  private litAt(at: Node<'ivec2'>): Node<'vec3'> {
    return decodeLightingNode(this.lit.at(at).rgb, this.levels.exposure).toVar();
  }

  /** Pixel that shows a view-space point. */
  pixelOf(position: Node<'vec3'>): Node<'ivec2'> {
    const { gbufferProjection: p, inputSizePx } = this.frame;
    const ndc = position.xy.mul(p.xy).div(position.z.negate()).sub(p.zw);
    return ivec2(floor(ndc.mul(vec2(0.5, -0.5)).add(0.5).mul(inputSizePx)));
  }

  /**
   * Radiance that a ray picks up at a point it has hit, with a share of the emission: rgb up to a limit, a = 0 where it
   * met a surface's back. What the network's last frame knew of the light there stands for what this one has of it so far.
   */
  radianceAt(
    point: Node<'vec3'>,
    direction: Node<'vec3'>,
    limit: Node<'float'>,
    glowShare: Node<'float'>,
  ): Node<'vec4'> {
    const found = vec4(0).toVar();
    const at = this.pixelOf(point).toVar();
    const there = this.materialAt(at);
    // The back of a surface says nothing about its front.
    If(there.normal.dot(direction).lessThan(0.05).and(there.surface.greaterThan(0.5)), () => {
      const glow = this.emissive.at(at).rgb.mul(glowShare);
      const before = this.history.at(at).toVar();
      const relit = decodeLightingNode(before.rgb, this.levels.exposure);
      const radiance = mix(this.litAt(at), relit, before.a).mul(there.factor).add(glow);
      found.assign(vec4(min(radiance, vec3(limit)), 1));
    });
    return found;
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
    const stored = this.gbuffer.depthAt(at).toVar();
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

/**
 * TSL: the specular part of the probe light, of which the G-buffer keeps the luminance only. Its colour follows from
 * taking the reflected surroundings as grey relative to the diffuse ones, c times as bright: two steps find c.
 */
function specularPart(probe: Texel, share: Node<'vec3'>): Node<'vec3'> {
  const part = (c: Node<'float'>): Node<'vec3'> =>
    probe.rgb
      .mul(share)
      .mul(c)
      .div(max(share.oneMinus().add(share.mul(c)), vec3(1e-4)));
  const better = (c: Node<'float'>): Node<'float'> =>
    c
      .mul(probe.a.div(max(luminanceOf(part(c)), float(1e-6))))
      .clamp(0, 64)
      .toVar();
  return part(better(better(float(1)))).toVar();
}

/** TSL: where rays leave a surface. */
export const startOf = ({ position, normal, depth }: Shape): Node<'vec3'> =>
  position.add(normal.mul(depth.mul(START.share).add(START.metres))).toVar();
