import type { Texture, UniformNode, Vector2, WebGPURenderer } from 'three/webgpu';
import { uniform } from 'three/tsl';
import TAAUNode from 'three/addons/tsl/display/TAAUNode.js';
import type { Pipeline } from '../pipeline/pipeline';
import { DisplayStage, outputOf } from './display-node';
import { RasterInputs, input } from './raster-inputs';
import type { RawPicture } from './raw';
import type { FrameSize, View } from './view';

/** Weight of a new frame that three's node comes with. */
const SETTLED_WEIGHT = 0.025;

/** three's temporal upscaler on any low-resolution radiance that was drawn with our jitter. */
export class Taau {
  private readonly stage: DisplayStage<TAAUNode>;
  private readonly jitterPx: Vector2;
  private readonly weight = uniform(1);

  constructor(
    renderer: WebGPURenderer,
    radiance: Texture,
    private readonly inputs: RasterInputs,
  ) {
    const { depth, velocity, camera } = inputs;
    const node = new TAAUNode(input(radiance), input(depth), input(velocity), camera);
    // A constant of the shader that may as well be a node.
    node.currentFrameWeight = this.weight as unknown as number;
    this.jitterPx = (
      node as unknown as { _jitterOffset: UniformNode<'vec2', Vector2> }
    )._jitterOffset.value;
    this.stage = new DisplayStage(renderer, node);
  }

  get texture(): Texture {
    return outputOf(this.stage.node).value;
  }

  resize({ output }: FrameSize): void {
    this.stage.resize(output);
  }

  /**
   * Draws frame `index` since the last reset. three starts from one smoothed frame that fades at 1/40 a frame; here the
   * first 40 frames weigh alike, so that it is as good as it gets as early as it can be.
   */
  render(index: number): void {
    this.jitterPx.copy(this.inputs.jitterPx);
    this.weight.value = Math.max(1 / (index + 1), SETTLED_WEIGHT);
    if (index === 0) this.stage.forget();
    this.stage.render(index);
  }

  dispose(): void {
    this.stage.dispose();
  }
}

/** The raw picture through three's temporal upscaler. */
export class TaauView implements View {
  readonly content = 'radiance';
  readonly pixelated = false;
  private readonly inputs: RasterInputs;
  private readonly taau: Taau;
  private index = 0;

  constructor(
    pipeline: Pipeline,
    private readonly raw: RawPicture,
  ) {
    this.inputs = new RasterInputs(pipeline);
    this.taau = new Taau(pipeline.renderer, raw.texture, this.inputs);
  }

  get texture(): Texture {
    return this.taau.texture;
  }

  resize(size: FrameSize): void {
    this.inputs.resize(size.input);
    this.taau.resize(size);
  }

  render(reset: boolean): void {
    this.index = reset ? 0 : this.index + 1;
    this.raw.render();
    this.inputs.render();
    this.taau.render(this.index);
  }

  dispose(): void {
    this.inputs.dispose();
    this.taau.dispose();
  }
}
