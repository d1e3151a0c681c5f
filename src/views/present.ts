import {
  HalfFloatType,
  NearestFilter,
  RenderTarget,
  UnsignedByteType,
  Vector2,
} from 'three/webgpu';
import type { DataTexture, Node, Texture, WebGPURenderer } from 'three/webgpu';
import {
  Fn,
  acesFilmicToneMapping,
  float,
  ivec2,
  mix,
  screenCoordinate,
  screenSize,
  sRGBTransferOETF,
  step,
  uniform,
  vec3,
  vec4,
} from 'three/tsl';
import { readAttachment } from '../core/gpu-handles';
import type { View } from './view';
import type { FrameUniforms } from '../pipeline/frame-uniforms';
import { viewRay } from '../pipeline/frame-uniforms';
import { FullscreenPass, image, swappableTexture } from '../pipeline/fullscreen';
import { decodePicture } from '../pipeline/packed';
import { neutralEdges } from '../pipeline/resolve';
import { skyRadiance } from '../pipeline/sky-dome';

/** A picture read back: top row first, RGBA. */
export interface Pixels<Data> {
  readonly width: number;
  readonly height: number;
  readonly data: Data;
}

/**
 * Grades (exposure, ACES filmic, sRGB) and shows one view, or two with a split. The same shader draws to the canvas
 * and into the targets that scripts read, so what is measured is what is seen.
 */
export class Present {
  readonly exposure = uniform(1);
  /** Horizontal position of the divider in [0,1]; left of it the second view shows. */
  readonly split = uniform(0);
  private readonly graded = uniform(1);
  private readonly right = new Side();
  private readonly left = new Side();
  private pass: FullscreenPass;
  private sky: DataTexture | null = null;
  private readonly readback: readonly [RenderTarget, RenderTarget];

  /** `levels`: exposure of the network, in whose units packed pictures are. */
  constructor(
    private readonly renderer: WebGPURenderer,
    private readonly levels: Node<'float'>,
    private readonly frame: FrameUniforms,
  ) {
    const create = (type: typeof UnsignedByteType | typeof HalfFloatType) =>
      new RenderTarget(1, 1, {
        type,
        depthBuffer: false,
        minFilter: NearestFilter,
        magFilter: NearestFilter,
      });
    this.readback = [create(UnsignedByteType), create(HalfFloatType)];
    this.pass = this.createPass();
  }

  /**
   * The sky behind the scene. Resolved pictures are packed and dithered; where nothing else is seen, the sky is shown as it was given.
   * Another one makes another shader.
   */
  setSky(environment: DataTexture | null): void {
    if (environment === this.sky) return;
    this.sky = environment;
    this.pass.dispose();
    this.pass = this.createPass();
  }

  private createPass(): FullscreenPass {
    return new FullscreenPass(this.renderer, 'Present', this.node());
  }

  /** Draws to the canvas. */
  render(view: View, compare: View | null, split: number): void {
    this.choose(view, compare, split);
    this.graded.value = 1;
    this.pass.render(null);
  }

  /** Display-referred 8-bit picture of one view. */
  async read8(view: View, width: number, height: number): Promise<Pixels<Uint8Array>> {
    return { width, height, data: (await this.read(view, width, height, 0)) as Uint8Array };
  }

  /** Linear radiance of one view as half floats; display-referred views stay as they are. */
  async readLinear(view: View, width: number, height: number): Promise<Pixels<Uint16Array>> {
    return { width, height, data: (await this.read(view, width, height, 1)) as Uint16Array };
  }

  private read(view: View, width: number, height: number, linear: 0 | 1): Promise<ArrayBufferView> {
    const target = this.readback[linear];
    target.setSize(width, height);
    this.choose(view, null, 0);
    this.graded.value = 1 - linear;
    this.pass.render(target);
    return readAttachment(this.renderer, target);
  }

  private choose(view: View, compare: View | null, split: number): void {
    this.right.set(view);
    this.left.set(compare ?? view);
    this.split.value = compare ? split : 0;
  }

  private node(): Node<'vec4'> {
    const { levels, frame, sky } = this;
    return Fn(() => {
      const uv = screenCoordinate.xy.div(screenSize).toVar();
      const left = step(uv.x, this.split);
      const ray = viewRay(screenCoordinate.xy.sub(0.5), screenSize, frame.unjitteredProjection);
      const direction = frame.cameraWorld.mul(vec4(ray, 0)).xyz.toVar();
      const behind = sky ? skyRadiance(sky, direction).toVar() : null;
      const [right, other] = [this.right, this.left].map((side) => side.at(uv, levels, behind));
      const color = mix(right!, other!, left).toVar();
      const display = mix(this.right.display, this.left.display, left);
      const mapped = sRGBTransferOETF(acesFilmicToneMapping(color, this.exposure) as Node<'vec3'>);
      const grade = this.graded.mul(float(1).sub(display));
      return vec4(mix(color, mapped as Node<'vec3'>, vec3(grade)), 1);
    })();
  }

  dispose(): void {
    this.readback.forEach((target) => target.dispose());
    this.pass.dispose();
  }
}

/** Just below 1, in 8 bits. */
const ALL = 0.99;

/** One side of the split. */
class Side {
  readonly display = uniform(0);
  private readonly packed = uniform(0);
  private readonly pixelated = uniform(0);
  private readonly sizePx = uniform(new Vector2(1, 1));
  /** Never merged with the other side's, which shows the same view while nothing is compared. */
  private readonly node = swappableTexture(neutralEdges);
  private readonly background = image(neutralEdges);

  set({ texture: source, content, pixelated, background }: View): void {
    this.node.value = source as Texture;
    this.background.set(background ?? neutralEdges);
    this.display.value = content === 'display' ? 1 : 0;
    this.packed.value = content === 'packed' ? 1 : 0;
    this.pixelated.value = pixelated ? 1 : 0;
    const { width, height } = source.image as { width: number; height: number };
    this.sizePx.value.set(width, height);
  }

  /** `sky`: what is behind the scene, null for black. */
  at(uv: Node<'vec2'>, levels: Node<'float'>, sky: Node<'vec3'> | null): Node<'vec3'> {
    const centre = uv.mul(this.sizePx).floor().add(0.5).div(this.sizePx);
    const texel = this.node.sample(mix(uv, centre, this.pixelated)).toVar();
    // Chosen, not mixed: what is no packed picture may decode to anything.
    const isPacked = this.packed.greaterThan(0.5);
    const shown = isPacked.select(decodePicture(texel).div(levels), texel.rgb);
    if (!sky) return shown;
    const place = ivec2(uv.mul(this.sizePx));
    return isPacked.and(this.background.at(place).r.greaterThan(ALL)).select(sky, shown);
  }
}
