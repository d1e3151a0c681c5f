import { InspectorBase } from 'three/webgpu';
import type { Camera, ComputeNode, Object3D, RenderTarget } from 'three/webgpu';
import { stageOfCompute, stageOfRender } from './pass-name';

/** One pass, or one span of work on the CPU. */
export interface PassRecord {
  stage: string;
  /** three's name of the pass in its timestamp queries; empty for spans. */
  uid: string;
  startMs: number;
  endMs: number;
  /** Time of passes drawn inside this one (shadow maps inside the G-buffer). */
  nestedMs: number;
  /** NaN until the GPU has answered, or where it cannot. */
  gpuMs: number;
}

/** One frame as it was recorded; its passes are the first `count` of `passes`, in order of their beginning. */
export interface FrameRecord {
  startMs: number;
  endMs: number;
  count: number;
  readonly passes: PassRecord[];
}

/**
 * Listens to three as its inspector: every render and dispatch with its stage and its time on the CPU, without a line
 * in the stages themselves. While it is off it returns at once; while on it uses its records again, so that it
 * allocates nothing once the longest frame has been seen.
 */
export class FrameProfiler extends InspectorBase {
  /** Whether the next frame is recorded. */
  recording = true;
  private readonly free: FrameRecord[] = [];
  private readonly open: PassRecord[] = [];
  private frame: FrameRecord | null = null;

  startFrame(): void {
    if (!this.recording) return;
    // A frame that failed half-way is begun again.
    this.frame ??= this.free.pop() ?? { startMs: 0, endMs: 0, count: 0, passes: [] };
    this.frame.count = 0;
    this.frame.startMs = performance.now();
    this.open.length = 0;
  }

  /** The recorded frame, to be given back with `release`; null while the profiler is off. */
  endFrame(): FrameRecord | null {
    const { frame } = this;
    this.frame = null;
    if (frame) frame.endMs = performance.now();
    return frame;
  }

  /** Lets the profiler use a frame's records again. */
  release(frame: FrameRecord): void {
    this.free.push(frame);
  }

  /** Adds work that three does not know of, such as the network. */
  span(stage: string, startMs: number, endMs: number): void {
    const record = this.take(stage, '', startMs);
    if (record) record.endMs = endMs;
  }

  override beginRender(uid: string, scene: Object3D, camera: Camera, target: RenderTarget): void {
    if (this.frame) this.openPass(stageOfRender(scene, camera, target), uid);
  }

  override finishRender(): void {
    this.closePass();
  }

  override beginCompute(uid: string, node: ComputeNode): void {
    if (this.frame) this.openPass(stageOfCompute(node), uid);
  }

  override finishCompute(): void {
    this.closePass();
  }

  private openPass(stage: string, uid: string): void {
    const record = this.take(stage, uid, performance.now());
    if (record) this.open.push(record);
  }

  private closePass(): void {
    const record = this.open.pop();
    if (!record) return;
    record.endMs = performance.now();
    const outer = this.open.at(-1);
    if (outer) outer.nestedMs += record.endMs - record.startMs;
  }

  private take(stage: string, uid: string, startMs: number): PassRecord | null {
    const { frame } = this;
    if (!frame) return null;
    const record = (frame.passes[frame.count] ??= {} as PassRecord);
    frame.count++;
    record.stage = stage;
    record.uid = uid;
    record.startMs = record.endMs = startMs;
    record.nestedMs = 0;
    record.gpuMs = NaN;
    return record;
  }
}
