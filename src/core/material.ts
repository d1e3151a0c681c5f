/** RGB triple, linear. */
export type Rgb = readonly [number, number, number];

/** The material factor never falls below this, so that dividing light by it stays bounded. */
export const MATERIAL_FLOOR = 0.02;

/** Reflectance of a dielectric seen from the front. */
export const DIELECTRIC_F0 = 0.04;

/** Share of the light that enters a dielectric and comes back coloured: three has 0.93 to 0.96, but white must stay white. */
export const DIFFUSE_SHARE = 0.98;

/**
 * Fit of what three's GGX lobe, multiple scattering included (three r187, BRDF_GGX_Multiscatter), makes of light from
 * everywhere: mean error 0.006, largest 0.09 at grazing angles. `loss` = share that rough lobes lose, ×roughness³;
 * `shadowing` = how fast rough lobes lose their rim, ×(roughness·(1 - N·V))³.
 * Karis' fit of the single-scattering lobe (2014) falls short by a quarter on half-rough metal.
 */
export const SPECULAR_FIT = { loss: 0.72, shadowing: 40 } as const;

/** Exponents of the spherical-Gaussian Fresnel term: 2^((a·x + b)·x) for (1 - x)⁵ (Lagarde 2012). */
export const FRESNEL_EXPONENTS = [-5.55473, -6.98316] as const;

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
  const [a, b] = FRESNEL_EXPONENTS;
  const rim =
    2 ** ((a * noV + b) * noV) / (1 + SPECULAR_FIT.shadowing * (roughness * (1 - noV)) ** 3);
  const loss = SPECULAR_FIT.loss * roughness ** 3;
  const channel = (base: number): number => {
    const f0 = DIELECTRIC_F0 + (base - DIELECTRIC_F0) * metalness;
    const specular = f0 * (1 - loss * (1 - f0)) + (1 - f0) * rim;
    return Math.max(DIFFUSE_SHARE * base * (1 - metalness) + specular, MATERIAL_FLOOR);
  };
  return [channel(albedo[0]), channel(albedo[1]), channel(albedo[2])];
}

/** Share of light that a dielectric's Fresnel term lets through to its base colour, on average over both directions. */
export const DIFFUSE_TRANSMISSION = 0.955;

/**
 * Fit of the share that the lobe of a dielectric reflects, on average over both directions (three r187, GGX, error ≤ 0.004
 * for roughness 0.3 to 1). Narrower lobes count as 0.3, as in the references (path regularisation, Kaplanyan and Dachsbacher 2013).
 */
export const GLOSS = { most: 0.093, loss: 0.8, leastRoughness: 0.3 } as const;

/**
 * Mean reflectance of a surface over both directions, one channel: what a matte surface needs to reflect as much in all.
 *
 * @param base base colour, linear, [0,1]
 */
export function meanReflectance(base: number, metalness: number, roughness: number): number {
  const { most, loss, leastRoughness } = GLOSS;
  const gloss = most * (1 - loss * Math.max(roughness, leastRoughness));
  return base + (1 - metalness) * (gloss - (1 - DIFFUSE_TRANSMISSION) * base);
}
