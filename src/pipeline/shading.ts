import type { Node } from 'three/webgpu';
import { dot, exp2, log2, max, mix, vec3 } from 'three/tsl';
import { LUMINANCE, TRANSFER_SCALE } from '../core/color';
import {
  DIELECTRIC_F0,
  DIFFUSE_SHARE,
  FRESNEL_EXPONENTS,
  MATERIAL_FLOOR,
  SPECULAR_FIT,
} from '../core/material';
import { decodeLogChange, encodeLogChange } from './packed';

/** TSL: Rec. 709 luminance of a linear colour. */
export const luminanceOf = (color: Node<'vec3'>): Node<'float'> => dot(color, vec3(...LUMINANCE));

/** TSL twin of core/material.ts `materialFactor`; all arguments as there. */
export function materialFactorNode(
  albedo: Node<'vec3'>,
  metalness: Node<'float'>,
  roughness: Node<'float'>,
  noV: Node<'float'>,
): Node<'vec3'> {
  const specular = specularReflectanceNode(albedo, metalness, roughness, noV);
  return max(diffuseReflectanceNode(albedo, metalness).add(specular), vec3(MATERIAL_FLOOR));
}

/** TSL: the specular part of the material factor. */
export function specularReflectanceNode(
  albedo: Node<'vec3'>,
  metalness: Node<'float'>,
  roughness: Node<'float'>,
  noV: Node<'float'>,
): Node<'vec3'> {
  const [a, b] = FRESNEL_EXPONENTS;
  const turned = roughness.mul(noV.oneMinus()).toVar();
  const shadowing = turned.mul(turned).mul(turned).mul(SPECULAR_FIT.shadowing).add(1);
  const rim = exp2(noV.mul(a).add(b).mul(noV)).div(shadowing).toVar();
  const loss = roughness.mul(roughness).mul(roughness).mul(SPECULAR_FIT.loss).toVar();
  const f0 = mix(vec3(DIELECTRIC_F0), albedo, metalness).toVar();
  const kept = f0.oneMinus().mul(loss).oneMinus();
  return f0.mul(kept).add(f0.oneMinus().mul(rim));
}

/** TSL: the diffuse part of the material factor. */
export const diffuseReflectanceNode = (
  albedo: Node<'vec3'>,
  metalness: Node<'float'>,
): Node<'vec3'> => albedo.mul(metalness.oneMinus().mul(DIFFUSE_SHARE));

/** TSL: lighting L (linear) to ℓ = log2(1 + 4·e·L). */
export const encodeLightingNode = (lighting: Node<'vec3'>, exposure: Node<'float'>): Node<'vec3'> =>
  log2(max(lighting, vec3(0)).mul(exposure.mul(TRANSFER_SCALE)).add(1));

/**
 * TSL: the direct part of lit lighting, as 2^ℓ: what is more than the probes bring, without their ambient occlusion. `lit` is ℓ,
 * `probe` linear L.
 */
export const directLight = (
  lit: Node<'vec3'>,
  probe: Node<'vec3'>,
  exposure: Node<'float'>,
): Node<'vec3'> => max(exp2(lit).sub(probe.mul(exposure.mul(TRANSFER_SCALE))), vec3(1));

/** TSL: what becomes of some lighting, both L, in 10 bits a channel. */
export const encodeRelitNode = (
  relit: Node<'vec3'>,
  lit: Node<'vec3'>,
  exposure: Node<'float'>,
): Node<'vec3'> =>
  encodeLogChange(encodeLightingNode(relit, exposure).sub(encodeLightingNode(lit, exposure)));

/** TSL: inverse of {@link encodeRelitNode}, but for ℓ of both. */
export const decodeRelitNode = (encoded: Node<'vec3'>, lit: Node<'vec3'>): Node<'vec3'> =>
  max(lit.add(decodeLogChange(encoded)), vec3(0));

/** TSL: ℓ back to linear lighting L. */
export const decodeLightingNode = (encoded: Node<'vec3'>, exposure: Node<'float'>): Node<'vec3'> =>
  exp2(encoded).sub(1).div(exposure.mul(TRANSFER_SCALE));
