import type { Texture } from 'three/webgpu';
import { Accumulate } from '../pipeline/accumulate';
import type { Lighting } from '../pipeline/compose';
import type { Area } from '../pipeline/fullscreen';
import type { Guide } from '../pipeline/guide';
import { Mirrors } from '../pipeline/mirrors';
import type { MirrorSources } from '../pipeline/mirrors';
import { Resolve } from '../pipeline/resolve';
import type { ResolveSources } from '../pipeline/resolve';
import type { FrameSize, View } from './view';

/** Stages that every resolved view shares. */
export interface ResolveInputs extends ResolveSources {
  /** The guide, and what is transparent before it, drawn for this frame. */
  guided(): Guide;
  /** Where in the picture anything may be a mirror; null = nowhere. */
  mirrorArea(): Area | null;
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
  private readonly mirrors: Mirrors | null;

  /** `lighting` is asked every frame, since its textures may change. `mirrors`: what they are drawn from, null for none. */
  constructor(
    private readonly inputs: ResolveInputs,
    private readonly lighting: () => Lighting,
    mirrors: MirrorSources | null = null,
  ) {
    this.resolve = new Resolve(inputs);
    this.accumulate = new Accumulate(this.resolve.image, inputs);
    this.mirrors = mirrors && new Mirrors(mirrors);
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
    this.resolve.render(lighting, this.mirrored(reset, lighting));
    this.accumulate.render(reset, lighting);
  }

  /** What mirrors show, drawn where there are any. */
  private mirrored(reset: boolean, lighting: Lighting): Texture | null {
    const { mirrors, accumulate, inputs } = this;
    const area = mirrors && lighting.mirrors && inputs.mirrorArea();
    if (!area) return null;
    mirrors.render(accumulate.next, area, accumulate.last, reset);
    return accumulate.next.texture;
  }

  dispose(): void {
    this.resolve.dispose();
    this.mirrors?.dispose();
    this.accumulate.dispose();
  }
}
