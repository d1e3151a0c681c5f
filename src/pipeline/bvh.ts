import { BufferAttribute, BufferGeometry } from 'three/webgpu';
import { MeshBVH, SAH } from 'three-mesh-bvh';

/** Triangles of one rigid body. */
export interface TriangleSoup {
  /** xyz of each corner, metres, in the body's space. */
  readonly positions: Float32Array;
  /** Row of the material table of each triangle. */
  readonly materials: Float32Array;
}

/** Texels (RGBA float) of a node and of a triangle. */
export const NODE_TEXELS = 4;
export const TRIANGLE_TEXELS = 3;

/** Triangles in a leaf: a leaf costs a shader about as much as two of its parents. */
const LEAF_TRIANGLES = 4;

/**
 * A bounding volume hierarchy that shaders walk without a stack (Hachisuka 2015, "Implementing a practical rendering
 * system using GLSL", multiple-threaded BVH): each node knows where to go on when a ray misses it, for each of the eight
 * octants of ray directions, so that the nearer child comes first. Indices count nodes and triangles of the table.
 * - node: (min xyz, right child | -1 - first triangle) (max xyz, split axis | triangles) (skip of octants 0-3) (4-7)
 * - triangle: (first corner, material) (edge to the second, 0) (edge to the third, 0)
 * The left child follows its parent; octant bits 0, 1, 2 are set where a direction is negative along x, y, z.
 */
export class BvhTables {
  readonly nodes: number[] = [];
  readonly triangles: number[] = [];
  private readonly parts = new Map<number, Part>();

  get nodeCount(): number {
    return this.nodes.length / (4 * NODE_TEXELS);
  }

  /** Adds a body; returns its root node. */
  add(soup: TriangleSoup): number {
    const root = this.nodeCount;
    const firstTriangle = this.triangles.length / (4 * TRIANGLE_TEXELS);
    const { children, order } = this.addNodes(soup, root, firstTriangle);
    this.parts.set(root, { firstTriangle, order, endNode: this.nodeCount });
    this.writeTriangles(root, soup);
    for (let octant = 0; octant < 8; octant++) this.thread(root, children, octant);
    return root;
  }

  /** Follows a body whose corners have moved: same tree, boxes fitted anew. */
  refit(root: number, soup: TriangleSoup): void {
    this.writeTriangles(root, soup);
    const { nodes } = this;
    // Children come after their parents.
    for (let node = this.parts.get(root)!.endNode - 1; node >= root; node--) {
      const at = node * 4 * NODE_TEXELS;
      const link = nodes[at + 3]!;
      if (link < 0) this.fitLeaf(at, -1 - link, nodes[at + 7]!);
      else this.fitParent(at, (node + 1) * 4 * NODE_TEXELS, link * 4 * NODE_TEXELS);
    }
  }

  private fitLeaf(at: number, first: number, count: number): void {
    const { nodes, triangles } = this;
    for (let axis = 0; axis < 3; axis++) {
      let low = Infinity;
      let high = -Infinity;
      for (let k = 0; k < count; k++) {
        const from = (first + k) * 4 * TRIANGLE_TEXELS + axis;
        const a = triangles[from]!;
        const [b, c] = [a + triangles[from + 4]!, a + triangles[from + 8]!];
        low = Math.min(low, a, b, c);
        high = Math.max(high, a, b, c);
      }
      nodes[at + axis] = low;
      nodes[at + 4 + axis] = high;
    }
  }

  private fitParent(at: number, left: number, right: number): void {
    const { nodes } = this;
    for (let axis = 0; axis < 3; axis++) {
      nodes[at + axis] = Math.min(nodes[left + axis]!, nodes[right + axis]!);
      nodes[at + 4 + axis] = Math.max(nodes[left + 4 + axis]!, nodes[right + 4 + axis]!);
    }
  }

  private addNodes(soup: TriangleSoup, root: number, firstTriangle: number) {
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new BufferAttribute(soup.positions, 3));
    const bvh = new MeshBVH(geometry, {
      strategy: SAH,
      targetLeafSize: LEAF_TRIANGLES,
      setBoundingBox: false,
    } as ConstructorParameters<typeof MeshBVH>[1]);
    const order = geometry.index!.array;
    const { nodes } = this;
    /** Parents whose right child is still to come, by depth. */
    const open: number[] = [];
    const children: Children[] = [];
    bvh.traverse((depth, isLeaf, bounds, offsetOrAxis, count) => {
      const node = nodes.length / (4 * NODE_TEXELS) - root;
      const parent = depth > 0 ? children[open[depth - 1]!]! : null;
      if (parent && node !== open[depth - 1]! + 1) parent.right = node;
      open[depth] = node;
      children.push({ right: -1, axis: isLeaf ? -1 : offsetOrAxis });
      const box = bounds as unknown as Float32Array;
      const first = isLeaf ? -1 - (firstTriangle + offsetOrAxis) : 0;
      nodes.push(box[0]!, box[1]!, box[2]!, first, box[3]!, box[4]!, box[5]!, isLeaf ? count : offsetOrAxis);
      nodes.push(-1, -1, -1, -1, -1, -1, -1, -1);
    }); // prettier-ignore
    children.forEach(({ right }, node) => {
      if (right >= 0) nodes[(root + node) * 4 * NODE_TEXELS + 3] = root + right;
    });
    return { children, order };
  }

  private writeTriangles(root: number, { positions, materials }: TriangleSoup): void {
    const { firstTriangle, order } = this.parts.get(root)!;
    const { triangles } = this;
    let at = firstTriangle * 4 * TRIANGLE_TEXELS;
    for (let i = 0; i < order.length; i += 3) {
      const first = order[i]! * 3;
      for (let corner = 0; corner < 3; corner++) {
        const from = order[i + corner]! * 3;
        for (let axis = 0; axis < 3; axis++)
          triangles[at++] = positions[from + axis]! - (corner > 0 ? positions[first + axis]! : 0);
        triangles[at++] = corner > 0 ? 0 : materials[Math.floor(order[i]! / 3)]!;
      }
    }
  }

  /** Writes where rays of an octant go on after each node. */
  private thread(root: number, children: readonly Children[], octant: number): void {
    const todo: Array<[node: number, skip: number]> = [[0, -1]];
    for (let item = todo.pop(); item; item = todo.pop()) {
      const [node, skip] = item;
      this.nodes[(root + node) * 4 * NODE_TEXELS + 8 + octant] = skip;
      const { right, axis } = children[node]!;
      if (right < 0) continue;
      const [near, far] = octant & (1 << axis) ? [right, node + 1] : [node + 1, right];
      todo.push([near, root + far], [far, skip]);
    }
  }
}

/** Where a body stands in the tables. */
interface Part {
  readonly firstTriangle: number;
  /** Corners of the body's triangles in the order of the table. */
  readonly order: ArrayLike<number>;
  /** Node after its last one. */
  readonly endNode: number;
}

interface Children {
  /** Right child, -1 in a leaf. */
  right: number;
  axis: number;
}
