import type { Material, MeshStandardMaterial, Node } from 'three/webgpu';
import { dot, exp, float, ivec2, max, smoothstep, vec2, vec4 } from 'three/tsl';
import type { FrameUniforms } from './frame-uniforms';
import { clampPixel, eachOffset } from './fullscreen';
import type { Image } from './fullscreen';
import type { Guide } from './guide';
import { LEAST_LOBE } from './lobe';
import { decodeRadiance } from './packed';

/** Metals are mirrors up to the lower of these roughnesses, and less and less up to the upper one. */
const ROUGHNESS = { lower: 0.06, upper: 0.14 } as const;
/** What has a diffuse part needs light that no mirror shows. */
const METALNESS = { lower: 0.9, upper: 1 } as const;
/** Neighbours share their rays as far as this share of the lobe's width in pixels, as a standard deviation. */
const SHARED_WIDTH = 0.5;

/** TSL: how much of its light a pixel gets as a mirror does [0,1], by its metalness and roughness. */
export const mirrorShare = (finish: Node<'vec2'>): Node<'float'> =>
  smoothstep(ROUGHNESS.lower, ROUGHNESS.upper, finish.y)
    .oneMinus()
    .mul(smoothstep(METALNESS.lower, METALNESS.upper, finish.x));

/** Whether a material may be a mirror somewhere. */
export const mayMirror = (material: Material): boolean => {
  const { metalness = 0, roughness = 1, roughnessMap } = material as Partial<MeshStandardMaterial>;
  return metalness > METALNESS.lower && (Boolean(roughnessMap) || roughness < ROUGHNESS.upper);
};

/**
 * TSL: radiance (rgb) that a mirror shows at a pixel, in units of the frame's mean lighting: the mean of those of the 3×3 rays
 * around that are of its lobe. `seen` is what they found, W×H, as `encodeRadiance` packs it.
 */
export function sharedMirror(
  seen: Image,
  at: Node<'ivec2'>,
  { guide, frame }: { readonly guide: Guide; readonly frame: FrameUniforms },
): Node<'vec3'> {
  const normal = guide.image('normal');
  const last = ivec2(frame.outputSizePx).sub(1).toVar();
  const here = normal.at(at).toVar();
  const alpha = here.a.mul(here.a).toVar();
  const lobe = max(alpha.mul(alpha), float(LEAST_LOBE)).toVar();
  const focalPx = frame.guideProjection.y.mul(frame.outputSizePx.y).mul(0.5);
  const widthPx = max(alpha.mul(focalPx).mul(SHARED_WIDTH), float(0.1)).toVar();
  const nearness = float(-0.5).div(widthPx.mul(widthPx)).toVar();
  const sum = vec4(0).toVar();
  eachOffset(-1, 1, (away) => {
    const tap = clampPixel(at.add(away), last).toVar();
    const there = normal.at(tap).toVar();
    const turned = dot(there.xyz, here.xyz).sub(1).div(lobe);
    const offset = vec2(away).toVar();
    const weight = exp(dot(offset, offset).mul(nearness).add(turned));
    const share = mirrorShare(guide.finishAt(tap));
    sum.addAssign(vec4(decodeRadiance(seen.at(tap).toVar()), 1).mul(weight.mul(share)));
  });
  return sum.rgb.div(max(sum.a, float(1e-6)));
}
