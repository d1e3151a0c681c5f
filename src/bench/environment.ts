import { REVISION } from 'three/webgpu';
import type { Capability } from '../core/device';
import type { ModelContract } from '../core/contract';
import type { Environment, Flag } from './result';
import { summarize } from './stats';

/** Animation frames that tell the display's rate. */
const IDLE_FRAMES = 20;
/** Slower than 45 Hz while nothing is drawn: the browser or the machine holds frames back. */
const THROTTLED_MS = 1000 / 45;
/** Repetitions of a fixed piece of work; on a quiet machine they take the same time. */
const WORK_RUNS = 30;
const BUSY_RATIO = 1.5;
/** Isolated pages have a clock of 5 µs, others of 100 µs. */
const COARSE_MS = 0.05;

/** What ran the network. */
export interface NetworkInfo {
  readonly runtime: string;
  readonly contract: ModelContract;
}

/** What was found out before the run, and the watch over the page during it. */
export class EnvironmentWatch {
  private hidden = document.hidden;
  private readonly onHide = (): void => void (this.hidden ||= document.hidden);

  private constructor(
    private readonly capability: Capability,
    private readonly idleFrameMs: number,
    private readonly busyRatio: number,
  ) {
    document.addEventListener('visibilitychange', this.onHide);
  }

  /** Looks at the machine while nothing is drawn. */
  static async start(capability: Capability): Promise<EnvironmentWatch> {
    const idleMs = await idleFrameMs();
    return new EnvironmentWatch(capability, idleMs, unevenness());
  }

  /** Ends the watch. */
  finish(network: NetworkInfo | null, adapter: string): Environment {
    document.removeEventListener('visibilitychange', this.onHide);
    const { capability } = this;
    const gpu = capability.kind === 'webgpu' ? capability.device.features : [];
    return {
      date: new Date().toISOString(),
      userAgent: navigator.userAgent,
      platform: navigator.platform,
      cores: navigator.hardwareConcurrency,
      adapter,
      softwareAdapter: capability.kind === 'webgpu' && capability.software,
      gpuFeatures: [...gpu].filter((name) => /timestamp|f16|subgroups/.test(name)),
      crossOriginIsolated,
      three: REVISION,
      runtime: network?.runtime ?? null,
      contract: network && describe(network.contract),
      idleFrameMs: this.idleFrameMs,
      flags: this.flags(adapter),
    };
  }

  private flags(adapter: string): Flag[] {
    const { capability, idleFrameMs: idleMs, busyRatio, hidden } = this;
    const flags: Flag[] = [];
    const flag = (when: boolean, kind: Flag['kind'], text: string): void => {
      if (when) flags.push({ kind, text });
    };
    const software = capability.kind === 'webgpu' && capability.software;
    flag(software, 'software-adapter', `The GPU is emulated on the CPU (${adapter}).`);
    flag(
      !crossOriginIsolated,
      'not-isolated',
      'The page is not cross-origin isolated: no threads.',
    );
    flag(hidden, 'hidden', 'The page was hidden at times; browsers slow hidden pages down.');
    const idle = `Animation frames came every ${idleMs.toFixed(1)} ms while nothing was drawn.`;
    flag(idleMs > THROTTLED_MS, 'throttled', idle);
    const uneven = `The same work took up to ${busyRatio.toFixed(1)} times as long: the machine is busy.`;
    flag(busyRatio > BUSY_RATIO, 'busy', uneven);
    flag(clockStepMs() > COARSE_MS, 'coarse-clock', 'The clock of the page is coarse.');
    return flags;
  }
}

function describe({ name, sha256, bytes, macsPerPixel }: ModelContract): Environment['contract'] {
  return { name, sha256, bytes, macsPerPixel };
}

/** Resolves with the time of the next animation frame. */
export function nextFrame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

async function idleFrameMs(): Promise<number> {
  const intervals: number[] = [];
  let last = await nextFrame();
  for (let i = 0; i < IDLE_FRAMES; i++) {
    const now = await nextFrame();
    intervals.push(now - last);
    last = now;
  }
  return summarize(intervals).medianMs;
}

/** 95th percentile over the fastest run of a fixed piece of work of about a millisecond. */
function unevenness(): number {
  const times: number[] = [];
  let sum = 0;
  for (let run = 0; run < WORK_RUNS; run++) {
    const start = performance.now();
    for (let i = 0; i < 200_000; i++) sum += Math.sqrt(i + run);
    // Used, so that the loop is not dropped.
    if (sum > 0) times.push(performance.now() - start);
  }
  // The first runs are not compiled yet.
  const { p95Ms, minMs } = summarize(times.slice(5));
  return p95Ms / minMs;
}

/** The smallest step of `performance.now()`. */
function clockStepMs(): number {
  let step = Infinity;
  let last = performance.now();
  for (let seen = 0; seen < 20;) {
    const now = performance.now();
    if (now === last) continue;
    step = Math.min(step, now - last);
    last = now;
    seen++;
  }
  return step;
}
