import type { WebGPURenderer } from 'three/webgpu';
import { hasTimestamps, passGpuMs, setTimestamps } from '../core/gpu-handles';
import type { FrameRecord } from './frame-profiler';

/**
 * GPU time of the passes of a frame, from three's timestamp queries. Chrome rounds to 100 µs unless started with
 * `--enable-webgpu-developer-features`, so only means and medians over many frames say something.
 */
export class GpuTimer {
  /** The browser and the adapter offer timestamp queries. */
  readonly available: boolean;
  private pending: Promise<void> | null = null;
  private on = false;

  constructor(private readonly renderer: WebGPURenderer) {
    this.available = hasTimestamps(renderer);
  }

  /** Costs two queries a pass and one small read-back a frame while it is on. */
  set enabled(on: boolean) {
    this.on = on && this.available;
    setTimestamps(this.renderer, this.on);
  }

  get enabled(): boolean {
    return this.on;
  }

  /** Fills in the frame's GPU times; resolves to false at once where none will come: off, or still busy with another. */
  async resolve(frame: FrameRecord): Promise<boolean> {
    if (!this.on || this.pending) return false;
    this.pending = this.read(frame);
    try {
      await this.pending;
    } finally {
      this.pending = null;
    }
    return true;
  }

  private async read({ passes, count }: FrameRecord): Promise<void> {
    const { renderer } = this;
    await Promise.all([
      renderer.resolveTimestampsAsync('render'),
      renderer.resolveTimestampsAsync('compute'),
    ]);
    for (let i = 0; i < count; i++) {
      const pass = passes[i]!;
      if (pass.uid) pass.gpuMs = passGpuMs(renderer, pass.uid);
    }
  }
}
