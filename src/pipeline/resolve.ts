import { DataTexture, HalfFloatType, NearestFilter, RGBAFormat, RenderTarget } from 'three/webgpu';
import type { Node, Texture, WebGPURenderer } from 'three/webgpu';
import {
  Fn,
  If,
  dot,
  exp,
  exp2,
  float,
  floor,
  ivec2,
  max,
  mix,
  smoothstep,
  uniform,
  vec2,
  vec3,
  vec4,
} from 'three/tsl';
import type { Lighting } from './compose';
import type { FrameUniforms } from './frame-uniforms';
import { cosineToView, viewRay } from './frame-uniforms';
import { FullscreenPass, clampPixel, eachOffset, image, pixel } from './fullscreen';
import type { Image } from './fullscreen';
import type { GBuffer } from './gbuffer';
import type { Guide } from './guide';
import { guideImages } from './guide';
import type { Levels } from './levels';
import { mirrorShare, sharedMirror } from './mirror-share';
import { decodeLogChange, decodeRadiance, encodeRadiance, setFormat } from './packed';
import { decodeLightingNode, materialFactorNode } from './shading';
import type { TransparentLayers } from './transparents';

/** Base strengths that the predicted exponents scale by powers of two (see the model contract, `resolve`). */
export const RESOLVE = { normal: 32, depth: 60, width: 2, edgeLimit: 4 } as const;

/**
 * The network learns widths that suit single frames. The picture is a mean over jittered ones, so each may be sharper; at
 * twice the strength edges of shadows become stairs.
 */
const ACCUMULATED_WIDTH = 1.5;
/** What smooth metals show has edges of its own: where no mirror is drawn for them they are resolved so many times as sharply, less and less between these roughnesses. */
const MIRROR = { sharper: 3, lower: 0.1, upper: 0.3 } as const;

/** Exponents in 10 bits, negative ones from the top down, so that nothing (also outside an image) is zero. */
const [LARGEST, CODES] = [511, 1023];

/** TSL: edge exponents to [0,1]; zero stays exactly zero. */
export const encodeEdges = (exponents: Node<'vec3'>): Node<'vec3'> => {
  const steps = exponents
    .clamp(-RESOLVE.edgeLimit, RESOLVE.edgeLimit)
    .mul(LARGEST / RESOLVE.edgeLimit)
    .toVar();
  return steps.add(steps.lessThan(vec3(0)).select(vec3(CODES), vec3(0))).div(CODES);
};

/** TSL: inverse of {@link encodeEdges}; half floats name the 10-bit step, too. */
export const decodeEdges = ({ rgb }: Node<'vec4'>): Node<'vec3'> => {
  const code = rgb.mul(CODES).round().toVar();
  const steps = code.sub(code.greaterThan(vec3(LARGEST)).select(vec3(CODES), vec3(0)));
  return steps.mul(RESOLVE.edgeLimit / LARGEST);
};

/** Edge exponents of zero: the base strengths as they are. */
export const neutralEdges: Texture = new DataTexture(
  new Uint16Array(4),
  1,
  1,
  RGBAFormat,
  HalfFloatType,
);
neutralEdges.needsUpdate = true;

/** What a frame is resolved from. */
export interface ResolveSources {
  readonly renderer: WebGPURenderer;
  readonly gbuffer: GBuffer;
  readonly guide: Guide;
  readonly levels: Levels;
  readonly frame: FrameUniforms;
  readonly transparents: Pick<TransparentLayers, 'output'>;
}

/**
 * Joint-bilateral upsampling of the lighting to W×H: each output pixel gathers its 3×3 low-resolution neighbours,
 * weighted by distance, normal and distance from the pixel's own tangent plane, then is multiplied by the guide's
 * material factor; emission is added, and what is transparent laid over it. Where {@link Mirrors} have been drawn, mirrors take
 * only their direct light from their neighbours. Output: HDR linear radiance, packed.
 */
export class Resolve {
  readonly target: RenderTarget;
  private readonly pass: FullscreenPass;
  private readonly mirrorPass: FullscreenPass;
  private readonly seen = image(neutralEdges);
  private readonly indirect = image(neutralEdges);
  private readonly mirrorsShare = uniform(0);
  private readonly lighting = image(neutralEdges);
  private readonly edges = image(neutralEdges);

  constructor(private readonly sources: ResolveSources) {
    const { renderer } = sources;
    this.target = new RenderTarget(1, 1, {
      type: HalfFloatType,
      depthBuffer: false,
      minFilter: NearestFilter,
      magFilter: NearestFilter,
    });
    setFormat(renderer, this.target.texture, 'rgb10a2');
    this.pass = new FullscreenPass(renderer, 'Resolve', this.node(false));
    this.mirrorPass = new FullscreenPass(renderer, 'Resolve', this.node(true));
  }

  /** TSL: the picture, unpacked, in units of the frame's mean lighting. */
  get image(): Image {
    const packed = image(this.target.texture);
    return { at: (p) => vec4(decodeRadiance(packed.at(p).toVar()), 1) };
  }

  resize(width: number, height: number): void {
    this.target.setSize(width, height);
  }

  /** `seen` is what {@link Mirrors} show; null where they have not been drawn. */
  render({ lighting, edges, mirrors }: Lighting, seen: Texture | null): void {
    this.lighting.set(lighting);
    this.edges.set(edges);
    if (!seen || !mirrors) return this.pass.render(this.target);
    this.seen.set(seen);
    this.indirect.set(mirrors.indirect);
    this.mirrorsShare.value = mirrors.share;
    this.mirrorPass.render(this.target);
  }

  private node(hasMirrors: boolean): Node<'vec4'> {
    const { gbuffer, guide, levels, frame, transparents } = this.sources;
    const lowNormal = gbuffer.image('normal');
    const [albedo, normal, motion, emissive] = guideImages.map((name) => guide.image(name));
    return Fn(() => {
      const at = pixel().toVar();
      const n = normal!.at(at).toVar();
      const base = albedo!.at(at).toVar();
      const glow = emissive!.at(at).toVar();
      const depth = motion!.at(at).z.toVar();
      const ray = viewRay(vec2(at), frame.outputSizePx, frame.guideProjection).toVar();
      const position = ray.mul(depth).toVar();

      // The same view ray in pixels of the low-resolution frame, whose jitter differs.
      const p = frame.gbufferProjection;
      const ndc = ray.xy.mul(p.xy).sub(p.zw);
      const q = ndc.mul(vec2(0.5, -0.5)).add(0.5).mul(frame.inputSizePx).sub(0.5).toVar();
      const last = ivec2(frame.inputSizePx).sub(1).toVar();
      const centre = clampPixel(ivec2(floor(q.add(0.5))), last).toVar();
      const strength = exp2(decodeEdges(this.edges.at(centre)))
        .mul(vec3(RESOLVE.normal, RESOLVE.depth, RESOLVE.width * ACCUMULATED_WIDTH))
        .toVar();
      const mirrors = smoothstep(MIRROR.lower, MIRROR.upper, n.a).oneMinus().mul(base.a);
      strength.z.mulAssign(mirrors.mul(MIRROR.sharper - 1).add(1));

      const mirror = hasMirrors ? mirrorShare(guide.finishAt(at)).toVar() : float(0);
      const direct = vec3(0).toVar();
      const sum = vec4(0).toVar();
      const fallback = vec4(0).toVar();
      const cosine = float(0).toVar();
      eachOffset(-1, 1, (away) => {
        const tap = clampPixel(centre.add(away), last).toVar();
        const tapNormal = lowNormal.at(tap).xyz.toVar();
        const tapRay = viewRay(vec2(tap), frame.inputSizePx, frame.gbufferProjection).toVar();
        const tapDepth = gbuffer.depthAt(tap).toVar();
        const tapPosition = tapRay.mul(tapDepth);
        const offset = vec2(tap).sub(q);
        // Background has no lighting, and no depth.
        const spatial = tapDepth
          .greaterThan(0)
          .select(exp(dot(offset, offset).mul(strength.z).negate()), float(0))
          .toVar();
        const turn = float(1).sub(max(dot(tapNormal, n.xyz), float(0)));
        const plane = dot(n.xyz, tapPosition.sub(position))
          .abs()
          .div(max(depth, float(1e-3)));
        const edge = exp(turn.mul(strength.x).add(plane.mul(strength.y)).negate());
        const encoded = this.lighting.at(tap).rgb.toVar();
        const weight = spatial.mul(edge).toVar();
        sum.addAssign(vec4(encoded, 1).mul(weight));
        cosine.addAssign(cosineToView(tapNormal, tapRay).mul(weight));
        if (hasMirrors) {
          If(mirror.greaterThan(0), () => {
            const change = decodeLogChange(this.indirect.at(tap).rgb);
            direct.addAssign(max(encoded.sub(change), vec3(0)).mul(weight));
          });
        }
        fallback.addAssign(vec4(encoded, 1).mul(spatial));
      });
      const encoded = this.lighting.at(centre).rgb.toVar();
      If(sum.w.greaterThan(1e-5), () => {
        encoded.assign(sum.rgb.div(sum.w));
      }).ElseIf(fallback.w.greaterThan(1e-12), () => {
        encoded.assign(fallback.rgb.div(fallback.w));
      });
      const exposure = levels.exposure.toVar();
      // Towards rims reflectance grows within a pixel: the light is multiplied by what it was divided by.
      const noV = sum.w.greaterThan(1e-5).select(cosine.div(sum.w), cosineToView(n.xyz, ray));
      const factor = materialFactorNode(base.rgb, base.a, n.a, noV);
      const light = decodeLightingNode(encoded, exposure).toVar();
      if (hasMirrors) {
        If(mirror.greaterThan(0), () => {
          const shown = sharedMirror(this.seen, at, this.sources).div(exposure);
          const lamps = decodeLightingNode(direct.div(max(sum.w, float(1e-5))), exposure);
          light.assign(mix(light, shown.add(lamps), mirror.mul(this.mirrorsShare)));
        });
      }
      const relit = light.mul(factor).mul(glow.a);
      const shown = transparents.output.over(relit.add(glow.rgb), at);
      return encodeRadiance(shown.mul(exposure));
    })();
  }

  dispose(): void {
    this.target.dispose();
    this.pass.dispose();
    this.mirrorPass.dispose();
  }
}
