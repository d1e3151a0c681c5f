import type { WebGPURenderer } from 'three/webgpu';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import type { Capability } from './core/device';
import { outputSize } from './core/output-size';
import { applySettings, qualityScale } from './core/settings';
import type { Settings, ViewId } from './core/settings';
import { initialStats } from './frame-stats';
import { Measure } from './measure';
import type { FrameStats } from './page-api';
import type { Inference } from './pipeline/infer';
import { Pipeline } from './pipeline/pipeline';
import type { DemoScene } from './scenes/scene';
import { Present } from './views/present';
import type { Pixels } from './views/present';
import type { View } from './views/view';
import { Views } from './views/views';

/** Scene time of one step in seconds. */
export const STEP_S = 1 / 60;

/**
 * The running demo: one scene, one pipeline, the views, and the clock. Everything that draws goes through
 * `exclusive`, so that a frame is never drawn into the middle of another one.
 */
export class Demo {
  readonly pipeline: Pipeline;
  readonly stats: FrameStats;
  readonly measure: Measure;
  scene: DemoScene | null = null;
  private readonly views: Views;
  private readonly present: Present;
  private readonly orbit: OrbitControls;
  private readonly watched = new Set<ViewId>();
  /** Views of the current frame; kept, so that frames allocate nothing. */
  private readonly shown = new Set<ViewId>();
  private readonly drawnAt = new Map<ViewId, number>();
  inference: Inference | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private frameSerial = 0;
  private relitSerial = -1;
  private resetSerial = -1;
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
    this.views = new Views(this.pipeline);
    this.present = new Present(renderer, this.pipeline.levels.exposure);
    this.orbit = new OrbitControls(this.pipeline.camera, renderer.domElement);
    this.orbit.enabled = false;
    this.stats = initialStats(capability, settings);
    this.measure = new Measure(renderer, this.stats, settings);
  }

  /** Runs jobs one after another. */
  exclusive<T>(job: () => T | Promise<T>): Promise<T> {
    const result = this.queue.then(job);
    this.queue = result.catch(() => undefined);
    return result;
  }

  /** Shows another scene; the caller has loaded it completely, so nothing can fail half-way. */
  setScene(scene: DemoScene): void {
    const old = this.scene;
    this.scene = scene;
    this.place(0);
    this.pipeline.setScene(scene);
    if (old && old !== scene) old.dispose();
    this.stats.durationS = scene.durationS;
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
    this.relitSerial = -1;
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
    this.views.resize(size);
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
    this.frameSerial++;
    if (this.resetNext) this.resetSerial = this.frameSerial;
    pipeline.draw({
      jitterIndex: settings.seed + this.jitterIndex++,
      reset: this.resetNext,
      probes,
      rays: settings.rays,
    });
    const drawn = performance.now();
    const compare = settings.compareView === 'off' ? null : settings.compareView;
    const { shown } = this;
    shown.clear();
    this.watched.forEach((id) => shown.add(id));
    shown.add(this.available(settings.view));
    if (compare) shown.add(this.available(compare));
    let network = false;
    for (const id of shown) network ||= Views.needsNetwork(id);
    if (network) await this.relight();
    if (network && this.inference) this.measure.inference(this.inference, drawn);
    const inferred = performance.now();
    for (const id of shown) this.drawView(id);
    this.present.exposure.value = settings.exposure;
    this.present.render(
      this.views.get(this.available(settings.view)),
      compare ? this.views.get(this.available(compare)) : null,
      settings.splitPosition,
    );
    this.resetNext = false;
    stats.frame = this.frame;
    stats.timeS = this.frame * STEP_S;
    stats.durationS = this.scene?.durationS ?? 0;
    stats.inputsMs = drawn - start;
    stats.viewsMs = performance.now() - inferred;
    stats.frameMs = performance.now() - start;
    if (this.inference) stats.inference = this.inference.timing;
    this.measure.endFrame();
  }

  private async relight(): Promise<void> {
    if (!this.inference || this.relitSerial === this.frameSerial) return;
    await this.pipeline.relight(this.settings.intensity);
    this.relitSerial = this.frameSerial;
  }

  /** Why one of the views that the settings name cannot be drawn here; null if they can. */
  get viewProblem(): string | null {
    const { view, compareView } = this.settings;
    const lacking = [view, compareView].find((id) => id !== 'off' && this.views.whyNot(id));
    return lacking ? cannotDraw(lacking as ViewId, this.views) : null;
  }

  /** Without a network, its views show what comes closest, and so do those that this machine cannot draw; while it loads the frame that costs least. */
  available(id: ViewId): ViewId {
    if (this.views.whyNot(id)) return 'taau';
    if (!Views.needsNetwork(id) || this.inference) return id;
    return this.stats.ai === 'loading' ? 'raw' : 'resolve';
  }

  /** Draws a view once a frame; one that missed the last frame starts without history. */
  private drawView(id: ViewId): View {
    const view = this.views.get(id);
    const last = this.drawnAt.get(id);
    if (last === this.frameSerial) return view;
    view.render(this.resetSerial === this.frameSerial || last !== this.frameSerial - 1);
    this.drawnAt.set(id, this.frameSerial);
    return view;
  }

  /** Reads a view of the current frame and keeps it warm from now on. */
  async read(id: ViewId, linear: boolean): Promise<Pixels<Uint8Array> | Pixels<Uint16Array>> {
    if (this.views.whyNot(id)) throw new Error(cannotDraw(id, this.views));
    if (Views.needsNetwork(id)) {
      if (!this.inference)
        throw new Error(`View "${id}" needs the network, which is ${this.stats.ai}.`);
      await this.relight();
    }
    this.watched.add(id);
    const view = this.drawView(id);
    const { width, height } = this.pipeline.size.output;
    this.present.exposure.value = this.settings.exposure;
    return linear
      ? this.present.readLinear(view, width, height)
      : this.present.read8(view, width, height);
  }

  /** Lets go of the views that were read, so that only what is shown is drawn. */
  unwatch(): void {
    this.watched.clear();
  }

  /** Compiles what the network's view needs beside the network, which may start meanwhile. */
  prepareAi(): void {
    const { pipeline, settings } = this;
    if (this.frameSerial === 0 || settings.backend === 'none') return;
    if (![settings.view, settings.compareView].some((id) => id !== 'off' && Views.needsNetwork(id)))
      return;
    pipeline.rayLightings();
    this.drawView('ai');
  }

  /** First run of the network: compiles its kernels. */
  async warmUp(): Promise<void> {
    await this.relight();
    this.relitSerial = -1;
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

const cannotDraw = (id: ViewId, views: Views): string =>
  `View "${id}" cannot be drawn here: ${views.whyNot(id)}.`;
