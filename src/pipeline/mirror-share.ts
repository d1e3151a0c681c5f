import type { Material, MeshStandardMaterial, Node, Object3D } from 'three/webgpu';
import { dot, exp, float, max, smoothstep, vec2, vec4 } from 'three/tsl';
import { isMesh } from '../scenes/kit';
import type { FrameUniforms } from './frame-uniforms';
import { clampPixel, eachOffset } from './fullscreen';
import type { Image } from './fullscreen';
import { decodeRadiance } from './packed';

/** Metals are mirrors up to the lower of these roughnesses, and less and less up to the upper one. */
const ROUGHNESS = { lower: 0.06, upper: 0.14 } as const;
/** What has a diffuse part needs light that no mirror shows. */
const METALNESS = { lower: 0.9, upper: 1 } as const;
/** Neighbours share their rays as far as this share of the lobe's width in pixels, as a standard deviation. */
const SHARED_WIDTH = 0.5;
/** Squared spread of the narrowest lobe: normals are no better known. */
const LEAST_LOBE = 1e-4;

/** TSL: how much of its light a pixel gets as a mirror does [0,1]. */
export const mirrorShare = (metalness: Node<'float'>, roughness: Node<'float'>): Node<'float'> =>
  smoothstep(ROUGHNESS.lower, ROUGHNESS.upper, roughness)
    .oneMinus()
    .mul(smoothstep(METALNESS.lower, METALNESS.upper, metalness));

/** Whether anything in a scene may be a mirror, textures aside. */
export function hasMirrors(root: Object3D): boolean {
  let found = false;
  root.traverse((object) => {
    if (isMesh(object)) found ||= [object.material].flat().some(mayMirror);
  });
  return found;
}

const mayMirror = (material: Material): boolean => {
  const { metalness = 0, roughness = 1, roughnessMap } = material as Partial<MeshStandardMaterial>;
  return metalness > METALNESS.lower && (Boolean(roughnessMap) || roughness < ROUGHNESS.upper);
};

/** Images that {@link sharedMirror} reads, W×H: what mirrors show, as `encodeRadiance` packs it, and two of the guide. */
export interface MirrorImages {
  readonly seen: Image;
  readonly albedo: Image;
  readonly normal: Image;
}

/** TSL: radiance (rgb) that a mirror shows at a pixel, in units of the frame's mean lighting: the mean of the 3×3 rays that are of its lobe. */
export function sharedMirror(
  { seen, albedo, normal }: MirrorImages,
  at: Node<'ivec2'>,
  last: Node<'ivec2'>,
  frame: FrameUniforms,
): Node<'vec3'> {
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
    const share = mirrorShare(albedo.at(tap).a, there.a);
    sum.addAssign(vec4(decodeRadiance(seen.at(tap).toVar()), 1).mul(weight.mul(share)));
  });
  return sum.rgb.div(max(sum.a, float(1e-6)));
}
