import { create } from './elements';
import type { Settings } from '../core/settings';

export interface KeyOptions {
  /** Carries the class `ui-hidden` while the UI is hidden. */
  readonly page: HTMLElement;
  /** Gets the line that lists the keys. */
  readonly help: HTMLElement;
  /** The live settings; only read here. */
  readonly settings: Readonly<Settings>;
  readonly onChange: (partial: Partial<Settings>) => void;
  /** Opens or closes the times of the stages. */
  readonly onStages: () => void;
}

interface Shortcut {
  /** Values of `KeyboardEvent.key`, lower case. */
  readonly keys: readonly string[];
  readonly caps: readonly string[];
  readonly does: string;
  readonly run: (options: KeyOptions) => void;
}

const shortcuts: readonly Shortcut[] = [
  {
    keys: [' ', 't'],
    caps: ['Space', 'T'],
    does: 'raw / AI',
    run: ({ settings, onChange }) => onChange({ view: settings.view === 'ai' ? 'raw' : 'ai' }),
  },
  {
    keys: ['p'],
    caps: ['P'],
    does: 'pause',
    run: ({ settings, onChange }) => onChange({ paused: !settings.paused }),
  },
  {
    keys: ['s'],
    caps: ['S'],
    does: 'stages',
    run: ({ onStages }) => onStages(),
  },
  {
    keys: ['h'],
    caps: ['H'],
    does: 'hide',
    run: ({ page }) => void page.classList.toggle('ui-hidden'),
  },
];

const writing =
  'input:not([type=range], [type=checkbox], [type=button]), textarea, [contenteditable]';
const control = 'input, select, button, summary, a[href], [role=slider]';

/** Listens for the page's keys and lists them in `help`; returns a function that stops listening. */
export function bindKeys(options: KeyOptions): () => void {
  const listening = new AbortController();
  // A control that was clicked keeps the focus, but its visitor is done with it: keys are shortcuts again.
  // A control that was reached by Tab or arrow keys keeps its keys.
  let reachedByKeys = false;

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Tab' || event.key.startsWith('Arrow')) reachedByKeys = true;
    const shortcut = shortcuts.find(({ keys }) => keys.includes(event.key.toLowerCase()));
    if (!shortcut || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = event.target instanceof HTMLElement ? event.target : null;
    if (target?.closest(writing)) return;
    const onControl = target?.closest(control) ?? null;
    if (onControl && reachedByKeys) return;
    event.preventDefault();
    // Else the same Space would also press the button when it is released.
    if (onControl) target?.blur();
    shortcut.run(options);
  };

  const { signal } = listening;
  window.addEventListener('pointerdown', () => (reachedByKeys = false), { capture: true, signal });
  window.addEventListener('keydown', onKeyDown, { signal });
  options.help.replaceChildren(...shortcuts.map(helpItem));
  return () => listening.abort();
}

function helpItem({ caps, does }: Shortcut): HTMLElement {
  const item = create('span', 'key-help-item');
  item.append(...caps.map((cap) => create('kbd', '', cap)), ` ${does}`);
  return item;
}
