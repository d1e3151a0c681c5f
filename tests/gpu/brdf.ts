import type { Node } from 'three/webgpu';
import { vec3 } from 'three/tsl';
import { flatBrdfNode, reflectanceNode } from '../../src/pipeline/brdf';
import type { FlatMaterial } from '../../src/pipeline/brdf';
import { meanReflectance } from '../../src/core/material';
import { evaluate } from './nodes';
import type { Texel } from './nodes';

/** A grey surface with the normal +z, and the cosine at which it is seen. */
export interface SeenSurface {
  readonly base: number;
  readonly metalness: number;
  readonly roughness: number;
  readonly cosine: number;
}

/** Its BRDF for light from each direction, and the shares of light from everywhere that it says it reflects. */
export interface Reflection {
  readonly brdf: number[];
  readonly diffuse: number;
  readonly specular: number;
}

export async function reflect(
  { base, metalness, roughness, cosine }: SeenSurface,
  directions: readonly Texel[],
): Promise<Reflection> {
  const mean = meanReflectance(base, metalness, roughness);
  const rows = directions.map((): Texel => [mean, metalness, roughness, cosine]);
  const normal = () => vec3(0, 0, 1).toVar();
  const surface = (row: Node<'vec4'>): FlatMaterial => ({
    mean: vec3(row.x),
    metalness: row.y,
    roughness: row.z,
  });
  const view = (row: Node<'vec4'>) =>
    vec3(row.w.mul(row.w).oneMinus().sqrt(), 0, row.w.negate()).toVar();
  const found = await evaluate([rows, directions], (row, direction) =>
    flatBrdfNode(surface(row!), normal(), view(row!), direction!.xyz),
  );
  const shares = await evaluate([rows.slice(0, 1)], (row) => {
    const { diffuse, specular } = reflectanceNode(surface(row!), normal(), view(row!));
    return vec3(diffuse.x, specular.x, 0);
  });
  const [[diffuse = NaN, specular = NaN] = []] = shares;
  return { brdf: found.map(([value = NaN]) => value), diffuse, specular };
}
