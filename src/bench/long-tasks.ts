import { nextFrame } from './environment';

/** Tasks that kept the page from answering input for 50 ms or more. */
export interface LongTaskCount {
  readonly count: number;
  /** 0 if there was none. */
  readonly longestMs: number;
}

/** Watches the page's main thread for long tasks. */
export class LongTasks {
  private readonly durationsMs: number[] = [];

  private constructor(private readonly observer: PerformanceObserver) {}

  /** Begins to watch; null where the browser does not tell. */
  static start(): LongTasks | null {
    if (!PerformanceObserver.supportedEntryTypes.includes('longtask')) return null;
    const watch: LongTasks = new LongTasks(
      new PerformanceObserver((list) => watch.add(list.getEntries())),
    );
    watch.observer.observe({ type: 'longtask' });
    return watch;
  }

  /** Ends the watch. */
  async finish(): Promise<LongTaskCount> {
    // A task is reported after its end.
    for (let i = 0; i < 2; i++) await nextFrame();
    this.add(this.observer.takeRecords());
    this.observer.disconnect();
    const { durationsMs } = this;
    return { count: durationsMs.length, longestMs: Math.max(0, ...durationsMs) };
  }

  private add(entries: PerformanceEntryList): void {
    this.durationsMs.push(...entries.map(({ duration }) => duration));
  }
}
