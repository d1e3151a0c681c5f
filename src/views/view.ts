import type { Texture } from 'three/webgpu';

/** One way of showing a frame. All views look alike from outside; toggling means choosing another value. */
export interface View {
  /** The picture: W×H or w×h. */
  readonly texture: Texture;
  /** What its numbers are. */
  readonly content: Content;
  /** Of a packed picture: r = 1 where it shows nothing but what is behind the scene, for which the sky itself is shown. */
  readonly background?: Texture;
  /** Low-resolution pixels shown as they are instead of smoothed. */
  readonly pixelated: boolean;
  /** Draws the view for the current frame. `reset` drops what it remembers of earlier frames. */
  render(reset: boolean): void;
  resize(size: FrameSize): void;
  dispose(): void;
}

/**
 * - radiance: linear and HDR
 * - packed: the same in units of the frame's mean lighting, as `encodePicture` packs it
 * - display: display-referred RGB in [0,1]; no exposure, tone mapping or transfer function applies
 */
export type Content = 'radiance' | 'packed' | 'display';

/** Sizes of one frame in pixels. */
export interface FrameSize {
  readonly input: Size;
  readonly output: Size;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}
