import { TextureNode } from 'three/webgpu';
import type { DepthTexture, Node, NodeBuilder, Texture } from 'three/webgpu';
import { ivec2, textureSize, vec2 } from 'three/tsl';

/** What @types/three does not know of a builder (r187). */
type FlippingBuilder = NodeBuilder & {
  /** Whether drawn images have their first row at the bottom: on WebGL2. */
  isFlipY(): boolean;
};

/**
 * TSL: a texture whose coordinates are used as they are. A node made without coordinates multiplies each that it is given
 * later by the texture's matrix, and each read asks a uniform whether rows go upwards, with a branch for both answers (three
 * r187). An emulated GPU took minutes to compile such a branch at each of 50 reads. We know the answer when the shader is built.
 */
class PlainTextureNode extends TextureNode {
  /** Called by three with the coordinates of each read; rows count from the top. */
  setupUV(builder: FlippingBuilder, coordinate: Node): Node {
    if (!builder.isFlipY() || !isDrawn(this.getBase().value)) return coordinate;
    if (this.sampler) {
      const { x, y } = vec2(coordinate as Node<'vec2'>).toVar();
      return vec2(x, y.oneMinus());
    }
    const { x, y } = ivec2(coordinate as Node<'ivec2'>).toVar();
    const { y: rows } = ivec2(
      textureSize(this, this.levelNode as Node<'int'>) as unknown as Node<'ivec2'>,
    );
    return ivec2(x, rows.sub(y).sub(1));
  }
}

/** Whether a texture was drawn by the renderer, not uploaded. */
const isDrawn = (texture: Texture): boolean =>
  texture.isRenderTargetTexture || (texture as Partial<DepthTexture>).isDepthTexture === true;

/** TSL: a texture whose coordinates are used as they are. It may be swapped for another that is drawn, or uploaded, as it was. */
export const plainTexture = (source: Texture): TextureNode => new PlainTextureNode(source, vec2(0));
