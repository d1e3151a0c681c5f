import type { WebGPURenderer } from 'three/webgpu';
import type { Capability } from './core/device';
import type { Demo } from './demo';
import { viewIds } from './core/settings';
import { exportScene } from './export-scene';
import { readFrameBuffers, widen } from './frame-buffers';
import type { DemoApi, ImageData8, ImageDataLinear } from './page-api';
import type { PageLoop } from './page-loop';
import { runBenchmark } from './run-benchmark';

/** Builds `window.demo`. Every call waits for its turn, so that scripts need no locks. */
export function createPageApi(
  demo: Demo,
  renderer: WebGPURenderer,
  loop: PageLoop,
  capability: Capability,
  ready: Promise<void>,
): DemoApi {
  const { stats, settings } = demo;
  const pixels = async (
    view: Parameters<DemoApi['pixels']>[0],
    { linear = false }: { linear?: boolean } = {},
  ): Promise<ImageData8 | ImageDataLinear> => {
    if (!viewIds.includes(view)) {
      throw new Error(`Unknown view "${view}". Views: ${viewIds.join(', ')}.`);
    }
    const image = await demo.exclusive(() => demo.read(view, linear));
    const { width, height, data } = image;
    return data instanceof Uint16Array
      ? { width, height, data: widen(data) }
      : { width, height, data };
  };
  return {
    ready,
    settings,
    stats,
    async apply(partial) {
      if (partial.paused === false) loop.scripted = false;
      await loop.apply(partial);
    },
    load: (source, options) => loop.load(source, options),
    async seek(frame) {
      if (!(Number.isFinite(frame) && frame >= 0)) {
        throw new Error(`seek: ${frame} is not a frame number, 0 or more.`);
      }
      loop.scripted = true;
      await demo.exclusive(() => demo.seek(frame));
      loop.updateHud();
    },
    async step(n = 1) {
      loop.scripted = true;
      for (let i = 0; i < n; i++) {
        await demo.exclusive(() => demo.advance(1, loop.probesPerFrame));
      }
      loop.updateHud();
    },
    pixels: pixels as DemoApi['pixels'],
    buffers: () =>
      demo.exclusive(() => readFrameBuffers(renderer, demo.pipeline, stats.frame, stats.timeS)),
    networkInput: () => demo.exclusive(() => demo.networkInput()),
    benchmark: (options = {}) => runBenchmark(demo, loop, capability, options),
    exportScene: () =>
      demo.exclusive(() => {
        if (!demo.scene) throw new Error('There is no scene to export yet.');
        return exportScene(demo.scene);
      }),
  };
}
