/** The parts of index.html that the page fills. */
export interface PageElements {
  /** Carries the classes that concern the whole page: `ui-hidden`, `dropping`. */
  readonly page: HTMLElement;
  /** Box around the canvas; `data-size` is `fit` (fills the window) or `fixed` (size of the canvas). */
  readonly stage: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly hud: HTMLElement;
  /** One line that lists the keys. */
  readonly keyHelp: HTMLElement;
  readonly controls: HTMLElement;
  readonly notices: HTMLElement;
  readonly progress: HTMLElement;
}

/** Finds the parts of the page; throws if index.html and this list have drifted apart. */
export function pageElements(page: Document): PageElements {
  return {
    page: page.body,
    stage: element(page, 'stage', HTMLElement),
    canvas: element(page, 'picture', HTMLCanvasElement),
    hud: element(page, 'hud', HTMLElement),
    keyHelp: element(page, 'key-help', HTMLElement),
    controls: element(page, 'controls', HTMLElement),
    notices: element(page, 'notices', HTMLElement),
    progress: element(page, 'progress', HTMLElement),
  };
}

function element<T extends HTMLElement>(page: Document, id: string, type: new () => T): T {
  const found = page.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} with id '${id}'`);
  return found;
}

/** A new element with a class and, if given, a text (never parsed as HTML). */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
