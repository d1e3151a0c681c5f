import { Box3, DoubleSide, Vector3 } from 'three/webgpu';
import type { Material, Matrix4, Vector4 } from 'three/webgpu';
import { LUMINANCE } from '../core/color';
import type { Body } from './ray-geometry';
import { MATERIAL_TEXELS } from './ray-materials';

/**
 * Points on glowing surfaces that stand for their light, and RGBA texels of each: (position, area) (normal times luminance,
 * material) (position in the last frame, luminance then as a share of that now). The area is negative where both sides glow.
 */
export const EMITTER_POINTS = 512;
export const EMITTER_TEXELS = 3;
/** Neighbouring points make a block, which a look from afar takes for one: its centre, and the points' mean square distance from it. */
export const BLOCK_POINTS = 16;
export const EMITTER_BLOCKS = EMITTER_POINTS / BLOCK_POINTS;

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
  /** Luminance of each material when points were last written. */
  private luminances: number[] = [];

  /** Power (luminance × m²) that each point stood for when the scene was set, equal for all. */
  pointPower = 0;

  /** Number of points; 0 where nothing glows. */
  get count(): number {
    return this.points.length;
  }

  /** `rows` holds what {@link RayMaterials} writes of the materials. */
  setScene(bodies: readonly Body[], list: readonly Material[], rows: Float32Array): void {
    const glows = bodies.flatMap((body, i) => glowsOf(body, i, rows));
    this.list = list;
    this.luminances = list.map((_, row) => luminanceOf(rows, row));
    this.pointPower = glows.reduce((sum, { power }) => sum + power, 0) / EMITTER_POINTS;
    this.points = inBlocks(
      spread(glows, bodies, this.pointPower).map((point) => placed(point, bodies)),
    );
  }

  /** Writes points and blocks in world space, once a frame while anything of them changes and once after. */
  write(
    data: Float32Array,
    blocks: readonly Vector4[],
    matrices: readonly (Matrix4 | null)[],
    rows: Float32Array,
    changed: Vector3,
  ): void {
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
      data.copyWithin(at + 8, at, at + 3);
      const luminance = luminanceOf(rows, material);
      data[at + 11] = luminance > 0 ? this.luminances[material]! / luminance : 1;
      last.fromArray(data, at);
      place.toArray(data, at);
      // As stored, in single precision: what stands still has not moved.
      const moved = last.distanceTo(place.fromArray(data, at));
      const change = (Math.abs(1 - data[at + 11]!) + moved) * areaM2 * scale;
      changed.addScaledVector(glow.fromArray(rows, material * 4 * MATERIAL_TEXELS + 4), change);
      const sides = this.list[material]!.side === DoubleSide ? -1 : 1;
      data[at + 3] = areaM2 * scale * sides;
      facing.multiplyScalar(luminance).toArray(data, at + 4);
      data[at + 7] = material;
    });
    const used = this.count / BLOCK_POINTS;
    for (let i = 0; i < used; i++) writeBlock(data, blocks[i]!, i);
    this.luminances.forEach((_, row) => (this.luminances[row] = luminanceOf(rows, row)));
  }
}

function writeBlock(data: Float32Array, block: Vector4, index: number): void {
  const first = index * BLOCK_POINTS;
  centre.set(0, 0, 0);
  let squares = 0;
  for (let i = first; i < first + BLOCK_POINTS; i++) {
    centre.add(place.fromArray(data, i * 4 * EMITTER_TEXELS));
    squares += place.lengthSq();
  }
  centre.divideScalar(BLOCK_POINTS);
  const { x, y, z } = centre;
  block.set(x, y, z, Math.max(squares / BLOCK_POINTS - centre.lengthSq(), 0));
}

function glowsOf(body: Body, index: number, materials: Float32Array): Glow[] {
  const glows: Glow[] = [];
  body.materials.forEach((material, triangle) => {
    const luminance = luminanceOf(materials, material);
    if (luminance <= 0) return;
    const areaM2 = corners(body, triangle).normal.length() / 2;
    if (areaM2 > 0)
      glows.push({ body: index, triangle, material, areaM2, power: luminance * areaM2 });
  });
  return glows;
}

/** One point for each equal share of the power, so each stands for the area that brings it. */
function spread(glows: readonly Glow[], bodies: readonly Body[], share: number): EmitterPoint[] {
  const points: EmitterPoint[] = [];
  let passed = 0;
  for (const glow of glows) {
    passed += glow.power;
    const { a, ab, ac, normal } = corners(bodies[glow.body]!, glow.triangle);
    normal.normalize();
    while (points.length < EMITTER_POINTS && (points.length + 0.5) * share < passed) {
      // The R2 sequence, not chance: where points clump, the wall beside them would be bright.
      const root = Math.sqrt((points.length * 0.7548776662 + 0.5) % 1);
      const v = (points.length * 0.569840291 + 0.5) % 1;
      const position = a
        .clone()
        .addScaledVector(ab, root * (1 - v))
        .addScaledVector(ac, root * v);
      points.push({ ...glow, position, normal, areaM2: (glow.areaM2 / glow.power) * share });
    }
  }
  return points;
}

/** Luminance of a material's emission. */
function luminanceOf(rows: Float32Array, material: number): number {
  const at = material * 4 * MATERIAL_TEXELS + 4;
  return LUMINANCE.reduce((sum, weight, c) => sum + weight * rows[at + c]!, 0);
}

interface Placed {
  readonly point: EmitterPoint;
  /** World-space position now. */
  readonly at: Vector3;
}

function placed(point: EmitterPoint, bodies: readonly Body[]): Placed {
  const at = point.position.clone();
  const { mesh } = bodies[point.body]!;
  return { point, at: mesh ? at.applyMatrix4(mesh.matrixWorld) : at };
}

/** The points in such an order that those of a block lie together: halved across their longest side again and again. */
function inBlocks(points: readonly Placed[]): EmitterPoint[] {
  if (points.length <= BLOCK_POINTS) return points.map(({ point }) => point);
  const size = new Box3().setFromPoints(points.map(({ at }) => at)).getSize(new Vector3());
  const axis = size.x >= size.y && size.x >= size.z ? 'x' : size.y >= size.z ? 'y' : 'z';
  const sorted = points.toSorted((a, b) => a.at[axis] - b.at[axis]);
  const half = points.length / 2;
  return [...inBlocks(sorted.slice(0, half)), ...inBlocks(sorted.slice(half))];
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
const last = new Vector3();
const glow = new Vector3();
const centre = new Vector3();
