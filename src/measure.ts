import type { WebGPURenderer } from 'three/webgpu';
import { FramePace } from './bench/frame-pace';
import { FrameProfiler } from './bench/frame-profiler';
import type { FrameRecord } from './bench/frame-profiler';
import { GpuTimer } from './bench/gpu-timer';
import { StageMeans } from './bench/stage-times';
import { drawCpuTracks, drawGpuTrack } from './bench/tracks';
import type { FrameProperties } from './bench/tracks';
import type { Settings } from './core/settings';
import type { FrameStats } from './page-api';
import type { Inference } from './pipeline/infer';

/** GPU memory that three has allocated, in bytes; the network's own buffers are ONNX Runtime's. */
export interface GpuMemory {
  readonly textureBytes: number;
  readonly bufferBytes: number;
}

/** Measures the frames that the demo draws: for the HUD, for the tracks in DevTools and for the benchmark. */
export class Measure {
  readonly pace = new FramePace();
  readonly means = new StageMeans();
  /** Gets each recorded frame once its GPU times are in; the frame must not be kept. */
  onFrame: ((frame: FrameRecord) => void) | null = null;
  private readonly profiler = new FrameProfiler();
  private readonly gpu: GpuTimer;
  private properties: FrameProperties = [];
  private propertiesOf = '';
  private network: Inference | null = null;

  constructor(
    private readonly renderer: WebGPURenderer,
    private readonly stats: Readonly<FrameStats>,
    private readonly settings: Readonly<Settings>,
  ) {
    this.gpu = new GpuTimer(renderer);
    renderer.inspector = this.profiler;
  }

  /** Whether frames are recorded at all; tracks and stage times end with it. */
  set recording(on: boolean) {
    this.profiler.recording = on;
  }

  get recording(): boolean {
    return this.profiler.recording;
  }

  /** Times the passes on the GPU as well: two queries a pass and one read-back a frame. */
  set gpuTimes(on: boolean) {
    this.gpu.enabled = on;
  }

  get gpuTimes(): boolean {
    return this.gpu.enabled;
  }

  /** Whether the GPU can be asked for times. */
  get gpuTimesAvailable(): boolean {
    return this.gpu.available;
  }

  get memory(): GpuMemory {
    const { memory } = this.renderer.info;
    const bufferBytes = memory.total - memory.texturesSize - memory.programsSize;
    return { textureBytes: memory.texturesSize, bufferBytes };
  }

  startFrame(): void {
    this.profiler.startFrame();
  }

  /**
   * Adds the run of the network that began at `startMs`: waiting for the GPU, reading back, network, upload, one after
   * the other.
   */
  inference(inference: Inference, startMs: number): void {
    const { packMs, copyMs, networkMs, unpackMs } = inference.timing;
    const [packed, done] = [startMs + packMs, startMs + packMs + networkMs];
    const onCpu = inference.backend === 'wasm';
    if (onCpu) this.profiler.span('GPU wait', startMs, packed - copyMs);
    if (onCpu) this.profiler.span('Read-back', packed - copyMs, packed);
    this.profiler.span('Network', packed, done);
    if (onCpu) this.profiler.span('Upload', done, done + unpackMs);
    if (inference.bracket) inference.bracket.enabled = this.gpu.enabled;
    this.network = inference;
  }

  endFrame(): void {
    const frame = this.profiler.endFrame();
    if (!frame) return;
    this.countPasses(frame);
    drawCpuTracks(frame, this.describe());
    void this.finish(frame);
  }

  /** Runs on after the frame: the GPU's answer comes later, and nobody waits for it. */
  private async finish(frame: FrameRecord): Promise<void> {
    const networkGpuMs = this.network?.timing.networkGpuMs ?? null;
    try {
      if (await this.gpu.resolve(frame)) {
        const network = frame.passes.find(({ stage }, i) => i < frame.count && stage === 'Network');
        if (network) network.gpuMs = networkGpuMs ?? NaN;
        drawGpuTrack(frame);
      }
    } finally {
      this.means.add(frame);
      this.onFrame?.(frame);
      this.profiler.release(frame);
    }
  }

  /** The same object every frame: nothing to collect. */
  private countPasses({ passes, count }: FrameRecord): void {
    const counts = this.stats.passes;
    for (const stage in counts) counts[stage] = 0;
    for (let i = 0; i < count; i++) {
      const { stage, uid } = passes[i]!;
      if (uid) counts[stage] = (counts[stage] ?? 0) + 1;
    }
  }

  /** What the frame's entry in the tracks says; built again only when something changed. */
  private describe(): FrameProperties {
    const { stats, settings } = this;
    const [input, output] = [stats.inputSize.join('×'), stats.outputSize.join('×')];
    const { view, quality, scene } = settings;
    const { model, backend, adapter } = stats;
    const key = `${scene} ${view} ${quality} ${input} ${output} ${model} ${backend}`;
    if (key !== this.propertiesOf) {
      this.propertiesOf = key;
      const size = `${input} → ${output} (${quality})`;
      this.properties = Object.entries({ scene, view, size, model, backend, adapter });
    }
    return this.properties;
  }
}
