import type { Settings, ViewId } from '../core/settings';
import type { Pipeline } from '../pipeline/pipeline';
import { Present } from './present';
import type { Pixels } from './present';
import type { View } from './view';
import { Views } from './views';

/** Whether views can show what the network makes. */
export type NetworkState = 'there' | 'loading' | 'missing';

/**
 * What is seen of a frame: the views that settings name and scripts read, each drawn at most once a frame, and the canvas.
 * A frame starts with {@link startFrame}.
 */
export class Picture {
  private readonly views: Views;
  private readonly present: Present;
  /** Views that scripts have read: kept warm, as if they were shown. */
  private readonly watched = new Set<ViewId>();
  /** Views of the current frame; kept, so that frames allocate nothing. */
  private readonly shown = new Set<ViewId>();
  private readonly drawnAt = new Map<ViewId, number>();
  private serial = 0;
  private resetSerial = -1;
  /** Whether the frame shows what the network makes, and soft shadows or probe light. */
  needsNetwork = false;
  needsShading = false;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly settings: Settings,
    private readonly network: () => NetworkState,
  ) {
    this.views = new Views(pipeline);
    this.present = new Present(pipeline.renderer, pipeline.levels.exposure, pipeline.frame);
  }

  /** Chooses the views that are to be seen of a new frame; `reset` if it has nothing to do with the one before. */
  startFrame(reset: boolean): void {
    this.serial++;
    if (reset) this.resetSerial = this.serial;
    const { settings, shown } = this;
    shown.clear();
    for (const id of this.watched) shown.add(id);
    shown.add(this.shownFor(settings.view));
    if (settings.compareView !== 'off') shown.add(this.shownFor(settings.compareView));
    this.needsNetwork = this.needsShading = false;
    for (const id of shown) {
      this.needsNetwork ||= Views.needsNetwork(id);
      this.needsShading ||= Views.needsShading(id);
    }
    // The frame that is there when the network comes is the first that it shows: drawn once, with all that it needs.
    if (this.network() === 'loading') this.needsShading ||= this.asks(Views.needsShading);
  }

  /** Whether one of the views that the settings name is of a kind. */
  asks(is: (id: ViewId) => boolean): boolean {
    const { view, compareView } = this.settings;
    return is(view) || (compareView !== 'off' && is(compareView));
  }

  resize(size: Pipeline['size']): void {
    this.views.resize(size);
  }

  /** Lets go of the views that were read, so that only what is shown is drawn. */
  unwatch(): void {
    this.watched.clear();
  }

  /** Draws the views that were chosen, and the canvas. */
  show(): void {
    const { settings, present, views } = this;
    for (const id of this.shown) this.draw(id);
    const right = views.get(this.shownFor(settings.view));
    const compare = settings.compareView;
    const left = compare === 'off' ? null : views.get(this.shownFor(compare));
    present.exposure.value = settings.exposure;
    present.setSky(this.pipeline.environment);
    present.render(right, left, settings.splitPosition);
  }

  /** Why one of the views that the settings name cannot be drawn here; null if they can. */
  get problem(): string | null {
    const { view, compareView } = this.settings;
    const lacking = [view, compareView].find((id) => id !== 'off' && this.views.whyNot(id));
    return lacking ? this.cannotDraw(lacking as ViewId) : null;
  }

  /** Throws an Error with a message for the visitor where this machine cannot draw a view. */
  check(id: ViewId): void {
    if (this.views.whyNot(id)) throw new Error(this.cannotDraw(id));
  }

  /** Draws a view once a frame; one that missed the last frame starts without history. */
  draw(id: ViewId): View {
    const view = this.views.get(id);
    const last = this.drawnAt.get(id);
    if (last === this.serial) return view;
    view.render(this.resetSerial === this.serial || last !== this.serial - 1);
    this.drawnAt.set(id, this.serial);
    return view;
  }

  /** Reads a view of the current frame and keeps it warm from now on. */
  read(id: ViewId, linear: boolean): Promise<Pixels<Uint8Array> | Pixels<Uint16Array>> {
    this.watched.add(id);
    const view = this.draw(id);
    const { present, settings } = this;
    const { width, height } = this.pipeline.size.output;
    present.exposure.value = settings.exposure;
    present.setSky(this.pipeline.environment);
    return linear ? present.readLinear(view, width, height) : present.read8(view, width, height);
  }

  /**
   * The view that is shown for one that is asked for: without a network, its views show what comes closest, and so do those that this
   * machine cannot draw; while it loads, the frame that costs least.
   */
  shownFor(id: ViewId): ViewId {
    if (this.views.whyNot(id)) return 'taau';
    const network = this.network();
    if (!Views.needsNetwork(id) || network === 'there') return id;
    return network === 'loading' ? 'raw' : 'resolve';
  }

  private cannotDraw(id: ViewId): string {
    return `View "${id}" cannot be drawn here: ${this.views.whyNot(id)}.`;
  }
}
