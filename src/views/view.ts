import type { Texture } from 'three/webgpu';

/** One way of showing a frame. All views look alike from outside; toggling means choosing another value. */
export interface View {
  /** The picture: W×H or w×h, linear HDR radiance, or display-referred RGB where `display` is true. */
  readonly texture: Texture;
  /** Already display-referred: no exposure, tone mapping or transfer function applies. */
  readonly display: boolean;
  /** Low-resolution pixels shown as they are instead of smoothed. */
  readonly pixelated: boolean;
  /** Draws the view for the current frame. `reset` drops what it remembers of earlier frames. */
  render(reset: boolean): void;
  resize(size: FrameSize): void;
  dispose(): void;
}

/** Sizes of one frame in pixels. */
export interface FrameSize {
  readonly input: Size;
  readonly output: Size;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}
