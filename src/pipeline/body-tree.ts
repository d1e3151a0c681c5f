import { Box3, Vector3 } from 'three/webgpu';

/** So many bodies are looked at one after the other; more are halved, with a box around each half. */
const FEW = 4;

/** A box that rays look at: that of a body, or one around the nodes that follow it. */
export interface BodyNode {
  readonly box: Box3;
  /** Index of the body, or null. */
  readonly body: number | null;
  /** The node to look at next where a ray misses the box. */
  readonly next: number;
}

/**
 * The order in which rays look at the bodies of a scene: a bounding volume hierarchy as a list, to be walked without a stack. The
 * first body, which is all that stands still, stays outside: its box is as large as the scene.
 */
export class BodyTree {
  /** Depth first. */
  readonly nodes: readonly BodyNode[];

  /** `boxes` of the bodies in world space, somewhere in the loop. */
  constructor(boxes: readonly Box3[]) {
    const indices = boxes.map((_, i) => i);
    const nodes: BodyNode[] = [];
    for (const part of [indices.slice(0, 1), indices.slice(1)]) addNodes(part, boxes, nodes);
    this.nodes = nodes;
    this.fit(boxes);
  }

  /** Fits the boxes to where bodies are now. */
  fit(boxes: readonly Box3[]): void {
    const { nodes } = this;
    for (let i = nodes.length - 1; i >= 0; i--) {
      const { box, body, next } = nodes[i]!;
      if (body !== null) box.copy(boxes[body]!);
      else {
        box.makeEmpty();
        for (let child = i + 1; child < next; child = nodes[child]!.next)
          box.union(nodes[child]!.box);
      }
    }
  }
}

function addNodes(indices: readonly number[], boxes: readonly Box3[], nodes: BodyNode[]): void {
  if (indices.length <= FEW) {
    for (const body of indices)
      nodes.push({ box: boxes[body]!.clone(), body, next: nodes.length + 1 });
    return;
  }
  const middles = new Map(indices.map((i) => [i, boxes[i]!.getCenter(new Vector3())]));
  const size = new Box3().setFromPoints([...middles.values()]).getSize(new Vector3());
  const axis = size.x >= size.y && size.x >= size.z ? 'x' : size.y >= size.z ? 'y' : 'z';
  const sorted = indices.toSorted((a, b) => middles.get(a)![axis] - middles.get(b)![axis]);
  const half = Math.ceil(sorted.length / 2);
  for (const part of [sorted.slice(0, half), sorted.slice(half)]) {
    const at = nodes.length;
    nodes.push({ box: new Box3(), body: null, next: 0 });
    addNodes(part, boxes, nodes);
    nodes[at] = { ...nodes[at]!, next: nodes.length };
  }
}
