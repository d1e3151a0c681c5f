import { Box3, DataTexture, FloatType, Matrix4, NearestFilter, RGBAFormat, RGBAIntegerFormat, IntType, Vector3, Vector4 } from 'three/webgpu'; // prettier-ignore
import type { Node } from 'three/webgpu';
import { float, int, ivec2, renderGroup, uniform, uniformArray } from 'three/tsl';
import type { DemoScene } from '../scenes/scene';
import { BodyTree } from './body-tree';
import { BvhTables } from './bvh';
import type { BvhBody } from './bvh';
import { image } from './fullscreen';
import type { SwappableImage } from './fullscreen';
import { EMITTER_BLOCKS, EMITTER_POINTS, EMITTER_TEXELS, RayEmitters } from './ray-emitters';
import { collectBodies, poseBody } from './ray-geometry';
import type { Body } from './ray-geometry';
import { RayLooks } from './ray-looks';
import { MATERIAL_TEXELS, RayMaterials } from './ray-materials';

/**
 * Texels (RGBA float) of a body: three rows of world space → steps of its grid, then (first node, nodes of each octant, 0, 0). Before
 * all of them come the nodes of {@link BodyTree}: (box min, next node) (box max, texel of the body, 0 = none).
 */
const BODY_TEXELS = 4;
export const BODY_NODE_TEXELS = 2;
const WIDTH = 1024;

/**
 * The scene as rays see it: tables in float textures, so that both back ends can read them. Bodies that an animation
 * moves are placed anew each frame; their triangles stay as they are, but for skinned and morphed ones.
 */
export class RayScene {
  readonly nodes = new Table<'ivec4'>(Int32Array);
  readonly triangles = new Table<'vec4'>(Float32Array);
  readonly bodies = new Table<'vec4'>(Float32Array);
  readonly materials = new Table<'vec4'>(Float32Array);
  readonly emitters = new Table<'vec4'>(Float32Array);
  /** TSL: centre of each block of points (xyz), and the points' mean square distance from it; uniforms, since all of them are asked. */
  readonly emitterBlocks;
  /** TSL: number of nodes of the hierarchy of bodies. */
  readonly bodyNodeCount = uniform(0, 'int');
  /** TSL: number of points on glowing surfaces. */
  readonly emitterCount = uniform(0, 'int');
  /** TSL: luminance × m² that one of them stands for. */
  readonly emitterPower = uniform(0);
  /** TSL: 1 where points have moved or changed since the last frame. */
  readonly emittersChange = uniform(0, 'int');
  /** Whether bodies or what they look like have changed since the last frame. */
  hasChanged = false;
  /** Sum of the light of glowing points (radiance × m²), each as much as it has moved (m) or changed (share) since the last frame. */
  readonly changed = new Vector3();
  private list: readonly Body[] = [];
  private parts: readonly BvhBody[] = [];
  private boxes: readonly Box3[] = [];
  private bodyTree = new BodyTree([]);
  private tables = new BvhTables();
  private rayMaterials = new RayMaterials([]);
  private readonly rayEmitters = new RayEmitters();
  private readonly blocks = Array.from({ length: EMITTER_BLOCKS }, () => new Vector4());
  private matrices: (Matrix4 | null)[] = [];

  constructor() {
    this.emitterBlocks = uniformArray(this.blocks, 'vec4').setGroup(renderGroup);
  }

  /** Builds the tables of a scene; takes about a second for 200,000 triangles. */
  setScene(demo: DemoScene): void {
    const looks = new RayLooks();
    this.list = collectBodies(demo, looks).filter((body) => body.positions.length > 0);
    // Finding what moves has moved it.
    demo.animate(0);
    demo.root.updateMatrixWorld();
    // Bodies that change shape get their pose of the same time.
    this.list.filter(({ deforms }) => deforms).forEach(poseBody);
    this.tables = new BvhTables();
    this.parts = this.list.map((body) => this.tables.add(body));
    this.matrices = this.list.map(({ mesh }) => mesh?.matrixWorld ?? null);
    this.nodes.fill(this.tables.nodes);
    this.triangles.fill(this.tables.triangles);
    const { list } = looks;
    this.rayMaterials = new RayMaterials(list);
    this.materials.reserve(Math.max(list.length, 1) * MATERIAL_TEXELS);
    this.rayMaterials.write(this.materials.data);
    const materials = list.map(({ material }) => material);
    this.rayEmitters.setScene(this.list, materials, this.materials.data);
    this.emitters.reserve(EMITTER_POINTS * EMITTER_TEXELS);
    this.boxes = this.parts.map((_, i) => this.boxOf(i, new Box3()));
    this.bodyTree = new BodyTree(this.boxes);
    const nodeCount = this.bodyTree.nodes.length;
    this.bodies.reserve(Math.max(this.list.length * BODY_TEXELS + nodeCount * BODY_NODE_TEXELS, 1));
    this.bodyNodeCount.value = nodeCount;
    this.emitterCount.value = this.rayEmitters.count;
    this.emitterPower.value = this.rayEmitters.pointPower;
    this.placeBodies();
    this.placeEmitters();
    this.hasChanged = false;
  }

  /** Follows what moved or changed its glow since the last frame. */
  update(): void {
    const looks = this.rayMaterials.write(this.materials.data);
    if (looks) this.materials.upload();
    const deforms = this.reshape();
    const moves = this.placeBodies();
    this.changed.setScalar(0);
    const changes = looks || deforms || moves;
    // Once more after a change, so that what was in the last frame is what is now.
    if (changes || this.hasChanged) this.placeEmitters();
    this.hasChanged = changes;
    this.emittersChange.value = Number(this.changed.lengthSq() > 0);
  }

  /** Fits the tables to bodies that may have changed shape; whether there are any. */
  private reshape(): boolean {
    const { tables, nodes, triangles } = this;
    let any = false;
    this.list.forEach((body, i) => {
      if (!body.deforms) return;
      poseBody(body);
      tables.refit(this.parts[i]!, body);
      any = true;
    });
    if (!any) return false;
    nodes.set(tables.nodes);
    triangles.set(tables.triangles);
    return true;
  }

  /** Places bodies where they are now; whether any is elsewhere, or of another shape, than in the tables. */
  private placeBodies(): boolean {
    const { list, boxes, bodyTree, bodies } = this;
    let any = false;
    list.forEach((_, i) => {
      if (!this.placeBody(i)) return;
      any = true;
      this.boxOf(i, boxes[i]!);
    });
    if (!any) return false;
    bodyTree.fit(boxes);
    bodyTree.nodes.forEach(({ box, body, next }, i) => {
      const at = i * 4 * BODY_NODE_TEXELS;
      box.min.toArray(bodies.data, at);
      bodies.data[at + 3] = next;
      box.max.toArray(bodies.data, at + 4);
      bodies.data[at + 7] = body === null ? 0 : this.recordOf(body);
    });
    bodies.upload();
    return true;
  }

  /** Texel at which a body's record starts. */
  private recordOf(index: number): number {
    return this.bodyTree.nodes.length * BODY_NODE_TEXELS + index * BODY_TEXELS;
  }

  /** Writes the box of a body in world space. */
  private boxOf(index: number, box: Box3): Box3 {
    return box.copy(this.parts[index]!.bounds).applyMatrix4(this.matrices[index] ?? identity);
  }

  private placeEmitters(): void {
    const { emitters, blocks, matrices, materials, changed } = this;
    this.rayEmitters.write(emitters.data, blocks, matrices, materials.data, changed);
    emitters.upload();
  }

  /** Writes a body's record; whether it is another one than before. */
  private placeBody(index: number): boolean {
    const matrix = this.matrices[index] ?? identity;
    const { scale, shift, firstNode, tree } = this.parts[index]!;
    const e = inverse.copy(matrix).invert().elements;
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 4; column++)
        record[row * 4 + column] = e[column * 4 + row]! * scale[row]!;
      record[row * 4 + 3]! += shift[row]!;
    }
    record[12] = firstNode;
    record[13] = tree.size;
    const { data } = this.bodies;
    const at = this.recordOf(index) * 4;
    let changed = false;
    for (let i = 0; i < record.length; i++) {
      if (data[at + i] !== record[i]) changed = true;
      data[at + i] = record[i]!;
    }
    return changed;
  }

  dispose(): void {
    for (const table of [this.nodes, this.triangles, this.bodies, this.materials, this.emitters])
      table.dispose();
  }
}

/** Scratch; single precision, so that what was written compares equal. */
const record = new Float32Array(BODY_TEXELS * 4);
const inverse = new Matrix4();
const identity = new Matrix4();

type TableArray = Float32Array | Int32Array;
type TableArrayType<T> = T extends 'ivec4' ? typeof Int32Array : typeof Float32Array;

/** A list of RGBA texels, in rows of 1,024. */
class Table<T extends 'vec4' | 'ivec4'> {
  private texture: DataTexture;
  private readonly node: SwappableImage;

  constructor(private readonly type: TableArrayType<T>) {
    this.texture = createTexture(new type(WIDTH * 4), 1);
    this.node = image(this.texture);
  }

  get data(): InstanceType<TableArrayType<T>> {
    return this.texture.image.data as InstanceType<TableArrayType<T>>;
  }

  /** Makes room for `texels`; what was there is lost. */
  reserve(texels: number): void {
    this.data.fill(0);
    this.upload();
    const rows = Math.max(Math.ceil(texels / WIDTH), 1);
    if (rows === this.texture.image.height) return;
    this.texture.dispose();
    this.texture = createTexture(new this.type(WIDTH * rows * 4), rows);
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
  at(start: Node<'int'>, offset = 0): Node<T> {
    const texel = offset === 0 ? start : start.add(offset);
    const place = ivec2(texel.bitAnd(int(WIDTH - 1)), int(float(texel).div(WIDTH)));
    return this.node.at(place) as unknown as Node<T>;
  }

  dispose(): void {
    this.texture.dispose();
  }
}

function createTexture(data: TableArray, rows: number): DataTexture {
  const isWhole = data instanceof Int32Array;
  const texture = new DataTexture(
    data,
    WIDTH,
    rows,
    isWhole ? RGBAIntegerFormat : RGBAFormat,
    isWhole ? IntType : FloatType,
  );
  texture.minFilter = texture.magFilter = NearestFilter;
  texture.needsUpdate = true;
  return texture;
}
