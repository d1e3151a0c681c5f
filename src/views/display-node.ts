import { NodeUpdateType, RenderTarget } from 'three/webgpu';
import type { Node, NodeFrame, TextureNode, WebGPURenderer } from 'three/webgpu';
import { vec4 } from 'three/tsl';
import { withCanvasSize } from '../core/gpu-handles';
import { FullscreenPass } from '../pipeline/fullscreen';
import type { Size } from './view';

/** What three's display nodes have in common; @types/three leaves most of it out. */
interface DisplayNode {
  updateBeforeType: NodeUpdateType;
  updateBefore(frame: NodeFrame): unknown;
  setSize(width: number, height: number): void;
  dispose(): void;
}

/**
 * One of three's display nodes as a stage: drawn when it is told to, at the size that it is given. three itself would
 * draw it whenever a shader uses it, at the size of the canvas, numbered by frames since the page was opened, and so
 * never twice the same after a seek.
 */
export class DisplayStage<T extends object> {
  readonly node: T & DisplayNode;
  private readonly frame: { renderer: WebGPURenderer; frameId: number };
  private size: Size = { width: 1, height: 1 };

  constructor(
    private readonly renderer: WebGPURenderer,
    node: T,
    output: Node = outputOf(node),
  ) {
    this.node = node as T & DisplayNode;
    this.node.updateBeforeType = NodeUpdateType.NONE;
    this.frame = { renderer, frameId: 0 };
    setUp(renderer, output);
  }

  resize(size: Size): void {
    this.size = size;
  }

  /** Draws frame `index` since the last reset. */
  render(index: number): void {
    this.frame.frameId = index;
    withCanvasSize(this.renderer, this.size, () => this.update());
  }

  /**
   * Drops what it remembers of earlier frames: drawing once makes the present the past (depth and camera), and a change
   * of size makes the node start its images anew.
   */
  forget(): void {
    this.render(0);
    this.node.setSize(1, 1);
  }

  private update(): void {
    // The nodes use these two fields of a frame only.
    this.node.updateBefore(this.frame as unknown as NodeFrame);
  }

  dispose(): void {
    this.node.dispose();
  }
}

/** Makes a node build its shaders, which happens when another shader that shows its output is built. */
function setUp(renderer: WebGPURenderer, output: Node): void {
  const target = new RenderTarget(1, 1, { depthBuffer: false });
  const pass = new FullscreenPass(renderer, 'SetUp', vec4(output as Node<'vec4'>));
  pass.render(target);
  pass.dispose();
  target.dispose();
}

/** The image that a node draws, which @types/three mentions for some nodes only. */
export const outputOf = (node: object): TextureNode =>
  (node as { getTextureNode(): TextureNode }).getTextureNode();
