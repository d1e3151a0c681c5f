import type { WebGPURenderer } from 'three/webgpu';
import { drawnBy } from './core/device';
import type { Capability } from './core/device';
import { defaultSettings } from './core/settings';
import type { Settings } from './core/settings';
import { STEP_S } from './demo';
import type { Demo } from './demo';
import { fetchNetwork, prefetchNetwork, startNetwork } from './network';
import { builtInEntries } from './scenes/entries';
import { createScene } from './scenes/registry';
import { benchmarkAndSave } from './run-benchmark';
import type { LoadOptions } from './page-api';
import { exposureFor } from './core/exposure';
import { loadGltf } from './scenes/load-gltf';
import { SplitDivider } from './ui/compare';
import type { PageElements } from './ui/elements';
import { ControlPanel } from './ui/gui';
import { Hud } from './ui/hud';
import type { AiState } from './ui/hud';
import { bindKeys } from './ui/keys';
import type { NoticeStack } from './ui/notice';
import type { Progress } from './ui/progress';

/** Frames a slow machine may skip at once, so that time does not leap after a pause of the tab. */
const MAX_SKIP_FRAMES = 6;
/** Files without lights are not to be black. */
const FOR_VISITORS: LoadOptions = { environment: 'auto' };
/** Probes re-baked a frame, so that the whole lattice follows its lights within a few frames. */
const PROBES_PER_FRAME = { gpu: 64, cpu: 32 } as const;

/** Connects the demo with the page: controls, HUD, network, animation loop. */
export class PageLoop {
  /** Scripts that seek take the clock over; playing on or touching a control gives it back. */
  scripted = false;
  private readonly panel: ControlPanel;
  private readonly divider: SplitDivider;
  private readonly hud: Hud;
  private stopped = false;
  private drawing = false;
  /** The last frame that the loop drew; it never fails. */
  private frame: Promise<void> = Promise.resolve();
  /** Whether the loop draws in the middle of a job, which waits for files. */
  private plays = false;
  private aiMarked = false;
  private lastMs = 0;

  constructor(
    private readonly demo: Demo,
    private readonly renderer: WebGPURenderer,
    private readonly capability: Capability,
    elements: PageElements,
    private readonly notices: NoticeStack,
    private readonly progress: Progress,
  ) {
    const { page, stage, hud, keyHelp, controls } = elements;
    const { settings } = demo;
    const onChange = (partial: Partial<Settings>): void => this.change(partial);
    const refuse = (text: string): void => notices.notify('error', text);
    this.panel = new ControlPanel({
      container: controls,
      page,
      settings,
      defaults: defaultSettings(drawnBy(capability)),
      scenes: Object.values(builtInEntries),
      onChange,
      onFile: (file) => void this.open(file).catch((error: Error) => refuse(error.message)),
      onFileRefused: refuse,
      onBenchmark: () =>
        void benchmarkAndSave(demo, this, capability, progress)
          .then((text) => notices.notify('info', text))
          .catch((error: Error) => refuse(error.message)),
    });
    this.divider = new SplitDivider({ stage, onChange });
    const { measure } = demo;
    this.hud = new Hud(hud, {
      gpuTimes: measure.gpuTimesAvailable,
      onOpen: (open) => (measure.gpuTimes = open),
    });
    const onStages = (): void => this.hud.toggleStages();
    bindKeys({ page, help: keyHelp, settings, onChange, onStages });
  }

  /** Loads scene and network, shows the first frame, starts the loop. */
  async start(): Promise<void> {
    const { demo } = this;
    // A new scene starts at frame 0; the address may ask for another one.
    const { frame } = demo.settings;
    prefetchNetwork(this.capability, demo.settings);
    await demo.exclusive(async () => {
      await demo.resize();
      await this.loadScene(demo.settings.scene, FOR_VISITORS);
      await demo.seek(frame);
      await demo.gpuDone();
      performance.mark('first raw picture');
    });
    this.sync();
    addEventListener('resize', () => void demo.exclusive(() => demo.resize()));
    requestAnimationFrame(this.tick);
    await demo.exclusive(() => this.startNetwork());
    this.progress.done();
  }

  stop(): void {
    this.stopped = true;
  }

  /** A visitor's change: applied at once, problems shown. */
  private change(partial: Partial<Settings>): void {
    this.scripted = false;
    // The exposure was that of the scene before.
    const all = partial.scene === undefined ? partial : { exposure: 1, ...partial };
    void this.apply(all).catch((error: Error) => this.notices.notify('error', error.message));
  }

  /** Applies settings and everything that follows from them. */
  async apply(partial: Partial<Settings>): Promise<void> {
    const { demo } = this;
    const previous = { ...demo.settings };
    const changed = demo.apply(partial);
    this.sync();
    await demo.exclusive(async () => {
      if (changed.includes('scene')) {
        try {
          await this.loadScene(demo.settings.scene, FOR_VISITORS);
        } catch (error) {
          // What came with the scene has not been acted on yet.
          for (const key of changed) Object.assign(demo.settings, { [key]: previous[key] });
          this.sync();
          throw error;
        }
      }
      await demo.settingsChanged(changed);
      if (changed.includes('model') || changed.includes('backend')) await this.startNetwork();
    });
  }

  /** Loads a scene by name, URL or file; the old scene stays if that fails. */
  async load(source: string | File, options?: LoadOptions): Promise<void> {
    await this.demo.exclusive(() => this.loadScene(source, options));
    this.sync();
  }

  /** A file that a visitor opens, under light and exposure that show something. */
  private async open(file: File): Promise<void> {
    const { demo, notices } = this;
    await this.load(file, FOR_VISITORS);
    const exposure = exposureFor(await demo.exclusive(() => demo.meanLighting()));
    if (exposure !== 1)
      notices.notify('info', `The light of ${file.name} needs an exposure of ${exposure}.`);
    await this.apply({ exposure });
  }

  private async loadScene(source: string | File, options: LoadOptions = {}): Promise<void> {
    const { demo, progress, renderer } = this;
    const name = typeof source === 'string' ? source : source.name;
    progress.phase(`Loading ${name}`);
    try {
      const isFile = typeof source !== 'string' || /[./]/.test(source);
      const scene = isFile
        ? await loadGltf(source, renderer, options.environment)
        : createScene(source);
      progress.phase('Preparing rays and probes');
      await new Promise((resolve) => setTimeout(resolve));
      demo.setScene(scene);
      demo.settings.scene = name;
    } finally {
      progress.done();
    }
  }

  private async startNetwork(): Promise<void> {
    const { demo, progress, notices } = this;
    const { settings, stats } = demo;
    stats.ai = 'loading';
    stats.backend = 'none';
    stats.precision = null;
    try {
      progress.phase('Loading the network');
      const fetching = fetchNetwork(this.capability, settings, (...bytes) =>
        progress.bytes(...bytes),
      );
      demo.prepareAi();
      const files = await this.playUntil(fetching);
      if (files)
        progress.phase(`Starting the network (${files.backend === 'wasm' ? 'CPU' : 'WebGPU'})`);
      const inference =
        files && (await startNetwork(files, this.renderer, this.capability, demo.pipeline));
      progress.phase('Warming up the network');
      await demo.setInference(inference);
      if (inference) await demo.introduce();
      stats.backend = inference?.backend ?? 'none';
      stats.precision = inference?.contract.precision ?? null;
      stats.ai = inference ? 'running' : 'off';
      stats.model = settings.model;
      this.panel.setAiAvailable(inference ? null : 'backend is set to none');
      if (inference) await this.markFirstAi();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await demo.setInference(null);
      stats.ai = `failed: ${reason}`;
      this.panel.setAiAvailable(reason);
      notices.notify('error', `The AI view is off: ${reason}`);
    } finally {
      progress.done();
      this.updateHud();
      this.label();
    }
  }

  /** Shows the settings everywhere they are visible, and what of them this machine cannot do. */
  sync(): void {
    const { problem } = this.demo.picture;
    if (problem) this.notices.notify('warning', problem);
    this.panel.sync(this.demo.settings);
    this.label();
  }

  /** Names on the picture what is seen of what the settings ask for. */
  private label(): void {
    const { picture, settings } = this.demo;
    this.divider.sync(settings, (view) => picture.shownFor(view));
  }

  /** The scene goes on while files are on their way, though nothing else may happen meanwhile. */
  private async playUntil<T>(files: Promise<T>): Promise<T> {
    this.plays = true;
    try {
      return await files;
    } finally {
      this.plays = false;
      await this.frame;
    }
  }

  private readonly tick = (nowMs: number): void => {
    if (this.stopped) return;
    requestAnimationFrame(this.tick);
    this.demo.measure.pace.tick(nowMs);
    const { demo, plays } = this;
    // One frame in flight: a busy machine skips, it never queues.
    if (this.drawing || this.scripted || document.hidden || (demo.isBusy && !plays)) return;
    this.drawing = true;
    this.demo.measure.pace.shown(nowMs);
    const elapsed = Math.min((nowMs - this.lastMs) / 1000 / STEP_S, MAX_SKIP_FRAMES);
    const { stats } = this.demo;
    const fps = 1000 / Math.max(nowMs - this.lastMs, 1);
    stats.fps += (fps - stats.fps) * (stats.fps ? 0.1 : 1);
    this.lastMs = nowMs;
    const draw = (): Promise<void> => demo.advance(elapsed, this.probesPerFrame);
    this.frame = (plays ? draw() : demo.exclusive(draw))
      .catch((error: Error) => this.notices.notify('error', error.message))
      .finally(() => {
        this.drawing = false;
        this.updateHud();
      });
  };

  /** Marks, for who measures how fast the page starts, when the GPU was done with the first picture of the network. */
  private async markFirstAi(): Promise<void> {
    if (this.aiMarked) return;
    this.aiMarked = true;
    await this.demo.gpuDone();
    performance.mark('first AI picture');
  }

  /** Probes that a frame re-bakes. */
  get probesPerFrame(): number {
    return PROBES_PER_FRAME[drawnBy(this.capability)];
  }

  updateHud(): void {
    const { stats, settings, measure } = this.demo;
    const { fps, frameMs, inputSize, outputSize, backend, precision, adapter } = stats;
    this.hud.update({
      fps, frameMs, backend, precision, adapter,
      inputSize: { widthPx: inputSize[0], heightPx: inputSize[1] },
      outputSize: { widthPx: outputSize[0], heightPx: outputSize[1] },
      model: settings.model.toUpperCase(),
      ai: stats.ai as AiState,
      pace: measure.pace,
      memory: measure.memory,
      stages: measure.means.stages,
    }); // prettier-ignore
  }
}
