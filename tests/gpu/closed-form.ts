import golden from '../golden/calibration.json';

/** Light of one punctual light on one surface: three's MeshStandardMaterial written out in plain numbers. */

export type Vec3 = readonly [number, number, number];
type GoldenCase = (typeof golden.cases)[number];

/** A calibration scene; see models/workshop/closed_form.py, which writes the file. */
export type Case = GoldenCase;
export const cases: readonly Case[] = golden.cases;

const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const scale = (a: Vec3, s: number): Vec3 => [a[0] * s, a[1] * s, a[2] * s];
const add = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
const subtract = (a: Vec3, b: Vec3): Vec3 => add(a, scale(b, -1));
const unit = (a: Vec3): Vec3 => scale(a, 1 / Math.sqrt(dot(a, a)));
const clamp01 = (x: number): number => Math.min(Math.max(x, 0), 1);

/** Three numbers of a JSON array. */
export function vec3(values: readonly number[]): Vec3 {
  const [x = NaN, y = NaN, z = NaN] = values;
  return [x, y, z];
}

/** White-furnace reflectance of the GGX lobe, bilinear between the texels of three's table. */
function energy(roughness: number, noV: number): number {
  const last = golden.energy.length - 1;
  const at = (value: number): [number, number] => {
    const x = Math.min(Math.max(value * (last + 1) - 0.5, 0), last);
    const cell = Math.min(Math.floor(x), last - 1);
    return [cell, x - cell];
  };
  const [column, fx] = at(roughness);
  const [row, fy] = at(noV);
  const texel = (y: number, x: number): number => golden.energy[y]?.[x] ?? NaN;
  const along = (y: number): number => texel(y, column) * (1 - fx) + texel(y, column + 1) * fx;
  return along(row) * (1 - fy) + along(row + 1) * fy;
}

interface Directions {
  readonly normal: Vec3;
  readonly view: Vec3;
  readonly light: Vec3;
}

/** PhysicalLightingModel.direct() without the cosine. */
function brdf(material: Case['material'], roughness: number, directions: Directions): Vec3 {
  const { normal, view, light } = directions;
  const half = unit(add(view, light));
  const voH = dot(view, half);
  const noH = dot(normal, half);
  const noL = clamp01(dot(normal, light));
  const noV = clamp01(dot(normal, view));
  const grazing = 2 ** ((-5.55473 * voH - 6.98316) * voH);
  const a2 = Math.max(roughness, 0.045) ** 4;
  const distribution = a2 / (Math.PI * (noH * noH * (a2 - 1) + 1) ** 2);
  const reach = (cosine: number): number => Math.sqrt(a2 + (1 - a2) * cosine * cosine);
  const visibility = 0.5 / Math.max(noL * reach(noV) + noV * reach(noL), 1e-6);
  const loss = 1 / energy(roughness, noV) - 1;
  const channel = (albedo: number): number => {
    const f0 = 0.04 + (albedo - 0.04) * material.metalness;
    const specular = (f0 + (1 - f0) * grazing) * (1 + f0 * loss) * visibility * distribution;
    const transmitted = 1 - (0.04 + 0.96 * grazing);
    return (albedo * (1 - material.metalness) * transmitted) / Math.PI + specular;
  };
  const [r, g, b] = vec3(material.albedo);
  return [channel(r), channel(g), channel(b)];
}

/** Direction towards the light and what of its intensity arrives at normal incidence. */
function incident({ light }: Case, point: Vec3): { direction: Vec3; share: number } {
  const axis = scale(vec3(light.direction), -1);
  if (light.type === 'directional') return { direction: axis, share: 1 };
  const toLight = subtract(vec3(light.position), point);
  const direction = unit(toLight);
  const falloff = 1 / dot(toLight, toLight);
  if (light.type === 'point') return { direction, share: falloff };
  const outer = Math.cos(light.angleRad);
  const inner = Math.cos(light.angleRad * (1 - light.penumbra));
  const t = clamp01((dot(direction, axis) - outer) / (inner - outer));
  return { direction, share: falloff * t * t * (3 - 2 * t) };
}

/** Outward unit normal at a point of the surface. */
export function normalAt({ shape }: Case, point: Vec3): Vec3 {
  return shape === 'sphere' ? unit(point) : [0, 1, 0];
}

/** Radiance that a point of the surface sends to the eye, without shadow. */
export function directRadiance(
  surface: Case,
  point: Vec3,
  roughness = surface.material.roughness,
): Vec3 {
  const normal = normalAt(surface, point);
  const view = unit(subtract(vec3(surface.eye), point));
  const { direction, share } = incident(surface, point);
  const arriving = share * clamp01(dot(normal, direction));
  const reflected = brdf(surface.material, roughness, { normal, view, light: direction });
  const [r, g, b] = vec3(surface.light.color);
  return [r * reflected[0] * arriving, g * reflected[1] * arriving, b * reflected[2] * arriving];
}

/** Where a ray from the eye first meets the surface, or null. */
export function intersect(surface: Case, direction: Vec3): Vec3 | null {
  const eye = vec3(surface.eye);
  if (surface.shape === 'plane') {
    return direction[1] < 0 ? add(eye, scale(direction, -eye[1] / direction[1])) : null;
  }
  const b = dot(eye, direction);
  const discriminant = b * b - dot(eye, eye) + surface.radiusM ** 2;
  return discriminant > 0 ? add(eye, scale(direction, -b - Math.sqrt(discriminant))) : null;
}

/** World-space unit direction through the centre of pixel (x, y) of a w×h picture; matrices column-major. */
export function pixelRay(
  camera: { readonly matrixWorld: readonly number[]; readonly projectionMatrix: readonly number[] },
  [width, height]: readonly [number, number],
  [x, y]: readonly [number, number],
): Vec3 {
  const m = camera.matrixWorld;
  const p = camera.projectionMatrix;
  const sx = (((x + 0.5) / width) * 2 - 1 + p[8]!) / p[0]!;
  const sy = (1 - ((y + 0.5) / height) * 2 + p[9]!) / p[5]!;
  const row = (i: 0 | 1 | 2): number => m[i]! * sx + m[i + 4]! * sy - m[i + 8]!;
  return unit([row(0), row(1), row(2)]);
}
