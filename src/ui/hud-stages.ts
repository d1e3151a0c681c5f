import { create } from './elements';

/** Times of one stage; `gpuMs` is NaN where the GPU does not say. */
export interface StageRow {
  readonly passes: number;
  readonly cpuMs: number;
  readonly gpuMs: number;
}

export interface StageTableOptions {
  /** Told when the table is opened or closed: measuring costs a little. */
  readonly onOpen: (open: boolean) => void;
  /** Whether the GPU can be asked for times. */
  readonly gpuTimes: boolean;
}

/** Time of each stage on CPU and GPU, closed until somebody wants to know. */
export class StageTable {
  readonly element = create('div', 'hud-stages');
  private readonly button = create('button', 'hud-toggle', 'Stages');
  private readonly table = create('table', 'hud-times');
  private readonly note = create('p', 'hud-note');
  private open = false;

  constructor(private readonly options: StageTableOptions) {
    const { button, table, note } = this;
    button.type = 'button';
    button.addEventListener('click', () => this.toggle());
    note.textContent = options.gpuTimes
      ? 'Browsers may round GPU times to 0.1 ms.'
      : 'This browser or adapter gives no GPU times.';
    this.element.append(button, table, note);
    this.show();
  }

  toggle(): void {
    this.open = !this.open;
    this.show();
    this.options.onOpen(this.open);
  }

  /** Writes the rows, in the order of the map; does nothing while closed. */
  update(stages: ReadonlyMap<string, StageRow>): void {
    if (!this.open) return;
    const rows = [...stages].map(([name, { passes, cpuMs, gpuMs }]) =>
      row(
        'td',
        passes > 1 ? `${name} × ${passes}` : name,
        milliseconds(cpuMs),
        milliseconds(gpuMs),
      ),
    );
    const sum = (key: 'cpuMs' | 'gpuMs'): number =>
      [...stages.values()].reduce((total, { [key]: value }) => total + (value || 0), 0);
    const gpuMs = sum('gpuMs');
    const total = row('th', 'Sum', milliseconds(sum('cpuMs')), milliseconds(gpuMs || NaN));
    this.table.replaceChildren(row('th', 'Stage', 'CPU ms', 'GPU ms'), ...rows, total);
  }

  private show(): void {
    this.button.setAttribute('aria-expanded', String(this.open));
    this.table.hidden = this.note.hidden = !this.open;
  }
}

function row(kind: 'td' | 'th', ...texts: readonly string[]): HTMLTableRowElement {
  const line = create('tr', '');
  line.append(...texts.map((text) => create(kind, '', text)));
  return line;
}

function milliseconds(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '–';
}
