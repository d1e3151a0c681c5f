import { DoubleSide, Vector3 } from 'three/webgpu';
import type { Material, Matrix4 } from 'three/webgpu';
import { LUMINANCE } from '../core/color';
import { createRandom } from '../scenes/random';
import type { Body } from './ray-geometry';
import { MATERIAL_TEXELS } from './ray-materials';

/**
 * Points on glowing surfaces that stand for their light, and RGBA texels of each: (position, area) (normal, material).
 * The area is negative where both sides glow.
 */
export const EMITTER_POINTS = 512;
export const EMITTER_TEXELS = 2;

interface EmitterPoint {
  readonly body: number;
  readonly material: number;
  readonly position: Vector3;
  readonly normal: Vector3;
  /** Square metres that the point stands for, before its body is scaled. */
  readonly areaM2: number;
}

/** Glowing triangle with its share of the power. */
interface Glow {
  readonly body: number;
  readonly triangle: number;
  readonly material: number;
  readonly areaM2: number;
  readonly power: number;
}

/**
 * A fixed set of points on the glowing triangles, spread by power: shaders pick among them instead of among triangles.
 * Points move with their bodies; their brightness is that of the material.
 */
export class RayEmitters {
  private points: readonly EmitterPoint[] = [];
  private list: readonly Material[] = [];

  /** Number of points; 0 where nothing glows. */
  get count(): number {
    return this.points.length;
  }

  /** `rows` holds what {@link RayMaterials} writes of the materials. */
  setScene(bodies: readonly Body[], list: readonly Material[], rows: Float32Array): void {
    const glows = bodies.flatMap((body, i) => glowsOf(body, i, rows));
    this.list = list;
    this.points = spread(glows, bodies);
  }

  /** Writes the points in world space. */
  write(data: Float32Array, matrices: readonly (Matrix4 | null)[]): void {
    this.points.forEach(({ body, material, position, normal, areaM2 }, i) => {
      const at = i * 4 * EMITTER_TEXELS;
      const matrix = matrices[body] ?? null;
      place.copy(position);
      facing.copy(normal);
      let scale = 1;
      if (matrix) {
        place.applyMatrix4(matrix);
        scale = Math.abs(matrix.determinant()) ** (2 / 3);
        facing.transformDirection(matrix);
      }
      place.toArray(data, at);
      const sides = this.list[material]!.side === DoubleSide ? -1 : 1;
      data[at + 3] = areaM2 * scale * sides;
      facing.toArray(data, at + 4);
      data[at + 7] = material;
    });
  }
}

function glowsOf(body: Body, index: number, materials: Float32Array): Glow[] {
  const glows: Glow[] = [];
  body.materials.forEach((material, triangle) => {
    const at = material * 4 * MATERIAL_TEXELS + 4;
    const luminance = LUMINANCE.reduce((sum, weight, c) => sum + weight * materials[at + c]!, 0);
    if (luminance <= 0) return;
    const areaM2 = corners(body, triangle).normal.length() / 2;
    if (areaM2 > 0)
      glows.push({ body: index, triangle, material, areaM2, power: luminance * areaM2 });
  });
  return glows;
}

/** One point for each equal share of the power, so each stands for the area that brings it. */
function spread(glows: readonly Glow[], bodies: readonly Body[]): EmitterPoint[] {
  const share = glows.reduce((sum, { power }) => sum + power, 0) / EMITTER_POINTS;
  const random = createRandom(1);
  const points: EmitterPoint[] = [];
  let passed = 0;
  for (const glow of glows) {
    passed += glow.power;
    const { a, ab, ac, normal } = corners(bodies[glow.body]!, glow.triangle);
    normal.normalize();
    while (points.length < EMITTER_POINTS && (points.length + 0.5) * share < passed) {
      const root = Math.sqrt(random.next());
      const v = random.next();
      const position = a
        .clone()
        .addScaledVector(ab, root * (1 - v))
        .addScaledVector(ac, root * v);
      points.push({ ...glow, position, normal, areaM2: (glow.areaM2 / glow.power) * share });
    }
  }
  return points;
}

function corners({ positions }: Body, triangle: number) {
  const [a, b, c] = [0, 3, 6].map((k) => new Vector3().fromArray(positions, triangle * 9 + k));
  const ab = b!.sub(a!);
  const ac = c!.sub(a!);
  return { a: a!, ab, ac, normal: new Vector3().crossVectors(ab, ac) };
}

/** Scratch. */
const place = new Vector3();
const facing = new Vector3();
