import { Box3 } from 'three/webgpu';
import { MOST_TRIANGLES, buildTree } from './bvh-tree';
import type { Tree } from './bvh-tree';

/** Triangles of one rigid body. */
export interface TriangleSoup {
  /** xyz of each corner, metres, in the body's space. */
  readonly positions: Float32Array;
  /** Row of the material table of each triangle. */
  readonly materials: Float32Array;
  /** The share of each that its texture cuts out. */
  readonly holes: Float32Array;
  /** How far the smooth surface that the corners' normals describe stands out from each triangle, in metres of the world. */
  readonly bulges: Float32Array;
}

/** Texels (RGBA) of a triangle; a node is one. */
export const TRIANGLE_TEXELS = 3;
/** Lowest bits of a leaf's code: how many triangles it has; above them: which is the first. */
export const LEAF_COUNT_BITS = Math.log2(MOST_TRIANGLES + 1);
/** A node holds two bounds in one number: the second one times this. */
export const BOUND_RANGE = 0x1_0000;

/** Boxes are rounded outwards to a grid of so many steps, which spans the body; a bound has 15 bits. */
const GRID_STEPS = 0x7ffd;
/** By so many steps at least, which is far more than float32 errs by. */
const MARGIN = 0.25;
/** A flat body is as thick as this share of its greatest extent, in the eyes of its grid. */
const LEAST_EXTENT = 1e-2;

/** Where a body stands in the tables. */
export interface BvhBody {
  readonly tree: Tree;
  readonly firstTriangle: number;
  readonly firstNode: number;
  /** Steps of the grid = metres in the body's space × scale + shift, for x, y, z. */
  readonly scale: Float64Array;
  readonly shift: Float64Array;
  /** The body's bounds in its own space. */
  readonly bounds: Box3;
  /** (low xyz, high xyz) of each node in steps of the grid, rounded outwards. */
  readonly gridBoxes: Int32Array;
}

/**
 * Bounding volume hierarchies that shaders walk without a stack (Hachisuka 2015, "Implementing a practical rendering
 * system using GLSL", multiple-threaded BVH): the nodes of a body stand in the tables once for each of the eight octants
 * of ray directions, depth first and the nearer child first. So a ray goes on with the next node where it meets a box,
 * and with the one after its descendants where it does not; one texel is all that it reads of either. Octant bits 0, 1, 2
 * are set where a direction is negative along x, y, z.
 * - node (RGBA int32): pairs of bounds (near x, far x) (near y, far y) (near z, far z), near and far to rays of the octant;
 *   then the number of descendants, or of a leaf -1 - code, code = first triangle · 2^7 + number of triangles
 * - triangle (RGBA float): (first corner, material) (edge to the second, share that is holes) (edge to the third, bulge)
 * Boxes and triangles are in steps of the body's grid.
 */
export class BvhTables {
  readonly nodes: number[] = [];
  readonly triangles: number[] = [];

  /** Adds a body. */
  add(soup: TriangleSoup): BvhBody {
    const tree = buildTree(soup.positions);
    const body: BvhBody = {
      tree,
      firstTriangle: this.triangles.length / (4 * TRIANGLE_TEXELS),
      firstNode: this.nodes.length / 4,
      scale: new Float64Array(3),
      shift: new Float64Array(3),
      bounds: new Box3(),
      gridBoxes: new Int32Array(tree.size * 6),
    };
    for (let i = 8 * tree.size * 4; i > 0; i--) this.nodes.push(0);
    for (let i = soup.materials.length * TRIANGLE_TEXELS * 4; i > 0; i--) this.triangles.push(0);
    this.refit(body, soup);
    return body;
  }

  /** Follows a body whose corners have moved: same tree, boxes fitted anew. */
  refit(body: BvhBody, soup: TriangleSoup): void {
    body.tree.fit(soup.positions);
    spanGrid(body);
    roundBoxes(body);
    this.writeTriangles(body, soup);
    this.writeNodes(body);
  }

  private writeTriangles(
    body: BvhBody,
    { positions, materials, holes, bulges }: TriangleSoup,
  ): void {
    const { firstTriangle, tree, scale, shift } = body;
    const { triangles } = this;
    const { corners } = tree;
    let at = firstTriangle * 4 * TRIANGLE_TEXELS;
    for (let i = 0; i < corners.length; i += 3) {
      const first = corners[i]! * 3;
      const triangle = Math.floor(corners[i]! / 3);
      const rest = [materials[triangle]!, holes[triangle]!, bulges[triangle]!];
      for (let corner = 0; corner < 3; corner++) {
        const from = corners[i + corner]! * 3;
        for (let axis = 0; axis < 3; axis++) {
          const origin = corner > 0 ? positions[first + axis]! : -shift[axis]! / scale[axis]!;
          triangles[at++] = (positions[from + axis]! - origin) * scale[axis]!;
        }
        triangles[at++] = rest[corner]!;
      }
    }
  }

  private writeNodes(body: BvhBody): void {
    const { tree, firstNode, firstTriangle, gridBoxes } = body;
    const { nodes } = this;
    const { size } = tree;
    for (let octant = 0; octant < 8; octant++) {
      const start = firstNode + octant * size;
      for (let place = 0; place < size; place++) {
        const node = tree.walks[octant * size + place]!;
        const at = (start + place) * 4;
        for (let axis = 0; axis < 3; axis++) {
          const low = gridBoxes[node * 6 + axis]!;
          const high = gridBoxes[node * 6 + axis + 3]!;
          const isBackwards = octant & (1 << axis);
          nodes[at + axis] = isBackwards ? high + low * BOUND_RANGE : low + high * BOUND_RANGE;
        }
        const count = tree.leafCounts[node]!;
        const triangle = firstTriangle + tree.leafFirsts[node]!;
        nodes[at + 3] =
          count > 0
            ? -1 - (triangle * (1 << LEAF_COUNT_BITS) + count)
            : tree.subtreeSizes[node]! - 1;
      }
    }
  }
}

/** Fits the grid to the bounds of the tree's root: they lie on its steps 1 and GRID_STEPS + 1. */
function spanGrid({ tree, scale, shift, bounds }: BvhBody): void {
  const { boxes } = tree;
  bounds.min.fromArray(boxes, 0);
  bounds.max.fromArray(boxes, 3);
  let greatest = 0;
  for (let axis = 0; axis < 3; axis++)
    greatest = Math.max(greatest, boxes[3 + axis]! - boxes[axis]!);
  const least = Math.max(greatest * LEAST_EXTENT, 1e-9);
  for (let axis = 0; axis < 3; axis++) {
    scale[axis] = GRID_STEPS / Math.max(boxes[3 + axis]! - boxes[axis]!, least);
    shift[axis] = 1 - boxes[axis]! * scale[axis]!;
  }
}

function roundBoxes({ tree, scale, shift, gridBoxes }: BvhBody): void {
  for (let i = 0; i < gridBoxes.length; i++) {
    const axis = i % 3;
    const steps = tree.boxes[i]! * scale[axis]! + shift[axis]!;
    gridBoxes[i] = i % 6 < 3 ? Math.floor(steps - MARGIN) : Math.ceil(steps + MARGIN);
  }
}
