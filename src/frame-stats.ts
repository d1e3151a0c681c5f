import type { Capability } from './core/device';
import type { Settings } from './core/settings';
import type { FrameStats } from './page-api';

/** What the page tells of its frames before there is one. */
export function initialStats(capability: Capability, settings: Settings): FrameStats {
  return {
    frame: 0,
    timeS: 0,
    durationS: 0,
    frameMs: 0,
    inputsMs: 0,
    inference: { packMs: 0, copyMs: 0, networkMs: 0, unpackMs: 0, networkGpuMs: null },
    viewsMs: 0,
    fps: 0,
    inputSize: [0, 0],
    outputSize: [0, 0],
    adapter: capability.kind === 'webgpu' ? capability.adapter : 'WebGL2',
    backend: 'none',
    model: settings.model,
    precision: null,
    ai: 'loading',
    passes: {},
  };
}
