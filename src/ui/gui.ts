import { GUI } from 'lil-gui';
import type { Controller } from 'lil-gui';
import {
  backendNames,
  bufferNames,
  cameraModes,
  modelNames,
  qualityNames,
  qualityScale,
  settingRange,
  viewIds,
} from '../core/settings';
import { create } from './elements';
import { acceptDroppedFiles, chooseFile } from './file-drop';
import { viewLabel } from './view-label';
import type { BackendName, CameraMode, Quality, Settings } from '../core/settings';

/** A scene as the GUI lists it; a `DemoScene` fits. */
export interface SceneEntry {
  readonly name: string;
  readonly description: string;
  /** Whether a training picture of this scene was ever used. */
  readonly seenInTraining: boolean;
}

export interface ControlPanelOptions {
  readonly container: HTMLElement;
  /** Takes dropped files. */
  readonly page: HTMLElement;
  readonly settings: Readonly<Settings>;
  readonly defaults: Readonly<Settings>;
  readonly scenes: readonly SceneEntry[];
  readonly onChange: (partial: Partial<Settings>) => void;
  readonly onFile: (file: File) => void;
  /** Told why a chosen or dropped file was not taken. */
  readonly onFileRefused: (reason: string) => void;
  readonly onBenchmark: () => void;
}

/** The settings plus what exists in the GUI only: the switch, and the exposure as stops. */
type Shown = Settings & { aiOn: boolean; exposureStops: number };

const derived = ({ view, exposure }: Readonly<Settings>) => ({
  aiOn: view === 'ai',
  exposureStops: Math.log2(exposure),
});

/** Stops that the slider reaches; files of unknown units may need all of them. */
const exposureRange = [-16, 16] as const;

/** Below this the panel starts closed, so that a phone shows the picture first. */
const narrowPx = 720;

/** The panel of controls; it keeps a copy of the settings and hands every change to `onChange`. */
export class ControlPanel {
  private readonly gui: GUI;
  private readonly shown: Shown;
  private readonly sceneRemark = create('p', 'gui-remark');
  private readonly aiRemark = create('p', 'gui-remark gui-remark-warning');
  /** Controls that do nothing without the network. */
  private readonly aiControls: Controller[] = [];
  private readonly viewSelects: HTMLSelectElement[] = [];
  private readonly sceneControl: Controller;
  private offeredScenes: readonly string[] = [];
  private readonly stopDrop: () => void;

  constructor(private readonly options: ControlPanelOptions) {
    const { container, page, settings, onFile, onFileRefused } = options;
    this.shown = { ...settings, ...derived(settings) };
    this.gui = new GUI({ container, title: 'Controls', width: 272 });
    this.addPicture(this.gui.addFolder('Picture'));
    this.addModel(this.gui.addFolder('Model'));
    this.sceneControl = this.addScene(this.gui.addFolder('Scene'));
    this.gui.add({ run: options.onBenchmark }, 'run').name('Benchmark');
    this.gui
      .add({ reset: () => options.onChange(resettable(options.defaults)) }, 'reset')
      .name('Reset');
    if (window.innerWidth < narrowPx) this.gui.close();
    this.stopDrop = acceptDroppedFiles({ page, onFile, onRefused: onFileRefused });
    this.setAiAvailable(null);
    this.sync(settings);
  }

  /** Shows the settings after they changed elsewhere; reports no change itself. */
  sync(settings: Readonly<Settings>): void {
    Object.assign(this.shown, settings, derived(settings));
    this.showScene(settings.scene);
    for (const controller of this.gui.controllersRecursive()) controller.updateDisplay();
  }

  /** `null` = the network can run; else the reason why not, shown beside the disabled controls. */
  setAiAvailable(reason: string | null): void {
    for (const controller of this.aiControls) controller.enable(reason === null);
    for (const select of this.viewSelects) {
      for (const option of select.options) {
        if (option.textContent === viewLabel('ai')) option.disabled = reason !== null;
      }
    }
    this.aiRemark.textContent = reason === null ? '' : `AI is off: ${reason}`;
    this.aiRemark.hidden = reason === null;
  }

  dispose(): void {
    this.stopDrop();
    this.gui.destroy();
  }

  private addPicture(folder: GUI): void {
    const { shown, options } = this;
    const ai = folder.add(shown, 'aiOn').name('AI relighting');
    ai.onChange((on: boolean) => options.onChange({ view: on ? 'ai' : 'raw' }));
    folder.$children.append(this.aiRemark);

    const views = byLabel(viewIds, viewLabel);
    const view = this.bind(folder.add(shown, 'view', views), 'view', 'View');
    const compare = folder.add(shown, 'compareView', { Off: 'off', ...views });
    this.bind(compare, 'compareView', 'Compare with');
    for (const controller of [view, compare]) this.viewSelects.push(groupBuffers(controller));

    const intensity = folder.add(shown, 'intensity', 0, 1, 0.01);
    this.bind(intensity, 'intensity', 'Intensity');
    const exposure = folder
      .add(shown, 'exposureStops', ...exposureRange, 0.1)
      .name('Exposure (EV)');
    exposure.onChange((stops: number) => options.onChange({ exposure: 2 ** stops }));
    this.aiControls.push(ai, intensity);
  }

  private addModel(folder: GUI): void {
    const { shown } = this;
    const quality = folder.add(shown, 'quality', byLabel(qualityNames, qualityLabel));
    this.bind(quality, 'quality', 'Quality');
    const models = byLabel(modelNames, (name) => name.toUpperCase());
    const model = this.bind(folder.add(shown, 'model', models), 'model', 'Model');
    const backends = byLabel(backendNames, (name) => backendLabels[name]);
    const rays = folder.add(shown, 'rays', ...settingRange.rays, 1);
    this.bind(rays, 'rays', 'Rays');
    this.bind(folder.add(shown, 'backend', backends), 'backend', 'Backend');
    this.aiControls.push(model, rays);
  }

  private addScene(folder: GUI): Controller {
    const { shown, options } = this;
    const scene = this.bind(folder.add(shown, 'scene', [shown.scene]), 'scene', 'Scene');
    folder.$children.append(this.sceneRemark);
    const cameras = byLabel(cameraModes, (mode) => cameraLabels[mode]);
    this.bind(folder.add(shown, 'cameraMode', cameras), 'cameraMode', 'Camera');
    this.bind(folder.add(shown, 'paused'), 'paused', 'Pause');
    const open = (): void => chooseFile(options.onFile, options.onFileRefused);
    folder.add({ open }, 'open').name('Open a GLB file …');
    return scene;
  }

  private bind<K extends keyof Settings>(control: Controller, key: K, label: string): Controller {
    control.name(label);
    return control.onChange((value: Settings[K]) => {
      const partial: Partial<Settings> = {};
      partial[key] = value;
      this.options.onChange(partial);
    });
  }

  /** Offers the scenes and, while one is open, the file that is none of them. */
  private showScene(name: string): void {
    const { scenes } = this.options;
    const known = scenes.find((scene) => scene.name === name);
    const names = scenes.map((scene) => scene.name);
    const offered = known ? names : [...names, name];
    // Rebuilding the list closes it, so only when it changes.
    if (offered.join() !== this.offeredScenes.join()) this.sceneControl.options(offered);
    this.offeredScenes = offered;
    const seen = known?.seenInTraining ? 'Seen in training.' : 'Held out: never trained on.';
    this.sceneRemark.textContent = known ? `${seen} ${known.description}` : 'Your own file.';
  }
}

const backendLabels: Readonly<Record<BackendName, string>> = {
  auto: 'Automatic',
  webgpu: 'WebGPU',
  wasm: 'WASM',
  none: 'None',
};

const cameraLabels: Readonly<Record<CameraMode, string>> = {
  path: 'Follow the path',
  orbit: 'Orbit by hand',
};

function qualityLabel(quality: Quality): string {
  const words = quality.replace('-', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} · ${qualityScale[quality]}×`;
}

/** The table of options that lil-gui takes: label to value. */
function byLabel<T extends string>(
  values: readonly T[],
  label: (value: T) => string,
): Record<string, T> {
  return Object.fromEntries(values.map((value) => [label(value), value]));
}

/** Moves the buffers in a list of views under a heading of their own; lil-gui has no groups. */
function groupBuffers(controller: Controller): HTMLSelectElement {
  const select = controller.domElement.querySelector('select');
  if (!select) throw new Error(`gui: '${controller.property}' is not a list`);
  const buffers = document.createElement('optgroup');
  buffers.label = 'Buffers';
  buffers.append(...[...select.options].slice(-bufferNames.length));
  select.append(buffers);
  controller.updateDisplay();
  return select;
}

/** Defaults of what the panel changes; the scene stays. */
function resettable(defaults: Readonly<Settings>): Partial<Settings> {
  const { scene: _scene, size: _size, seed: _seed, frame: _frame, ...rest } = defaults;
  return rest;
}
