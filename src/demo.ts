import type { WebGPURenderer } from 'three/webgpu';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import type { Capability } from './core/device';
import { readAttachment } from './core/gpu-handles';
import { outputSize } from './core/output-size';
import { applySettings, qualityScale } from './core/settings';
import type { Settings, ViewId } from './core/settings';
import { initialStats } from './frame-stats';
import { Measure } from './measure';
import type { FrameStats } from './page-api';
import type { Inference } from './pipeline/infer';
import { Pipeline } from './pipeline/pipeline';
import type { DemoScene } from './scenes/scene';
import { Picture } from './views/picture';
import type { NetworkState } from './views/picture';
import type { Pixels } from './views/present';
import { Views } from './views/views';

/** Scene time of one step in seconds. */
export const STEP_S = 1 / 60;

/**
 * The running demo: one scene, one pipeline, the picture, and the clock. Everything that draws goes through
 * `exclusive`, so that a frame is never drawn into the middle of another one.
 */
export class Demo {
  readonly pipeline: Pipeline;
  readonly stats: FrameStats;
  readonly measure: Measure;
  scene: DemoScene | null = null;
  readonly picture: Picture;
  private readonly orbit: OrbitControls;
  inference: Inference | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private jobs = 0;
  /** Whether the frame that is there is one of this scene and size. */
  private isDrawn = false;
  private isRelit = false;
  private frame = 0;
  private jitterIndex = 0;
  private resetNext = true;

  constructor(
    private readonly renderer: WebGPURenderer,
    private readonly capability: Capability,
    readonly settings: Settings,
    private readonly stage: HTMLElement,
  ) {
    this.pipeline = new Pipeline(renderer);
    this.picture = new Picture(this.pipeline, settings, () => this.networkState);
    this.orbit = new OrbitControls(this.pipeline.camera, renderer.domElement);
    this.orbit.enabled = false;
    this.stats = initialStats(capability, settings);
    this.measure = new Measure(renderer, this.stats, settings);
  }

  /** Runs jobs one after another. */
  exclusive<T>(job: () => T | Promise<T>): Promise<T> {
    this.jobs++;
    const result = this.queue.then(job);
    this.queue = result.catch(() => undefined).finally(() => this.jobs--);
    return result;
  }

  /** Whether a job runs or waits. */
  get isBusy(): boolean {
    return this.jobs > 0;
  }

  /** Shows another scene; the caller has loaded it completely, so nothing can fail half-way. */
  setScene(scene: DemoScene): void {
    const old = this.scene;
    this.scene = scene;
    this.place(0);
    this.pipeline.setScene(scene);
    if (old && old !== scene) old.dispose();
    this.stats.durationS = scene.durationS;
    this.isDrawn = false;
    this.resetNext = true;
  }

  /** Takes over settings that were already validated. */
  async settingsChanged(changed: readonly (keyof Settings)[]): Promise<void> {
    if (changed.includes('quality') || changed.includes('size')) await this.resize();
    if (changed.includes('cameraMode')) this.startOrbit();
    if (changed.includes('quality') || changed.includes('scene')) this.resetNext = true;
    if (changed.includes('frame')) this.frame = this.settings.frame;
  }

  async setInference(inference: Inference | null): Promise<void> {
    const old = this.inference;
    this.inference = null;
    await this.pipeline.setInference(inference);
    this.inference = inference;
    this.isRelit = false;
    this.resetNext = true;
    await old?.dispose();
  }

  /** Fits canvas and stages to the settings. */
  async resize(): Promise<void> {
    const { settings, stage, renderer, capability } = this;
    // First, since the stage takes its place in the window only then.
    stage.dataset.size = settings.size === 'fit' ? 'fit' : 'fixed';
    const { width, height } = outputSize(settings, stage, capability);
    const scale = qualityScale[settings.quality];
    const size = {
      input: { width: Math.ceil(width / scale), height: Math.ceil(height / scale) },
      output: { width, height },
      scale,
    };
    renderer.setPixelRatio(1);
    renderer.setSize(width, height, false);
    this.stats.inputSize = [size.input.width, size.input.height];
    this.stats.outputSize = [width, height];
    await this.pipeline.resize(size);
    this.picture.resize(size);
    this.isDrawn = false;
    this.resetNext = true;
  }

  /** Moves the scene's clock, in frames, wrapped to the scene's length. */
  private place(frame: number): void {
    const { scene, settings, pipeline } = this;
    if (!scene) return;
    this.frame = frame;
    const timeS = (frame * STEP_S) % scene.durationS;
    scene.animate(timeS);
    scene.flyCamera(timeS);
    if (settings.cameraMode === 'path') pipeline.copyCamera(scene.camera);
    settings.frame = frame;
  }

  /** Deterministic jump: everything about the frame follows from its number. */
  async seek(frame: number): Promise<void> {
    this.place(frame);
    this.scene?.root.updateMatrixWorld();
    this.pipeline.world.bake();
    this.jitterIndex = Math.round(frame);
    this.resetNext = true;
    await this.draw(0);
  }

  /** Advances the clock by `frames` steps of 1/60 s (0 while paused) and draws. */
  async advance(frames: number, probes: number): Promise<void> {
    const moved = this.settings.paused ? 0 : frames;
    this.place(this.frame + moved);
    if (this.settings.cameraMode === 'orbit') this.orbit.update();
    await this.draw(probes);
  }

  private async draw(probes: number): Promise<void> {
    const { pipeline, settings, stats } = this;
    const start = performance.now();
    this.measure.startFrame();
    this.isDrawn = true;
    this.isRelit = false;
    this.picture.startFrame(this.resetNext);
    pipeline.draw({
      jitterIndex: settings.seed + this.jitterIndex++,
      reset: this.resetNext,
      probes,
      rays: settings.rays,
      shaded: this.picture.needsShading,
    });
    const drawn = performance.now();
    await this.show();
    stats.frame = this.frame;
    stats.timeS = this.frame * STEP_S;
    stats.durationS = this.scene?.durationS ?? 0;
    stats.inputsMs = drawn - start;
    stats.frameMs = performance.now() - start;
    if (this.inference) stats.inference = this.inference.timing;
    this.measure.endFrame();
  }

  /** Shows the frame that is there. */
  private async show(): Promise<void> {
    const { measure, inference, picture } = this;
    const start = performance.now();
    if (picture.needsNetwork) await this.relight();
    if (picture.needsNetwork && inference) measure.inference(inference, start);
    const inferred = performance.now();
    picture.show();
    this.resetNext = false;
    this.stats.viewsMs = performance.now() - inferred;
  }

  private get networkState(): NetworkState {
    if (this.inference) return 'there';
    return this.stats.ai === 'loading' ? 'loading' : 'missing';
  }

  private async relight(): Promise<void> {
    if (!this.inference || this.isRelit) return;
    await this.pipeline.relight(this.settings.intensity);
    this.isRelit = true;
  }

  /** Reads a view of the current frame and keeps it warm from now on. */
  async read(id: ViewId, linear: boolean): Promise<Pixels<Uint8Array> | Pixels<Uint16Array>> {
    this.picture.check(id);
    if (Views.needsNetwork(id)) {
      if (!this.inference)
        throw new Error(`View "${id}" needs the network, which is ${this.stats.ai}.`);
      await this.relight();
    }
    return this.picture.read(id, linear);
  }

  /** Compiles what the network's view needs beside the network, which may start meanwhile. */
  prepareAi(): void {
    const { pipeline, picture, settings } = this;
    if (!this.isDrawn || settings.backend === 'none') return;
    if (!picture.asks(Views.needsNetwork)) return;
    pipeline.rayLightings();
    picture.draw('ai');
  }

  /**
   * First run of a network, which compiles its kernels; shows what it makes of the frame that is there. Mirrors come with the next
   * frame, or when a script reads this one: an emulated GPU takes most of a second to compile them.
   */
  async introduce(): Promise<void> {
    const { pipeline, picture } = this;
    await this.relight();
    if (!this.isDrawn) return;
    picture.startFrame(true);
    pipeline.hasMirrors = false;
    try {
      picture.show();
    } finally {
      pipeline.hasMirrors = true;
    }
    picture.startFrame(true);
    this.resetNext = false;
  }

  networkInput() {
    if (!this.inference) throw new Error(`There is no network: ${this.stats.ai}.`);
    return this.inference.readInput();
  }

  /** Resolves when the GPU has finished everything queued so far. */
  gpuDone(): Promise<unknown> {
    const { capability } = this;
    return capability.kind === 'webgpu'
      ? capability.device.queue.onSubmittedWorkDone()
      : Promise.resolve();
  }

  /** Mean lighting of the surfaces in the first frame of the scene: radiance that white ones would have. */
  async meanLighting(): Promise<number> {
    const { pipeline, renderer } = this;
    await this.seek(0);
    pipeline.shaded();
    const levels = (await readAttachment(renderer, pipeline.levels.target)) as Float32Array;
    return 1 / levels[3]!;
  }

  private startOrbit(): void {
    const { orbit, pipeline, scene, settings } = this;
    orbit.enabled = settings.cameraMode === 'orbit';
    if (!orbit.enabled || !scene) return;
    const distance = scene.probeBounds.distanceToPoint(pipeline.camera.position) + 3;
    pipeline.camera
      .getWorldDirection(orbit.target)
      .multiplyScalar(distance)
      .add(pipeline.camera.position);
  }

  /** Validates and applies; the page's wiring reacts to what changed. */
  apply(partial: Partial<Settings>): readonly (keyof Settings)[] {
    return applySettings(this.settings, partial);
  }
}
