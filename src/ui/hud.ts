import { create } from './elements';
import { FrameGraph } from './hud-graph';
import { StageTable } from './hud-stages';
import type { StageRow, StageTableOptions } from './hud-stages';
import type { FramePace } from '../bench/frame-pace';
import type { SizePx } from '../core/settings';

export type AiState = 'running' | 'off' | 'loading' | `failed: ${string}`;

/** What the HUD shows. The caller may keep one object and write into it. */
export interface HudState {
  fps: number;
  /** Time of one frame, from start of drawing to presented. */
  frameMs: number;
  /** Size of the low-detail frame. */
  inputSize: SizePx;
  /** Size of the picture. */
  outputSize: SizePx;
  /** Where the network runs, e.g. "WebGPU" or "WASM, 4 threads". */
  backend: string;
  /** The GPU, as the browser names it. */
  adapter: string;
  model: string;
  /** What the network reckons with. */
  precision: string | null;
  ai: AiState;
  /** Intervals of the frames shown; asked for its figures only when they are written. */
  pace: Pick<FramePace, 'summary' | 'recent' | 'dropped'>;
  /** What three holds on the GPU. */
  memory: { readonly textureBytes: number; readonly bufferBytes: number };
  stages: ReadonlyMap<string, StageRow>;
}

const rowLabels = {
  frame: 'Frame',
  pace: 'p50 · 95 · 99',
  low: '1 % low',
  size: 'Size',
  model: 'Model',
  adapter: 'Adapter',
  memory: 'GPU MB',
  ai: 'AI',
} as const;
type Row = keyof typeof rowLabels;

const intervalMs = 250;

/** A small table of live figures; writes to the page at most four times a second and only what changed. */
export class Hud {
  private readonly cells = new Map<Row, HTMLElement>();
  private readonly shown = new Map<Row, string>();
  private readonly list = create('dl', 'hud-rows');
  private latest: HudState | null = null;
  private readonly graph = new FrameGraph();
  private readonly stages: StageTable;
  private timer: number | undefined;
  private writtenMs = Number.NEGATIVE_INFINITY;

  constructor(container: HTMLElement, options: StageTableOptions) {
    this.stages = new StageTable(options);
    for (const row of Object.keys(rowLabels) as Row[]) {
      const value = create('dd', `hud-${row}`, '–');
      this.cells.set(row, value);
      this.list.append(create('dt', `hud-${row}`, rowLabels[row]), value);
    }
    container.append(this.list, this.graph.element, this.stages.element);
  }

  toggleStages(): void {
    this.stages.toggle();
  }

  /** Call each frame. The state is read when it is written out, at most 250 ms later. */
  update(state: HudState): void {
    this.latest = state;
    if (this.timer !== undefined) return;
    const waitMs = this.writtenMs + intervalMs - performance.now();
    if (waitMs <= 0) this.write();
    else this.timer = window.setTimeout(this.write, waitMs);
  }

  dispose(): void {
    window.clearTimeout(this.timer);
    this.list.remove();
    this.graph.element.remove();
    this.stages.element.remove();
  }

  private readonly write = (): void => {
    this.timer = undefined;
    this.writtenMs = performance.now();
    if (this.latest === null) return;
    const { fps, frameMs, inputSize, outputSize, adapter, ai } = this.latest;
    const { backend, model, precision } = this.latest;
    const { pace, memory, stages } = this.latest;
    const { medianMs, p95Ms, p99Ms, low1Fps } = pace.summary();
    this.set('frame', `${decimal(fps, 0)} fps · ${decimal(frameMs, 1)} ms`);
    this.set(
      'pace',
      `${[medianMs, p95Ms, p99Ms].map((ms) => decimal(ms, ms < 100 ? 1 : 0)).join(' · ')} ms`,
    );
    this.set('low', `${decimal(low1Fps, 0)} fps · ${pace.dropped} dropped`);
    const { textureBytes, bufferBytes } = memory;
    this.set('memory', `images ${megabytes(textureBytes)} · buffers ${megabytes(bufferBytes)}`);
    this.graph.draw(pace.recent());
    this.stages.update(stages);
    this.set('size', `${sizeText(inputSize)} → ${sizeText(outputSize)}`);
    this.set('adapter', adapter);
    this.set('model', backend === 'none' ? 'none' : `${model} on ${backend}, ${precision}`);
    this.set('ai', ai);
    this.list.dataset['ai'] = ai.startsWith('failed') ? 'failed' : ai;
  };

  private set(row: Row, text: string): void {
    if (this.shown.get(row) === text) return;
    this.shown.set(row, text);
    const cell = this.cells.get(row);
    if (!cell) return;
    cell.textContent = text || '–';
    cell.title = text;
  }
}

function decimal(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}

function megabytes(bytes: number): string {
  return decimal(bytes / 1e6, bytes < 1e7 ? 1 : 0);
}

function sizeText({ widthPx, heightPx }: SizePx): string {
  return `${widthPx} × ${heightPx}`;
}
