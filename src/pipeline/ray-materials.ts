import { MeshStandardMaterial } from 'three/webgpu';
import { meanReflectance } from '../core/material';
import type { Look } from './ray-looks';

/** Texels (RGBA float) of a look: (mean reflectance, metalness) (emission, roughness), linear. */
export const MATERIAL_TEXELS = 2;

/** The table of what rays see: one flat colour for each look. */
export class RayMaterials {
  constructor(private readonly looks: readonly Look[]) {}

  /** Writes the rows as materials are now; returns whether any differs from what was there. */
  write(data: Float32Array): boolean {
    let changed = false;
    this.looks.forEach(({ material, map, surface, emissive }, row) => {
      if (!(material instanceof MeshStandardMaterial)) return;
      const { color: c, emissive: e, emissiveIntensity: i } = material;
      const metalness = material.metalness * surface[2];
      const roughness = material.roughness * surface[1];
      values[0] = meanReflectance(c.r * map[0], metalness, roughness);
      values[1] = meanReflectance(c.g * map[1], metalness, roughness);
      values[2] = meanReflectance(c.b * map[2], metalness, roughness);
      values[3] = metalness;
      values[4] = e.r * i * emissive[0];
      values[5] = e.g * i * emissive[1];
      values[6] = e.b * i * emissive[2];
      values[7] = roughness;
      for (let k = 0; k < 8; k++) {
        const at = row * 4 * MATERIAL_TEXELS + k;
        if (data[at] !== values[k]) changed = true;
        data[at] = values[k]!;
      }
    });
    return changed;
  }
}

/** Scratch of `write`; single precision, so that what was written compares equal. */
const values = new Float32Array(8);
