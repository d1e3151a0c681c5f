import type { Node, PerspectiveCamera, Texture } from 'three/webgpu';
import { texture } from 'three/tsl';
import { ao } from 'three/addons/tsl/display/GTAONode.js';
import type { GBuffer } from './gbuffer';

/** Metres around a point in which geometry darkens its ambient light; wider hurt in measurements. */
const RADIUS_M = 0.5;
const SAMPLES = 8;

/** three's ground-truth ambient occlusion on the low-resolution depth and normals; [0,1] in the red channel. */
export class Occlusion {
  private readonly node: ReturnType<typeof ao>;

  constructor(gbuffer: GBuffer, camera: PerspectiveCamera) {
    const depth = texture(gbuffer.target.depthTexture as Texture);
    const normal = texture(gbuffer.texture('normal'));
    this.node = ao(depth as never, normal as never, camera);
    this.node.radius.value = RADIUS_M;
    this.node.samples.value = SAMPLES;
    this.node.resolutionScale = 1;
  }

  /** Using it in a shader makes three draw the occlusion first, once a frame. */
  get textureNode(): Node<'vec4'> & { load(coordinate: Node<'ivec2'>): Node<'vec4'> } {
    return this.node.getTextureNode() as never;
  }

  get texture(): Texture {
    return (this.textureNode as unknown as { value: Texture }).value;
  }

  dispose(): void {
    this.node.dispose();
  }
}
