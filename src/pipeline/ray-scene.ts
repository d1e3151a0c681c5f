import { DataTexture, FloatType, Matrix4, NearestFilter, RGBAFormat } from 'three/webgpu';
import type { Material } from 'three/webgpu';
import { int, ivec2, uniform } from 'three/tsl';
import type { Node } from 'three/webgpu';
import type { DemoScene } from '../scenes/scene';
import { BvhTables } from './bvh';
import { image } from './fullscreen';
import { EMITTER_POINTS, EMITTER_TEXELS, RayEmitters } from './ray-emitters';
import { collectBodies, poseBody } from './ray-geometry';
import type { Body } from './ray-geometry';
import { MATERIAL_TEXELS, RayMaterials } from './ray-materials';

/** Texels (RGBA float) of a body: three rows of world → body, then (box min, root node) (box max, 0) in world space. */
export const BODY_TEXELS = 5;
const WIDTH = 1024;

/**
 * The scene as rays see it: tables in float textures, so that both back ends can read them. Bodies that an animation
 * moves are placed anew each frame; their triangles stay as they are, but for skinned and morphed ones.
 */
export class RayScene {
  readonly nodes = new Table();
  readonly triangles = new Table();
  readonly bodies = new Table();
  readonly materials = new Table();
  readonly emitters = new Table();
  /** TSL: number of bodies. */
  readonly bodyCount = uniform(0, 'int');
  /** TSL: number of points on glowing surfaces. */
  readonly emitterCount = uniform(0, 'int');
  private list: readonly Body[] = [];
  private roots: readonly number[] = [];
  private tables = new BvhTables();
  private rayMaterials = new RayMaterials([]);
  private readonly rayEmitters = new RayEmitters();
  private matrices: (Matrix4 | null)[] = [];

  /** Builds the tables of a scene; takes about a second for 200,000 triangles. */
  setScene(demo: DemoScene): void {
    const materials: Material[] = [];
    this.list = collectBodies(demo, materials).filter((body) => body.positions.length > 0);
    // Finding what moves has moved it.
    demo.animate(0);
    demo.root.updateMatrixWorld();
    // Bodies that change shape get their pose of the same time.
    this.list.filter(({ deforms }) => deforms).forEach(poseBody);
    this.tables = new BvhTables();
    this.roots = this.list.map((body) => this.tables.add(body));
    this.matrices = this.list.map(({ mesh }) => mesh?.matrixWorld ?? null);
    this.nodes.fill(this.tables.nodes);
    this.triangles.fill(this.tables.triangles);
    this.rayMaterials = new RayMaterials(materials);
    this.materials.reserve(Math.max(materials.length, 1) * MATERIAL_TEXELS);
    this.rayMaterials.write(this.materials.data);
    this.rayEmitters.setScene(this.list, materials, this.materials.data);
    this.emitters.reserve(EMITTER_POINTS * EMITTER_TEXELS);
    this.bodies.reserve(Math.max(this.list.length, 1) * BODY_TEXELS);
    this.bodyCount.value = this.list.length;
    this.emitterCount.value = this.rayEmitters.count;
    this.place();
  }

  /** Follows what moved or changed its glow since the last frame. */
  update(): void {
    if (this.rayMaterials.write(this.materials.data)) this.materials.upload();
    this.reshape();
    if (this.list.some(({ mesh }) => mesh)) this.place();
  }

  /** Fits the tables to bodies that have changed shape. */
  private reshape(): void {
    const { tables, nodes, triangles } = this;
    let any = false;
    this.list.forEach((body, i) => {
      if (!body.deforms) return;
      poseBody(body);
      tables.refit(this.roots[i]!, body);
      any = true;
    });
    if (!any) return;
    nodes.set(tables.nodes);
    triangles.set(tables.triangles);
  }

  private place(): void {
    this.list.forEach((_, i) => this.placeBody(i));
    this.rayEmitters.write(this.emitters.data, this.matrices);
    this.bodies.upload();
    this.emitters.upload();
  }

  private placeBody(index: number): void {
    const { data } = this.bodies;
    const at = index * 4 * BODY_TEXELS;
    const matrix = this.matrices[index] ?? identity;
    const e = inverse.copy(matrix).invert().elements;
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 4; column++) data[at + row * 4 + column] = e[column * 4 + row]!;
    }
    const root = this.roots[index]!;
    this.writeBounds(root * 16, matrix.elements, at + 12);
    data[at + 15] = root;
  }

  /** World-space box around a body's root box (Arvo 1990). */
  private writeBounds(node: number, m: readonly number[], at: number): void {
    const { nodes } = this.tables;
    const { data } = this.bodies;
    for (let row = 0; row < 3; row++) {
      let low = m[12 + row]!;
      let high = low;
      for (let column = 0; column < 3; column++) {
        const a = m[column * 4 + row]! * nodes[node + column]!;
        const b = m[column * 4 + row]! * nodes[node + 4 + column]!;
        low += Math.min(a, b);
        high += Math.max(a, b);
      }
      data[at + row] = low;
      data[at + 4 + row] = high;
    }
  }

  dispose(): void {
    for (const table of [this.nodes, this.triangles, this.bodies, this.materials, this.emitters])
      table.dispose();
  }
}

/** Scratch. */
const inverse = new Matrix4();
const identity = new Matrix4();

/** A list of RGBA float texels, in rows of 1,024. */
class Table {
  private texture = createTexture(1);
  private readonly node = image(this.texture);

  get data(): Float32Array {
    return this.texture.image.data as Float32Array;
  }

  /** Makes room for `texels`; what was there is lost. */
  reserve(texels: number): void {
    this.data.fill(0);
    this.upload();
    const rows = Math.max(Math.ceil(texels / WIDTH), 1);
    if (rows === this.texture.image.height) return;
    this.texture.dispose();
    this.texture = createTexture(rows);
    this.node.set(this.texture);
  }

  fill(values: readonly number[]): void {
    this.reserve(values.length / 4);
    this.set(values);
  }

  /** Writes as many values as were filled in. */
  set(values: readonly number[]): void {
    this.data.set(values);
    this.upload();
  }

  upload(): void {
    this.texture.needsUpdate = true;
  }

  /** TSL: texel `offset` of the record that starts at texel `start`. */
  at(start: Node<'int'>, offset = 0): Node<'vec4'> {
    const texel = offset === 0 ? start : start.add(offset);
    return this.node.at(ivec2(texel.bitAnd(int(WIDTH - 1)), texel.shiftRight(int(10))));
  }

  dispose(): void {
    this.texture.dispose();
  }
}

function createTexture(rows: number): DataTexture {
  const data = new Float32Array(WIDTH * rows * 4);
  const texture = new DataTexture(data, WIDTH, rows, RGBAFormat, FloatType);
  texture.minFilter = texture.magFilter = NearestFilter;
  texture.needsUpdate = true;
  return texture;
}
