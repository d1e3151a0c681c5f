import { create } from './elements';
import { viewLabel } from './view-label';
import type { Settings, ViewId } from '../core/settings';

export interface SplitDividerOptions {
  /** Box that the canvas fills; the divider and the labels are laid over it. */
  readonly stage: HTMLElement;
  readonly onChange: (partial: Partial<Settings>) => void;
}

/** Share of the width that one key press moves the divider. */
const keySteps: Readonly<Record<string, number>> = {
  ArrowLeft: -0.01,
  ArrowDown: -0.01,
  ArrowRight: 0.01,
  ArrowUp: 0.01,
  PageDown: -0.1,
  PageUp: 0.1,
  Home: -1,
  End: 1,
};

/** Names the shown view on the picture and, while two are compared, the line between them that can be dragged. */
export class SplitDivider {
  private readonly layer = create('div', 'split');
  private readonly handle = create('div', 'split-handle');
  private readonly left = create('span', 'split-label split-label-left');
  private readonly right = create('span', 'split-label split-label-right');
  private position = 0.5;

  constructor(private readonly options: SplitDividerOptions) {
    const { handle } = this;
    handle.tabIndex = 0;
    handle.setAttribute('role', 'slider');
    handle.setAttribute('aria-orientation', 'horizontal');
    handle.setAttribute('aria-valuemin', '0');
    handle.setAttribute('aria-valuemax', '100');
    handle.append(create('div', 'split-grip'));
    handle.addEventListener('pointerdown', this.grab);
    handle.addEventListener('pointermove', this.drag);
    handle.addEventListener('keydown', this.pressKey);
    this.layer.append(this.left, this.right, handle);
    options.stage.append(this.layer);
  }

  /**
   * Shows what the settings say; the divider is hidden where there is nothing to compare. `shownFor` says which view stands in
   * for one that cannot be shown: labels name what is seen.
   */
  sync(
    { view, compareView, splitPosition }: Readonly<Settings>,
    shownFor: (view: ViewId) => ViewId,
  ): void {
    const split = compareView !== 'off' && compareView !== view;
    this.layer.classList.toggle('whole', !split);
    this.handle.hidden = !split;
    this.left.hidden = !split;
    this.left.textContent = split ? viewLabel(shownFor(compareView)) : '';
    this.right.textContent = viewLabel(shownFor(view));
    const names = `${this.left.textContent} and ${this.right.textContent}`;
    this.handle.setAttribute('aria-label', `Split between ${names}`);
    this.place(splitPosition);
  }

  dispose(): void {
    this.layer.remove();
  }

  private readonly grab = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.handle.setPointerCapture(event.pointerId);
    event.preventDefault();
    this.handle.focus({ preventScroll: true });
  };

  private readonly drag = (event: PointerEvent): void => {
    if (!this.handle.hasPointerCapture(event.pointerId)) return;
    const { left, width } = this.layer.getBoundingClientRect();
    if (width > 0) this.move((event.clientX - left) / width);
  };

  private readonly pressKey = (event: KeyboardEvent): void => {
    const step = keySteps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.move(this.position + (event.shiftKey ? step * 10 : step));
  };

  private move(position: number): void {
    const splitPosition = Math.min(Math.max(position, 0), 1);
    this.place(splitPosition);
    this.options.onChange({ splitPosition });
  }

  private place(position: number): void {
    this.position = position;
    const percent = Math.round(position * 100);
    this.layer.style.setProperty('--split', String(position));
    this.handle.setAttribute('aria-valuenow', String(percent));
    this.handle.setAttribute('aria-valuetext', `${percent} % from the left`);
  }
}
