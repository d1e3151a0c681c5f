import { benchmark } from './bench/benchmark';
import type { BenchmarkOptions, BenchmarkResult } from './bench/result';
import type { Capability } from './core/device';
import type { Demo } from './demo';
import type { PageLoop } from './page-loop';
import type { Progress } from './ui/progress';
import { Views } from './views/views';

/** Two at once would measure each other. */
let running = false;

/** Runs the benchmark in the page: the page's own loop rests meanwhile. */
export async function runBenchmark(
  demo: Demo,
  loop: PageLoop,
  capability: Capability,
  options: BenchmarkOptions,
  progress: (text: string) => void = () => {},
): Promise<BenchmarkResult> {
  if (running) throw new Error('A benchmark is already running.');
  running = true;
  const { scripted } = loop;
  loop.scripted = true;
  await demo.exclusive(() => demo.picture.unwatch());
  try {
    return await benchmark(
      {
        settings: demo.settings,
        stats: demo.stats,
        measure: demo.measure,
        capability,
        get network() {
          return Views.needsNetwork(demo.settings.view) ? demo.inference : null;
        },
        seek: (frame) => demo.seek(frame),
        advance: () => demo.advance(1, loop.probesPerFrame),
        gpuDone: () => demo.gpuDone(),
        apply: (partial) => loop.apply(partial),
        exclusive: (job) => demo.exclusive(job),
        needsNetwork: (view) => Views.needsNetwork(view),
        progress,
      },
      options,
    );
  } finally {
    loop.scripted = scripted;
    running = false;
  }
}

/** What the button measures: three ways to the same picture, as the page is set. */
const BUTTON_OPTIONS: BenchmarkOptions = { views: ['raw', 'resolve', 'ai'] };

/** Runs the benchmark for a visitor and saves its JSON; returns what to tell. */
export async function benchmarkAndSave(
  demo: Demo,
  loop: PageLoop,
  capability: Capability,
  progress: Progress,
): Promise<string> {
  try {
    const show = (text: string): void => progress.phase(text);
    const result = await runBenchmark(demo, loop, capability, BUTTON_OPTIONS, show);
    save('neural-relight-benchmark.json', JSON.stringify(result, null, 2));
    const { cells, failed, environment } = result;
    const times = cells.map(({ view, medianMs }) => `${view} ${medianMs.toFixed(1)} ms`);
    const lines = [`Median of ${result.frames} frames: ${times.join(', ')}.`];
    lines.push(...failed.map(({ view, error }) => `${view}: ${error}.`));
    lines.push(...environment.flags.map(({ text }) => text));
    return lines.join('\n');
  } finally {
    progress.done();
  }
}

function save(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
