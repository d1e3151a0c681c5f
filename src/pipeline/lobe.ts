import type { Node } from 'three/webgpu';
import { cos, float, max, reflect, sin, sqrt, vec3 } from 'three/tsl';
import { basisOf } from './sampling';
import type { Random } from './sampling';

/** Squared spread of the narrowest lobe: normals are no better known. */
export const LEAST_LOBE = 1e-4;

/** TSL: the direction of a {@link lobeSample}. */
export const lobeDirection = (...lobe: Parameters<typeof lobeSample>): Node<'vec3'> =>
  lobeSample(...lobe).direction;

/**
 * TSL: a direction of the GGX reflection lobe around the mirror direction of a view ray, drawn by visible normals
 * (Dupuy and Benyoub 2023, spherical caps). Where that would point into the surface, `isLost`, and the direction is the mirror's.
 */
export function lobeSample(
  view: Node<'vec3'>,
  normal: Node<'vec3'>,
  roughness: Node<'float'>,
  random: Random,
) {
  const alpha = roughness.mul(roughness).toVar();
  const [tangent, bitangent] = basisOf(normal);
  const towards = view.negate().toVar();
  const local = vec3(towards.dot(tangent), towards.dot(bitangent), towards.dot(normal)).toVar();
  const warped = vec3(local.xy.mul(alpha), local.z).normalize().toVar();
  const angle = random
    .next()
    .mul(2 * Math.PI)
    .toVar();
  const z = random.next().oneMinus().mul(warped.z.add(1)).sub(warped.z).toVar();
  const r = sqrt(max(z.mul(z).oneMinus(), float(0)));
  const cap = vec3(cos(angle).mul(r), sin(angle).mul(r), z).add(warped).toVar();
  const half = vec3(cap.xy.mul(alpha), max(cap.z, float(1e-6)))
    .normalize()
    .toVar();
  const micro = tangent.mul(half.x).add(bitangent.mul(half.y)).add(normal.mul(half.z)).toVar();
  const direction = reflect(view, micro).toVar();
  const isLost = direction.dot(normal).lessThanEqual(0).toVar();
  return { direction: isLost.select(reflect(view, normal), direction).toVar(), isLost };
}

/** TSL: density of {@link lobeDirection} in a direction, per steradian. */
export function lobeDensity(
  view: Node<'vec3'>,
  normal: Node<'vec3'>,
  roughness: Node<'float'>,
  direction: Node<'vec3'>,
): Node<'float'> {
  const alpha2 = roughness.pow(4).toVar();
  const half = direction.sub(view).normalize();
  const noH = max(normal.dot(half), float(0)).toVar();
  const noV = max(normal.dot(view).negate(), float(1e-3)).toVar();
  const spread = noH.mul(noH).mul(alpha2.sub(1)).add(1).toVar();
  const distribution = alpha2.div(spread.mul(spread).mul(Math.PI));
  // G₁ / (4 n·v), Smith.
  const masking = float(0.5).div(noV.add(sqrt(alpha2.add(alpha2.oneMinus().mul(noV).mul(noV)))));
  const isAbove = direction.dot(normal).greaterThan(0);
  return isAbove.select(distribution.mul(masking), float(0));
}
