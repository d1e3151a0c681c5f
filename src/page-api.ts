import type { Precision } from './core/contract';
import type { BenchmarkOptions, BenchmarkResult } from './bench/result';
import type { Settings, ViewId } from './core/settings';
import type { InferenceTiming } from './pipeline/infer';

/** Everything about the last frame that the HUD and scripts want to know. */
export interface FrameStats {
  /** Scene time in 1/60 s steps (fractional while playing live). */
  frame: number;
  timeS: number;
  /** Length of the scene's loop in seconds. */
  durationS: number;
  /** Wall time of the whole frame on the CPU, GPU waits included where the CPU path reads back. */
  frameMs: number;
  /** Submitting G-buffer, guide and the stages between. */
  inputsMs: number;
  inference: InferenceTiming;
  viewsMs: number;
  /** Passes on the GPU of each stage in the last recorded frame; 0 for stages that rested. */
  readonly passes: Record<string, number>;
  fps: number;
  inputSize: [number, number];
  outputSize: [number, number];
  /** Where three draws: a WebGPU adapter's name or WebGL2. */
  adapter: string;
  backend: 'webgpu' | 'wasm' | 'none';
  model: string;
  /** What the network reckons with; null without one. */
  precision: Precision | null;
  ai: 'running' | 'off' | 'loading' | `failed: ${string}`;
}

/** RGBA image, top row first. */
export interface ImageData8 {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
export interface ImageDataLinear {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}
/** RGBA half floats, top row first; `channels` is always 4. */
export interface HalfImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 4;
  readonly data: Uint16Array;
}

export interface CameraState {
  readonly matrixWorld: number[];
  /** Jittered projection of the G-buffer. */
  readonly projectionMatrix: number[];
  /** Jittered projection of the guide. */
  readonly guideProjectionMatrix: number[];
  readonly unjitteredProjectionMatrix: number[];
}

/** A light as the path tracer wants it: world space, linear colour × intensity, with the emitter's physical size. */
export interface LightState {
  readonly type: 'directional' | 'point' | 'spot';
  readonly color: [number, number, number];
  readonly position: [number, number, number];
  /** The way the light travels. */
  readonly direction: [number, number, number];
  readonly radiusM: number;
  readonly angularDiameterDeg: number;
  readonly angleRad: number;
  readonly penumbra: number;
}

/** Inputs of one frame as the stages saw them. */
export interface FrameBuffers {
  readonly inputSize: [number, number];
  readonly outputSize: [number, number];
  readonly frame: number;
  readonly timeS: number;
  /** Network exposure e. */
  readonly exposure: number;
  /** Average of the probe grid, linear RGB. */
  readonly flatAmbient: [number, number, number];
  readonly camera: CameraState;
  readonly lights: LightState[];
  /** G-buffer images by name, `guide-*` images, `ao`, and as linear L `lit`, the `mirror` rays and the `bounce` gather. */
  readonly images: Record<string, HalfImage>;
}

/** The scene at the current frame for an offline renderer. */
export interface ExportedScene {
  /** GLB: every mesh a node `mesh-<i>`, geometry in local space (world space where it deforms). */
  readonly glb: ArrayBuffer;
  readonly environment: { width: number; height: number; data: Float32Array } | null;
  /** World matrices (column-major) of the nodes. */
  readonly nodes: Record<string, number[]>;
  /** Radiance (colour × intensity, linear RGB) of the nodes that glow: emission may be animated, the GLB holds one value. */
  readonly emissive: Record<string, [number, number, number]>;
  /** Skinned or morphed meshes are frozen at this frame: export again for the next one. */
  readonly deforming: boolean;
}

export type { BenchmarkOptions, BenchmarkResult } from './bench/result';

/** How to load a GLB. */
export interface LoadOptions {
  /**
   * `none` = black, `sky` = the built-in sky, `auto` = that sky for a file without lights, or the URL of an equirectangular
   * .hdr file. Default: none; what visitors open has `auto`.
   */
  readonly environment?: string;
}

/** `window.demo`: the stable surface that tests, captures, evaluation and benchmarks drive. */
export interface DemoApi {
  /** Resolves when the first frame is on screen and the network (if any) runs. */
  readonly ready: Promise<void>;
  readonly settings: Readonly<Settings>;
  /** Changes settings; rejects with a SettingsError naming what is wrong and changes nothing then. */
  apply(partial: Partial<Settings>): Promise<void>;
  /** Loads a built-in or generated scene by name, or a GLB by URL or File. Keeps the old scene on failure. */
  load(source: string | File, options?: LoadOptions): Promise<void>;
  /** Goes to a frame (1/60 s steps), forgets history, re-bakes the probes and draws. */
  seek(frame: number): Promise<void>;
  /** Renders `n` frames 1/60 s apart; resolves when the last is presented. */
  step(n?: number): Promise<void>;
  /** A view of the current frame at output size. Views asked for once are kept warm in later steps. */
  pixels(view: ViewId): Promise<ImageData8>;
  pixels(view: ViewId, options: { linear: true }): Promise<ImageDataLinear>;
  buffers(): Promise<FrameBuffers>;
  /** The packed network input of the last run, NCHW. */
  networkInput(): Promise<{ data: Float32Array; shape: readonly number[] }>;
  readonly stats: Readonly<FrameStats>;
  /** Measures every combination of the options on the same frames; the settings come back afterwards. */
  benchmark(options?: BenchmarkOptions): Promise<BenchmarkResult>;
  exportScene(): Promise<ExportedScene>;
}

declare global {
  interface Window {
    demo: DemoApi;
  }
}
