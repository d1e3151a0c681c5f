import { summarize } from './stats';
import type { Summary } from './stats';

/** Frames that the percentiles and the graph look back on: two seconds at 120 fps. */
const WINDOW = 240;
/** A pause longer than this is no slow frame: the tab was hidden or a scene was loading. */
const PAUSE_MS = 2000;

/** Pace of the frames that were shown, over the last few seconds. Recording allocates nothing. */
export class FramePace {
  /** Frames of the display that passed without a new picture, since the start. */
  dropped = 0;
  private readonly intervals = new Float64Array(WINDOW);
  private readonly ticks = new Float64Array(WINDOW);
  private shownCount = 0;
  private tickCount = 0;
  private lastShownMs = NaN;
  private lastTickMs = NaN;
  private refreshMs = NaN;

  /** Call in every animation frame of the browser, drawn or not: it finds the display's rate. */
  tick(nowMs: number): void {
    const interval = nowMs - this.lastTickMs;
    this.lastTickMs = nowMs;
    if (!(interval > 0 && interval < PAUSE_MS)) return;
    this.ticks[this.tickCount++ % WINDOW] = interval;
    // The browser may skip its own frames on a busy machine, so the fast ones show the display's rate.
    if (this.tickCount % 30 === 0) this.refreshMs = this.quickTickMs();
  }

  /** Call when a picture is drawn, with the time of its animation frame. */
  shown(nowMs: number): void {
    const interval = nowMs - this.lastShownMs;
    this.lastShownMs = nowMs;
    if (!(interval > 0 && interval < PAUSE_MS)) return;
    this.intervals[this.shownCount++ % WINDOW] = interval;
    if (this.refreshMs > 0) this.dropped += Math.max(0, Math.round(interval / this.refreshMs) - 1);
  }

  /** Intervals between pictures, oldest first. */
  recent(): Float64Array {
    const from = this.shownCount % WINDOW;
    if (this.shownCount < WINDOW) return this.intervals.slice(0, this.shownCount);
    const ordered = new Float64Array(WINDOW);
    ordered.set(this.intervals.subarray(from));
    ordered.set(this.intervals.subarray(0, from), WINDOW - from);
    return ordered;
  }

  summary(): Summary {
    return summarize(this.recent());
  }

  private quickTickMs(): number {
    const known = this.ticks.slice(0, Math.min(this.tickCount, WINDOW)).toSorted();
    return known[Math.floor(known.length / 10)] ?? NaN;
  }
}
