import { BufferAttribute, BufferGeometry } from 'three/webgpu';
import { MeshBVH, SAH } from 'three-mesh-bvh';

/** Triangles that a leaf should have: to a shader it costs about as much as two of its parents. */
const LEAF_TRIANGLES = 4;
/** The most that a leaf may have; one less than a power of two, because tables keep it in so many bits. */
export const MOST_TRIANGLES = 127;

/** The hierarchy of one body as plain arrays. Nodes are numbered depth first, so that the root is 0. */
export class Tree {
  /** Triples of corners of the body, triangles in the order of the leaves. */
  readonly corners: ArrayLike<number>;
  /** (min xyz, max xyz) of each node, metres in the body's space. */
  readonly boxes: Float32Array;
  /** First triangle and number of triangles of a leaf; of other nodes 0. */
  readonly leafFirsts: Int32Array;
  readonly leafCounts: Int32Array;
  /** Nodes in the subtree of each node, itself included. */
  readonly subtreeSizes: Int32Array;
  /** The node at each place of the walk of each octant of ray directions, one octant after the other. */
  readonly walks: Int32Array;
  private readonly rights: Int32Array;

  constructor(nodes: readonly TreeNode[], corners: ArrayLike<number>) {
    this.corners = corners;
    this.boxes = new Float32Array(nodes.length * 6);
    this.leafFirsts = Int32Array.from(nodes, ({ first }) => first);
    this.leafCounts = Int32Array.from(nodes, ({ count }) => count);
    this.rights = Int32Array.from(nodes, ({ right }) => right);
    this.subtreeSizes = new Int32Array(nodes.length).fill(1);
    for (let node = nodes.length - 1; node >= 0; node--) {
      const right = this.rights[node]!;
      if (right > 0)
        this.subtreeSizes[node] = 1 + this.subtreeSizes[node + 1]! + this.subtreeSizes[right]!;
    }
    this.walks = new Int32Array(nodes.length * 8);
    for (let octant = 0; octant < 8; octant++) this.order(nodes, octant);
  }

  get size(): number {
    return this.leafCounts.length;
  }

  /** Fits the boxes to the corners of the body, xyz each. */
  fit(positions: Float32Array): void {
    // Children come after their parents.
    for (let node = this.size - 1; node >= 0; node--) {
      if (this.leafCounts[node]! > 0) this.fitLeaf(node, positions);
      else this.fitParent(node);
    }
  }

  private fitLeaf(node: number, positions: Float32Array): void {
    const { boxes, corners } = this;
    const first = this.leafFirsts[node]! * 3;
    const last = first + this.leafCounts[node]! * 3;
    for (let axis = 0; axis < 3; axis++) {
      let low = Infinity;
      let high = -Infinity;
      for (let i = first; i < last; i++) {
        const value = positions[corners[i]! * 3 + axis]!;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      boxes[node * 6 + axis] = low;
      boxes[node * 6 + 3 + axis] = high;
    }
  }

  private fitParent(node: number): void {
    const { boxes } = this;
    const left = (node + 1) * 6;
    const right = this.rights[node]! * 6;
    for (let axis = 0; axis < 3; axis++) {
      boxes[node * 6 + axis] = Math.min(boxes[left + axis]!, boxes[right + axis]!);
      boxes[node * 6 + 3 + axis] = Math.max(boxes[left + 3 + axis]!, boxes[right + 3 + axis]!);
    }
  }

  /** Writes the walk of an octant: depth first, and the child first that its rays meet first. */
  private order(nodes: readonly TreeNode[], octant: number): void {
    let place = octant * nodes.length;
    const todo = [0];
    for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
      this.walks[place++] = node;
      const { right, axis } = nodes[node]!;
      if (right <= 0) continue;
      if (octant & (1 << axis)) todo.push(node + 1, right);
      else todo.push(right, node + 1);
    }
  }
}

interface TreeNode {
  /** Second child (the first one follows its parent), 0 in a leaf. */
  right: number;
  /** Axis on which the children lie. */
  readonly axis: number;
  readonly first: number;
  readonly count: number;
}

/** Builds the hierarchy of a body from its corners, xyz each, three a triangle; its boxes are still to be fitted. */
export function buildTree(positions: Float32Array): Tree {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(positions, 3));
  const bvh = new MeshBVH(geometry, {
    strategy: SAH,
    targetLeafSize: LEAF_TRIANGLES,
    setBoundingBox: false,
  } as ConstructorParameters<typeof MeshBVH>[1]);
  const nodes: TreeNode[] = [];
  /** Parents whose second child is still to come, by depth. */
  const open: number[] = [];
  bvh.traverse((depth, isLeaf, _bounds, offsetOrAxis, count) => {
    const node = nodes.length;
    const parent = depth > 0 ? open[depth - 1]! : -1;
    if (parent >= 0 && node !== parent + 1) nodes[parent]!.right = node;
    open[depth] = node;
    if (isLeaf) pushLeaf(nodes, offsetOrAxis, count);
    else nodes.push({ right: 0, axis: offsetOrAxis, first: 0, count: 0 });
  });
  return new Tree(nodes, geometry.index!.array);
}

/** Triangles with one and the same centre cannot be told apart: their leaf may be too large for one. */
function pushLeaf(nodes: TreeNode[], first: number, count: number): void {
  if (count > MOST_TRIANGLES) {
    const parent: TreeNode = { right: nodes.length + 2, axis: 0, first: 0, count: 0 };
    nodes.push(parent, { right: 0, axis: 0, first, count: MOST_TRIANGLES });
    pushLeaf(nodes, first + MOST_TRIANGLES, count - MOST_TRIANGLES);
  } else {
    nodes.push({ right: 0, axis: 0, first, count });
  }
}
