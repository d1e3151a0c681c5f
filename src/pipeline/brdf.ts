import type { Node } from 'three/webgpu';
import { exp2, float, max, mix, sqrt, vec3 } from 'three/tsl';
import { DIELECTRIC_F0, DIFFUSE_TRANSMISSION, FRESNEL_EXPONENTS, GLOSS, SPECULAR_FIT } from '../core/material'; // prettier-ignore
import { specularReflectanceNode } from './shading';

/** What a smooth metal throws of a lamp is spread so wide, as a roughness, that four rays find it. */
const METAL_ROUGHNESS = 0.5;

/** What a surface is made of, as the table of {@link RayMaterials} has it. */
export interface FlatMaterial {
  /** See `meanReflectance`. */
  readonly mean: Node<'vec3'>;
  readonly metalness: Node<'float'>;
  readonly roughness: Node<'float'>;
}

/** What the BRDF of a surface depends on. */
interface Surface {
  readonly base: Node<'vec3'>;
  readonly metalness: Node<'float'>;
  readonly roughness: Node<'float'>;
}

/**
 * TSL: share of light from `direction` that a surface reflects against `view`, per steradian, without the cosine: three's
 * standard material (r187). What rough lobes lose is given back as {@link SPECULAR_FIT} has it.
 *
 * @param view unit direction towards the surface
 */
export function brdfNode(
  surface: Surface,
  normal: Node<'vec3'>,
  view: Node<'vec3'>,
  direction: Node<'vec3'>,
): Node<'vec3'> {
  const { base, metalness } = surface;
  const { alpha2, noH, visibility, fresnel, rim } = facets(surface, normal, view, direction);
  const spread = noH.mul(noH).mul(alpha2.sub(1)).add(1).toVar();
  const lobe = alpha2.div(spread.mul(spread).mul(Math.PI)).mul(visibility);
  const enters = rim.oneMinus().mul((1 - DIELECTRIC_F0) / Math.PI);
  return base.mul(metalness.oneMinus().mul(enters)).add(fresnel.mul(lobe));
}

/**
 * TSL: {@link brdfNode} of a surface that a ray finds, as the path tracer has it behind a wide lobe: no lobe is narrower than a roughness of
 * 0.3.
 */
export function flatBrdfNode(
  { mean, metalness, roughness }: FlatMaterial,
  normal: Node<'vec3'>,
  view: Node<'vec3'>,
  direction: Node<'vec3'>,
): Node<'vec3'> {
  const base = baseColor(mean, metalness, roughness).toVar();
  const least = mix(float(GLOSS.leastRoughness), float(METAL_ROUGHNESS), metalness);
  const rough = max(roughness, least).toVar();
  return brdfNode({ base, metalness, roughness: rough }, normal, view, direction);
}

/**
 * TSL: how many times as much a surface reflects of the light from a direction, where that is drawn by `lobeDensity`, as of light from
 * everywhere: facets shade each other from flat light, and reflect more of what meets them at a flat angle.
 */
export function lobeShareNode(
  surface: Surface,
  normal: Node<'vec3'>,
  view: Node<'vec3'>,
  direction: Node<'vec3'>,
): Node<'vec3'> {
  const { base, metalness, roughness } = surface;
  const { noL, noV, reach, visibility, fresnel } = facets(surface, normal, view, direction);
  // G₂ / G₁, Smith.
  const unshaded = visibility.mul(noL.mul(noV.add(reach(noV)).mul(2)));
  const whole = specularReflectanceNode(base, metalness, roughness, noV);
  return fresnel.mul(unshaded).div(max(whole, vec3(1e-4)));
}

/** TSL: facets that reflect light from a direction against `view`: how they are turned, seen, and how much they reflect. */
function facets(
  { base, metalness, roughness }: Surface,
  normal: Node<'vec3'>,
  view: Node<'vec3'>,
  direction: Node<'vec3'>,
) {
  const alpha = roughness.mul(roughness).toVar();
  const alpha2 = alpha.mul(alpha).toVar();
  const half = direction.sub(view).normalize().toVar();
  const noH = max(normal.dot(half), float(0)).toVar();
  const noV = max(normal.dot(view).negate(), float(1e-3)).toVar();
  const noL = max(normal.dot(direction), float(1e-3)).toVar();
  const voH = max(view.dot(half).negate(), float(0)).toVar();
  const reach = (cosine: Node<'float'>) =>
    sqrt(alpha2.add(alpha2.oneMinus().mul(cosine).mul(cosine)));
  const visibility = float(0.5)
    .div(noL.mul(reach(noV)).add(noV.mul(reach(noL))))
    .toVar();
  const [a, b] = FRESNEL_EXPONENTS;
  const rim = exp2(voH.mul(a).add(b).mul(voH)).toVar();
  const f0 = mix(vec3(DIELECTRIC_F0), base, metalness).toVar();
  const loss = alpha.mul(roughness).mul(SPECULAR_FIT.loss).toVar();
  const givenBack = f0.mul(loss.div(loss.oneMinus())).add(1);
  const fresnel = f0.mul(rim.oneMinus()).add(rim).mul(givenBack).toVar();
  return { alpha2, noH, noV, noL, reach, visibility, rim, fresnel };
}

/**
 * TSL: share of light from everywhere that a surface reflects against `view`, by its diffuse part and by its lobe, which is no
 * narrower than above.
 */
export function reflectanceNode(
  { mean, metalness, roughness }: FlatMaterial,
  normal: Node<'vec3'>,
  view: Node<'vec3'>,
) {
  const base = baseColor(mean, metalness, roughness).toVar();
  const rough = max(roughness, float(GLOSS.leastRoughness)).toVar();
  const noV = max(normal.dot(view).negate(), float(0)).toVar();
  const specular = specularReflectanceNode(base, metalness, rough, noV).toVar();
  return { diffuse: base.mul(metalness.oneMinus().mul(DIFFUSE_TRANSMISSION)).toVar(), specular };
}

/** TSL: inverse of `meanReflectance`. */
function baseColor(
  mean: Node<'vec3'>,
  metalness: Node<'float'>,
  roughness: Node<'float'>,
): Node<'vec3'> {
  const { most, loss, leastRoughness } = GLOSS;
  const matte = metalness.oneMinus().toVar();
  const gloss = max(roughness, float(leastRoughness))
    .mul(-most * loss)
    .add(most);
  const kept = matte.mul(1 - DIFFUSE_TRANSMISSION).oneMinus();
  return max(mean.sub(gloss.mul(matte)), vec3(0)).div(kept);
}
