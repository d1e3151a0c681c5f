import type { Node } from 'three/webgpu';
import { dot, exp2, float, log2, max, min, mix, vec3, vec4 } from 'three/tsl';
import { LUMINANCE, TRANSFER_SCALE } from '../core/color';
import { ENV_BRDF_C0, ENV_BRDF_C1, MATERIAL_FLOOR } from '../core/material';

/** TSL: Rec. 709 luminance of a linear colour. */
export const luminanceOf = (color: Node<'vec3'>): Node<'float'> => dot(color, vec3(...LUMINANCE));

/** TSL twin of core/material.ts `materialFactor`; all arguments as there. */
export function materialFactorNode(
  albedo: Node<'vec3'>,
  metalness: Node<'float'>,
  roughness: Node<'float'>,
  noV: Node<'float'>,
): Node<'vec3'> {
  const r = vec4(...ENV_BRDF_C0)
    .mul(roughness)
    .add(vec4(...ENV_BRDF_C1))
    .toVar();
  const a004 = min(r.x.mul(r.x), exp2(noV.mul(-9.28)))
    .mul(r.x)
    .add(r.y)
    .toVar();
  const f0 = mix(vec3(0.04), albedo, metalness);
  const environment = f0.mul(a004.mul(-1.04).add(r.z)).add(a004.mul(1.04).add(r.w));
  return max(albedo.mul(float(1).sub(metalness)).add(environment), vec3(MATERIAL_FLOOR));
}

/** TSL: lighting L (linear) to ℓ = log2(1 + 4·e·L). */
export const encodeLightingNode = (lighting: Node<'vec3'>, exposure: Node<'float'>): Node<'vec3'> =>
  log2(max(lighting, vec3(0)).mul(exposure.mul(TRANSFER_SCALE)).add(1));

/** TSL: ℓ back to linear lighting L. */
export const decodeLightingNode = (encoded: Node<'vec3'>, exposure: Node<'float'>): Node<'vec3'> =>
  exp2(encoded).sub(1).div(exposure.mul(TRANSFER_SCALE));
