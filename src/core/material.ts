/** RGB triple, linear. */
export type Rgb = readonly [number, number, number];

/** The material factor never falls below this, so that dividing light by it stays bounded. */
export const MATERIAL_FLOOR = 0.02;

/** Constants of Karis' analytic fit of the pre-integrated GGX term (Physically Based Shading on Mobile, 2014). */
export const ENV_BRDF_C0 = [-1, -0.0275, -0.572, 0.022] as const;
export const ENV_BRDF_C1 = [1, 0.0425, 1.04, -0.04] as const;

/**
 * Material factor M: what a surface makes of unit lighting from everywhere, so radiance = M · lighting.
 * The same function exists in TSL (pipeline/shading.ts) and Python (workshop/material.py); tests/golden/material.json
 * holds all three together.
 *
 * @param albedo base colour, linear, [0,1]
 * @param noV cosine between normal and view direction, [0,1]
 */
export function materialFactor(
  albedo: Rgb,
  metalness: number,
  roughness: number,
  noV: number,
): Rgb {
  const [ax, ay, az, aw] = ENV_BRDF_C0.map((c, i) => roughness * c + ENV_BRDF_C1[i]!) as [
    number,
    number,
    number,
    number,
  ];
  const a004 = Math.min(ax * ax, 2 ** (-9.28 * noV)) * ax + ay;
  const scale = -1.04 * a004 + az;
  const offset = 1.04 * a004 + aw;
  const channel = (a: number): number => {
    const f0 = 0.04 + (a - 0.04) * metalness;
    return Math.max(a * (1 - metalness) + f0 * scale + offset, MATERIAL_FLOOR);
  };
  return [channel(albedo[0]), channel(albedo[1]), channel(albedo[2])];
}
