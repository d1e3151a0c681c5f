import { PerspectiveCamera } from 'three/webgpu';
import type { Node, Texture, TextureNode, Vector2, WebGPURenderer } from 'three/webgpu';
import { Fn, ivec2, mrt, textureSize, vec2, vec3, vec4 } from 'three/tsl';
import type { FrameUniforms } from '../pipeline/frame-uniforms';
import { FullscreenPass, clampPixel, pixel } from '../pipeline/fullscreen';
import { plainTexture } from '../pipeline/plain-texture';
import { createTarget } from '../pipeline/gbuffer';
import type { GBuffer } from '../pipeline/gbuffer';
import type { Pipeline } from '../pipeline/pipeline';
import type { Size } from './view';

/**
 * The G-buffer as three's display nodes want it, w×h, half float: its depth, and
 * - velocity: xy motion from the last frame to this one in normalised device coordinates, y up
 * - normal: rgb view-space normal packed into [0,1], 0 on background
 */
export class RasterInputs {
  readonly target = createTarget('RasterInputs', ['offset', 'normal'], false);
  /** The camera with the projection that drew the G-buffer; the pipeline's own goes on to draw the guide. */
  readonly camera = new PerspectiveCamera();
  readonly depth: Texture;
  private readonly pass: FullscreenPass;

  constructor(private readonly pipeline: Pipeline) {
    const { renderer, gbuffer, frame } = pipeline;
    this.depth = gbuffer.target.depthTexture as Texture;
    // Its matrices are copied, never computed.
    this.camera.matrixAutoUpdate = false;
    this.camera.matrixWorldAutoUpdate = false;
    this.pass = inputsPass(renderer, gbuffer, frame);
  }

  get velocity(): Texture {
    return this.target.textures[0]!;
  }

  /** See {@link JitteredProjection}. */
  get jitterPx(): Vector2 {
    return this.pipeline.projection.jitterPx;
  }

  get normal(): Texture {
    return this.target.textures[1]!;
  }

  resize({ width, height }: Size): void {
    this.target.setSize(width, height);
  }

  render(): void {
    this.takeCamera();
    this.pass.render(this.target);
  }

  private takeCamera(): void {
    const { camera } = this;
    const { camera: source, projection } = this.pipeline;
    camera.near = source.near;
    camera.far = source.far;
    camera.fov = source.fov;
    camera.position.copy(source.position);
    camera.matrixWorld.copy(source.matrixWorld);
    camera.matrixWorldInverse.copy(source.matrixWorldInverse);
    camera.projectionMatrix.copy(projection.gbuffer);
    camera.projectionMatrixInverse.copy(projection.gbuffer).invert();
  }

  dispose(): void {
    this.target.dispose();
    this.pass.dispose();
  }
}

function inputsPass(
  renderer: WebGPURenderer,
  gbuffer: GBuffer,
  frame: FrameUniforms,
): FullscreenPass {
  const [normal, motion] = (['normal', 'motion'] as const).map((name) => gbuffer.image(name));
  const ndc = Fn((): Node<'vec2'> => {
    const back = motion!.at(pixel()).xy.div(frame.outputSizePx);
    return back.mul(vec2(-2, 2));
  })();
  const packed = Fn(() => {
    const n = normal!.at(pixel()).xyz.toVar();
    // As if cleared to black: unpacked, a zero has no direction and would spread as NaN.
    return n.dot(n).greaterThan(0).select(n.mul(0.5).add(0.5), vec3(0));
  })();
  const outputs = mrt({ offset: vec4(ndc, 0, 1), normal: vec4(packed, 1) });
  return new FullscreenPass(renderer, 'RasterInputs', outputs);
}

/**
 * TSL: a texture that nothing else has to be drawn for, as the input of a display node. Loads outside it give its edge:
 * three's nodes read neighbours of the first row and column, where WebGPU may answer with the opposite edge.
 */
export function input(source: Texture): TextureNode {
  const node = plainTexture(source);
  const load = node.load.bind(node);
  const last = ivec2(textureSize(node) as unknown as Node<'vec2'>).sub(1);
  node.load = (at) => load(clampPixel(ivec2(at as Node<'vec2'>), last));
  return node;
}
