import type { Texture, WebGPURenderer } from 'three/webgpu';
import { Accumulate } from '../pipeline/accumulate';
import type { Lighting } from '../pipeline/compose';
import type { FrameUniforms } from '../pipeline/frame-uniforms';
import type { GBuffer } from '../pipeline/gbuffer';
import type { Guide } from '../pipeline/guide';
import type { Levels } from '../pipeline/levels';
import { Resolve } from '../pipeline/resolve';
import type { FrameSize, View } from './view';

/** Stages that every resolved view shares. */
export interface ResolveInputs {
  readonly renderer: WebGPURenderer;
  readonly gbuffer: GBuffer;
  readonly guide: Guide;
  readonly levels: Levels;
  readonly frame: FrameUniforms;
  /** The guide, drawn for this frame. */
  guided(): Guide;
}

/**
 * Any low-resolution lighting through the resolve and the temporal accumulation. Raw, resolve-only and AI differ in
 * nothing but the lighting they are given.
 */
export class ResolvedView implements View {
  readonly content = 'packed';
  readonly pixelated = false;
  private readonly resolve: Resolve;
  private readonly accumulate: Accumulate;

  /** `lighting` is asked every frame, since its textures may change. */
  constructor(
    private readonly inputs: ResolveInputs,
    private readonly lighting: () => Lighting,
  ) {
    const { renderer, gbuffer, guide, levels, frame } = inputs;
    this.resolve = new Resolve(renderer, gbuffer, guide, levels, frame);
    this.accumulate = new Accumulate(renderer, this.resolve.image, guide, levels, frame);
  }

  get texture(): Texture {
    return this.accumulate.texture;
  }

  get background(): Texture {
    return this.accumulate.background;
  }

  resize({ output }: FrameSize): void {
    this.resolve.resize(output.width, output.height);
    this.accumulate.resize(output.width, output.height);
  }

  render(reset: boolean): void {
    this.inputs.guided();
    const lighting = this.lighting();
    this.resolve.render(lighting);
    this.accumulate.render(reset, lighting);
  }

  dispose(): void {
    this.resolve.dispose();
    this.accumulate.dispose();
  }
}
