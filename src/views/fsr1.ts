import { HalfFloatType, LinearFilter, RenderTarget } from 'three/webgpu';
import type { Node, Texture } from 'three/webgpu';
import { Fn, clamp, float, ivec2, max, vec2, vec4 } from 'three/tsl';
import FSR1Node from 'three/addons/tsl/display/FSR1Node.js';
import { FullscreenPass, image, pixel } from '../pipeline/fullscreen';
import type { Pipeline } from '../pipeline/pipeline';
import { DisplayStage, outputOf } from './display-node';
import { input } from './raster-inputs';
import type { RawPicture } from './raw';
import type { FrameSize, View } from './view';

/**
 * TSL: radiance to the [0,1] of even steps for the eye that FSR 1 wants, reversibly: x/(1 + max), then a root. Never 0:
 * the sharpening divides by the brightest neighbour.
 */
const encode = (radiance: Node<'vec3'>): Node<'vec3'> =>
  radiance.div(maxOf(radiance).add(1)).max(1e-6).sqrt();

/** TSL: back to radiance. Sharpening may reach 1, which stands for infinity; half floats hold 0.9995. */
const decode = (encoded: Node<'vec3'>): Node<'vec3'> => {
  const root = encoded.clamp(0, 0.9995).toVar();
  const squared = root.mul(root).toVar();
  return squared.div(float(1).sub(maxOf(squared)));
};

const maxOf = (color: Node<'vec3'>): Node<'float'> => max(color.r, color.g, color.b);

/**
 * TSL: the pixel, or the nearest one that three's node gets right: within two of the edge it reads beyond the image,
 * where some GPUs answer with the opposite edge.
 */
const inside = (at: Node<'ivec2'>, sizePx: Node<'vec2'>): Node<'ivec2'> =>
  ivec2(clamp(vec2(at), vec2(2), sizePx.sub(3)));

/**
 * The raw picture through three's FSR 1: edge-adaptive upscaling and sharpening of the single frame. It is drawn between
 * a reversible tone mapping and its inverse, so that the view stays linear and exposure works as in the others.
 */
export class Fsr1View implements View {
  readonly content = 'radiance';
  readonly pixelated = false;
  private readonly encoded = createTarget();
  private readonly target = createTarget();
  private readonly encodePass: FullscreenPass;
  private readonly decodePass: FullscreenPass;
  private readonly stage: DisplayStage<FSR1Node>;

  constructor(
    { renderer, frame }: Pipeline,
    private readonly raw: RawPicture,
  ) {
    const source = image(raw.texture);
    const node = new FSR1Node(input(this.encoded.texture));
    const upscaled = image(outputOf(node).value);
    this.encodePass = new FullscreenPass(
      renderer,
      'Fsr1.encode',
      Fn(() => vec4(encode(source.at(pixel()).rgb.toVar()), 1))(),
    );
    this.stage = new DisplayStage(renderer, node);
    this.decodePass = new FullscreenPass(
      renderer,
      'Fsr1.decode',
      Fn(() => vec4(decode(upscaled.at(inside(pixel(), frame.outputSizePx)).rgb), 1))(),
    );
  }

  get texture(): Texture {
    return this.target.texture;
  }

  resize({ input: { width, height }, output }: FrameSize): void {
    this.encoded.setSize(width, height);
    this.target.setSize(output.width, output.height);
    this.stage.resize(output);
  }

  render(): void {
    this.raw.render();
    this.encodePass.render(this.encoded);
    this.stage.render(0);
    this.decodePass.render(this.target);
  }

  dispose(): void {
    [this.encoded, this.target, this.encodePass, this.decodePass, this.stage].forEach((part) =>
      part.dispose(),
    );
  }
}

function createTarget(): RenderTarget {
  return new RenderTarget(1, 1, {
    type: HalfFloatType,
    depthBuffer: false,
    minFilter: LinearFilter,
    magFilter: LinearFilter,
  });
}
