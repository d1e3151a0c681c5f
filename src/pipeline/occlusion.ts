import type { Node, PerspectiveCamera, Texture } from 'three/webgpu';
import { nodeObject, sample } from 'three/tsl';
import GTAONode from 'three/addons/tsl/display/GTAONode.js';
import { plainTexture } from './plain-texture';
import { unpackShape } from './gbuffer';
import type { GBuffer } from './gbuffer';

/** Metres around a point in which geometry darkens its ambient light. */
const RADIUS_M = 0.5;
const SAMPLES = 16;

/**
 * three sizes its occlusion by the canvas and offers no size of its own (GTAONode, r187); read texel by texel at the
 * low resolution it would be the canvas' top-left corner, magnified.
 */
class FixedSizeOcclusion extends GTAONode {
  private readonly fixed = { width: 1, height: 1 };

  fixSize(width: number, height: number): void {
    Object.assign(this.fixed, { width, height });
    super.setSize(width, height);
  }

  override setSize(): void {
    super.setSize(this.fixed.width, this.fixed.height);
  }
}

/** three's ground-truth ambient occlusion on the low-resolution depth and normals, w×h; [0,1] in the red channel. */
export class Occlusion {
  private readonly node: FixedSizeOcclusion;

  constructor(gbuffer: GBuffer, camera: PerspectiveCamera) {
    const depth = plainTexture(gbuffer.target.depthTexture as Texture);
    const packed = plainTexture(gbuffer.texture('normal'));
    const normal = sample((uv) => unpackShape(packed.sample(uv as Node<'vec2'>).toVar()));
    this.node = nodeObject(new FixedSizeOcclusion(depth, normal, camera));
    this.node.radius.value = RADIUS_M;
    this.node.samples.value = SAMPLES;
  }

  /** Using it in a shader makes three draw the occlusion first, once a frame, and compile it anew for each shader that does. */
  get textureNode(): Node<'vec4'> & { load(coordinate: Node<'ivec2'>): Node<'vec4'> } {
    return this.node.getTextureNode() as never;
  }

  get texture(): Texture {
    return (this.textureNode as unknown as { value: Texture }).value;
  }

  resize(width: number, height: number): void {
    this.node.fixSize(width, height);
  }

  dispose(): void {
    this.node.dispose();
  }
}
