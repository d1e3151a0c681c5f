import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../src/bench/cells';
import { FramePace } from '../../src/bench/frame-pace';
import type { FrameRecord, PassRecord } from '../../src/bench/frame-profiler';
import type { CellResult } from '../../src/bench/result';
import { StageMeans, stageTimes } from '../../src/bench/stage-times';
import { summarize } from '../../src/bench/stats';
import { command, readBench } from '../../scripts/lib/bench-command';
import { toCsv, type BenchFile } from '../../scripts/lib/bench-file';
import { overheadShare } from '../../scripts/lib/bench-overhead';
import { renderBenchReport } from '../../scripts/lib/bench-report';
import { UsageError } from '../../scripts/lib/cli';

describe('summarize', () => {
  it('takes times in any order', () => {
    const times = Array.from({ length: 200 }, (_, i) => ((i * 77) % 200) + 1);
    expect(summarize(times)).toEqual({
      count: 200,
      medianMs: 101,
      p95Ms: 191,
      p99Ms: 199,
      minMs: 1,
      maxMs: 200,
      meanMs: 100.5,
      spreadMs: 100,
      // The slowest two of two hundred took 199 and 200 ms.
      low1Fps: 1000 / 199.5,
    });
  });

  it('has no figures of nothing', () => {
    const { count, medianMs, low1Fps } = summarize([]);
    expect([count, medianMs, low1Fps]).toEqual([0, NaN, NaN]);
  });
});

describe('the pace of frames', () => {
  /** A display at 60 Hz that gets a new picture in the ticks that `shows` picks. */
  function play(ticks: number, shows: (tick: number) => boolean): FramePace {
    const pace = new FramePace();
    for (let tick = 0; tick < ticks; tick++) {
      const nowMs = (tick * 1000) / 60;
      pace.tick(nowMs);
      if (shows(tick)) pace.shown(nowMs);
    }
    return pace;
  }

  it('drops nothing while every tick shows a picture', () => {
    const pace = play(300, () => true);
    expect(pace.dropped).toBe(0);
    expect(pace.summary().medianMs).toBeCloseTo(1000 / 60, 6);
    expect(pace.summary().low1Fps).toBeCloseTo(60, 6);
  });

  it('counts the ticks without one', () => {
    // The rate is known from tick 30 on; then every tenth tick is missed.
    const pace = play(300, (tick) => tick < 60 || tick % 10 !== 0);
    expect(pace.dropped).toBe(24);
    expect(pace.summary().low1Fps).toBeCloseTo(30, 6);
  });

  it('keeps the newest intervals, oldest first, and leaves pauses out', () => {
    const pace = new FramePace();
    let nowMs = 0;
    for (let i = 1; i <= 250; i++) pace.shown((nowMs += i));
    pace.shown(nowMs + 60_000);
    const recent = pace.recent();
    expect([recent.length, recent[0], recent.at(-1)]).toEqual([240, 11, 250]);
  });
});

function frame(...passes: readonly Partial<PassRecord>[]): FrameRecord {
  const empty = { stage: '', uid: '', startMs: 0, endMs: 0, nestedMs: 0, gpuMs: NaN };
  const full = passes.map((pass) => Object.assign({ ...empty }, pass));
  // A record that is used again may be longer than the frame.
  return {
    startMs: 0,
    endMs: 1,
    count: full.length,
    passes: [...full, { ...empty, stage: 'old' }],
  };
}

describe('times of stages', () => {
  it('leave out what is drawn inside for another stage', () => {
    const times = stageTimes(
      frame(
        { stage: 'GBuffer', endMs: 10, nestedMs: 4, gpuMs: 2 },
        { stage: 'Shadows', startMs: 1, endMs: 3, gpuMs: 1 },
        { stage: 'Shadows', startMs: 3, endMs: 5, gpuMs: 3 },
      ),
    );
    expect([...times]).toEqual([
      ['GBuffer', { passes: 1, cpuMs: 6, gpuMs: 2 }],
      ['Shadows', { passes: 2, cpuMs: 4, gpuMs: 4 }],
    ]);
  });

  it('are shown in the order of the data, without the first frame, which compiles', () => {
    const means = new StageMeans();
    means.add(frame({ stage: 'Present', endMs: 900 }, { stage: 'GBuffer', endMs: 500 }));
    means.add(frame({ stage: 'Present', endMs: 1 }, { stage: 'GBuffer', endMs: 4, gpuMs: 2 }));
    // A frame whose GPU times are missing leaves them as they are.
    means.add(frame({ stage: 'Present', endMs: 1 }, { stage: 'GBuffer', endMs: 4 }));
    expect([...means.stages.keys()]).toEqual(['GBuffer', 'Present']);
    expect(means.stages.get('GBuffer')).toEqual({ passes: 1, cpuMs: 4, gpuMs: 2 });
    means.add(frame({ stage: 'Present', endMs: 1 }));
    expect([...means.stages.keys()]).toEqual(['Present']);
  });
});

describe('combinations', () => {
  const current = {
    view: 'ai',
    quality: 'quality',
    model: 'm',
    backend: 'auto',
    size: 'fit',
  } as const;
  const needsNetwork = (view: string): boolean => view === 'ai';

  it('are the one that is set, if nothing is asked for', () => {
    expect(cellsOf({}, current, needsNetwork)).toEqual([current]);
  });

  it('do not repeat a view that has no network', () => {
    const options = {
      views: ['raw', 'ai'],
      backends: ['wasm', 'webgpu'],
      qualities: ['native', 'balanced'],
    } as const;
    const names = cellsOf(options, current, needsNetwork).map(
      ({ view, quality, backend }) => `${view} ${quality} ${backend}`,
    );
    expect(names).toEqual(
      ['native', 'balanced'].flatMap((quality) => [
        `raw ${quality} wasm`,
        `ai ${quality} wasm`,
        `ai ${quality} webgpu`,
      ]),
    );
  });
});

function cell(medianMs: number, more: Partial<CellResult> = {}): CellResult {
  const frameMs = [medianMs - 1, medianMs, medianMs + 1];
  return {
    scene: 'cornell', view: 'ai', quality: 'performance', backend: 'wasm', model: 'm', adapter: 'GPU',
    inputSize: [320, 180], outputSize: [640, 360], frames: 3, medianMs, p95Ms: medianMs + 1, frameMs,
    uncapped: summarize(frameMs), vsync: null, longTasks: null, macsPerOutputPixel: 1616,
    stages: { GBuffer: { passes: 1, cpuMs: 1, gpuMs: null } },
    gpuBytes: { textureBytes: 0, bufferBytes: 0 },
    ...more,
  }; // prettier-ignore
}

function file(cells: readonly CellResult[]): BenchFile {
  return {
    format: 'neural-relight-benchmark-1', scene: 'cornell', seed: 1, frames: 3, warmUp: 0, cells,
    versions: { node: '1', browser: '2', three: '3', 'onnxruntime-web': '4', commit: 'abc' },
    environment: {
      date: '', userAgent: '', platform: '', cores: 2, adapter: '<GPU>', softwareAdapter: true, gpuFeatures: [],
      crossOriginIsolated: true, three: '187', runtime: null, contract: null, idleFrameMs: 16.7, flags: [],
    },
    flags: [{ kind: 'software-adapter', text: 'emulated' }], failed: [], cost: null,
  }; // prettier-ignore
}

describe('the share of carrying', () => {
  const stage = (cpuMs: number, gpuMs: number | null) => ({ passes: 1, cpuMs, gpuMs });
  const stages = {
    GBuffer: stage(1, 30), Pack: stage(1, 2), 'GPU wait': stage(40, null), 'Read-back': stage(1, null),
    Network: stage(20, null), Upload: stage(3, null),
  }; // prettier-ignore

  it('is that of packing, reading back and upload, without the wait for what is drawn', () => {
    expect(overheadShare(cell(60, { stages }))).toBeCloseTo(0.1, 10);
  });

  it('is none where no network ran on the CPU', () => {
    expect(overheadShare(cell(60))).toBeNull();
    expect(overheadShare(cell(60, { stages, backend: 'webgpu' }))).toBeNull();
  });

  it('is judged in the report, beside the long tasks', () => {
    const longTasks = { count: 2, longestMs: 71 };
    const html = renderBenchReport(file([cell(30, { stages, longTasks })]), null);
    expect(html).toContain('<td>2<td>71.0<td><b class="bad">20.0 %</b>');
  });
});

describe('the report', () => {
  it('warns of what makes its times say less, and escapes what it is given', () => {
    const html = renderBenchReport(file([cell(10)]), null);
    expect(html).toContain('<b>software-adapter</b> emulated');
    expect(html).toContain('&lt;GPU&gt; (software)');
    expect(html).not.toContain('<th>before');
  });

  it('compares like with like, and calls a difference within the spread noise', () => {
    const before = file([cell(20), cell(7, { view: 'raw', macsPerOutputPixel: 0 })]);
    const compare = (now: CellResult): string => renderBenchReport(file([now]), before);
    expect(compare(cell(10))).toContain('<b class="good">× 0.50</b>');
    expect(compare(cell(40))).toContain('<b class="bad">× 2.00</b>');
    expect(compare(cell(20.5))).toContain('<b class="same">× 1.02 (noise)</b>');
    expect(compare(cell(10, { quality: 'native' }))).toContain('<td>–<td>–');
    // The network makes no difference to a view without it.
    const raw = cell(14, { view: 'raw', macsPerOutputPixel: 0, backend: 'webgpu' });
    expect(compare(raw)).toContain('× 2.00');
  });

  it('has a table for other programs', () => {
    const [head = '', row = '', end] = toCsv([cell(12.34567, { scene: 'a,"b"' })]).split('\n');
    const values = Object.fromEntries(
      head.split(',').map((name, i) => [name, row.replace('"a,""b"""', 'quoted').split(',')[i]]),
    );
    expect(values).toMatchObject({
      scene: 'quoted',
      output: '640x360',
      median_ms: '12.346',
      vsync_dropped: '',
    });
    expect(end).toBe('');
  });
});

describe('the flags of bench', () => {
  const defaults = Object.fromEntries(
    Object.entries(command.flags).map(([name, flag]) => [name, flag.default]),
  ) as Record<keyof typeof command.flags, string>;

  it('take lists', () => {
    const bench = readBench({ ...defaults, sizes: '640x360, 1280x720', views: 'raw,raw,ai' });
    expect(bench.sizes).toEqual([{ widthPx: 640, heightPx: 360 }, { widthPx: 1280, heightPx: 720 }]); // prettier-ignore
    expect(bench.views).toEqual(['raw', 'ai']);
  });

  it.each([
    ['views', 'neural'],
    ['sizes', ''],
    ['frames', '0'],
    ['vsync', 'maybe'],
    ['parts', 'times,quality'],
  ] as const)('refuse --%s %s', (name, value) => {
    expect(() => readBench({ ...defaults, [name]: value })).toThrow(UsageError);
  });
});
