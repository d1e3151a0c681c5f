import type { Texture } from 'three/webgpu';
import { Accumulate } from '../pipeline/accumulate';
import type { Lighting } from '../pipeline/compose';
import type { Guide } from '../pipeline/guide';
import { Resolve } from '../pipeline/resolve';
import type { ResolveSources } from '../pipeline/resolve';
import type { FrameSize, View } from './view';

/** Stages that every resolved view shares. */
export interface ResolveInputs extends ResolveSources {
  /** The guide, and what is transparent before it, drawn for this frame. */
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
    this.resolve = new Resolve(inputs);
    this.accumulate = new Accumulate(this.resolve.image, inputs);
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
