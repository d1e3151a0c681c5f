import type { BackendName, ModelName, Quality, SizePx, ViewId } from '../core/settings';
import type { LongTaskCount } from './long-tasks';
import type { Summary } from './stats';

/** What to measure: every combination of the lists; what is left out stays as it is set. */
export interface BenchmarkOptions {
  /** Frames measured per combination; default 60. */
  readonly frames?: number;
  /** Frames drawn before, so that shaders are compiled and history is warm; default 10. */
  readonly warmUp?: number;
  readonly views?: readonly ViewId[];
  readonly qualities?: readonly Quality[];
  readonly models?: readonly ModelName[];
  readonly backends?: readonly BackendName[];
  readonly sizes?: readonly (SizePx | 'fit')[];
  /** Measure the pace on the display's clock as well; default true. */
  readonly vsync?: boolean;
}

/** Median times of a stage over the frames that were recorded. */
export interface StageResult {
  readonly passes: number;
  readonly cpuMs: number;
  /** null where the GPU does not say. */
  readonly gpuMs: number | null;
}

/** Pace of frames that each waited for the display. */
export interface VsyncResult extends Summary {
  /** Interval of the display. */
  readonly refreshMs: number;
  /** Frames of the display without a new picture. */
  readonly dropped: number;
}

/** One combination. */
export interface CellResult {
  readonly scene: string;
  readonly view: ViewId;
  readonly quality: Quality;
  readonly backend: string;
  readonly model: string;
  readonly adapter: string;
  readonly inputSize: [number, number];
  readonly outputSize: [number, number];
  readonly frames: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Each frame from its start until the GPU is done with it, one after another. */
  readonly frameMs: number[];
  readonly uncapped: Summary;
  readonly vsync: VsyncResult | null;
  /** By name, in the order of the data; measured in frames of their own, since measuring costs. */
  readonly stages: Record<string, StageResult>;
  /** During the uncapped frames; null where the browser does not tell. */
  readonly longTasks: LongTaskCount | null;
  /** Multiply-adds of the network per pixel of the picture, padding included; 0 for views without it. */
  readonly macsPerOutputPixel: number;
  /** What three holds on the GPU. */
  readonly gpuBytes: { readonly textureBytes: number; readonly bufferBytes: number };
}

/** A combination that could not be measured. */
export interface FailedCell {
  readonly view: ViewId;
  readonly quality: Quality;
  readonly model: ModelName;
  readonly backend: BackendName;
  readonly error: string;
}

/** Something about the machine or the page that makes times say less. */
export interface Flag {
  readonly kind:
    'software-adapter' | 'not-isolated' | 'hidden' | 'throttled' | 'busy' | 'coarse-clock';
  readonly text: string;
}

/** Where the times were taken. */
export interface Environment {
  readonly date: string;
  readonly userAgent: string;
  readonly platform: string;
  readonly cores: number;
  readonly adapter: string;
  readonly softwareAdapter: boolean;
  readonly gpuFeatures: readonly string[];
  readonly crossOriginIsolated: boolean;
  readonly three: string;
  /** What ran the network last, with its version and threads. */
  readonly runtime: string | null;
  readonly contract: {
    readonly name: string;
    readonly sha256: string;
    readonly bytes: number;
    readonly macsPerPixel: number;
  } | null;
  /** Interval of the display's frames while nothing was drawn. */
  readonly idleFrameMs: number;
  readonly flags: readonly Flag[];
}

/** The first combination's figures, for callers that measure one, and all of them in `cells`. */
export interface BenchmarkResult extends CellResult {
  readonly seed: number;
  readonly environment: Environment;
  readonly cells: readonly CellResult[];
  readonly failed: readonly FailedCell[];
}
