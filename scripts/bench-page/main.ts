import { summarize } from '../../src/bench/stats';
import { oidnSmall } from './oidn-small';
import { loadPicture, psnr, thinOut } from './pictures';
import { createSimdLoop } from './simd-loop';
import { timeNetwork, type NetworkRun } from './time-network';
import { createUpscaler, UPSCALE, upscalerNames, type UpscalerName } from './upscaler';

/** How often something is run. */
interface Repeats {
  readonly warmUp: number;
  readonly runs: number;
}
/** Size in pixels, the network's own padding included. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** Our network, by its address, or the one with random weights. */
type NetworkSource = { readonly url: string; readonly channels: number } | 'oidn-small';

/** Time of a turn that is worth measuring. */
const LOOP_MS = 20;

const api = {
  upscalerNames,
  /** What Open Image Denoise's small network costs per pixel of the picture. */
  oidnCost() {
    const { macsPerPixel, parameters, alignment } = oidnSmall();
    return { macsPerPixel, parameters, alignment };
  },
  /** Median time of a network alone. */
  async network(
    source: NetworkSource,
    run: Size & Repeats & Pick<NetworkRun, 'backend' | 'threads'>,
  ) {
    const { bytes, channels } = source === 'oidn-small' ? oidnSmall() : await download(source);
    return summarize(await timeNetwork({ ...run, bytes, channels }));
  },
  /** Median time of an upscaler on a low-resolution picture of noise, until it is on its canvas. */
  async upscaler(name: UpscalerName, { width, height, warmUp, runs }: Size & Repeats) {
    const picture = new ImageData(width, height);
    picture.data.forEach((_, i, data) => (data[i] = i % 4 === 3 ? 255 : (i * 73) % 256));
    const upscaler = await createUpscaler(name, picture);
    const times: number[] = [];
    for (let i = 0; i < warmUp + runs; i++) {
      const start = performance.now();
      await upscaler.run();
      if (i >= warmUp) times.push(performance.now() - start);
    }
    upscaler.close();
    const { macsPerInputPixel } = upscaler;
    return { ...summarize(times), macsPerOutputPixel: macsPerInputPixel / UPSCALE ** 2 };
  },
  /** PSNR in dB of a picture, or of what an upscaler makes of the low-resolution picture in it. */
  async score(pictureUrl: string, referenceUrl: string, name?: UpscalerName) {
    const [picture, reference] = [await loadPicture(pictureUrl), await loadPicture(referenceUrl)];
    if (!name) return psnr(picture, reference);
    const upscaler = await createUpscaler(name, thinOut(picture, UPSCALE));
    const result = psnr(await upscaler.read(), reference);
    upscaler.close();
    return result;
  },
  /** Multiply-adds per second of plain SIMD128 on one thread, the median of `runs`. */
  async simdMacsPerS(runs: number) {
    const { run, macsPerTurn } = await createSimdLoop();
    const timeOf = (turns: number): number => {
      const start = performance.now();
      run(turns);
      return performance.now() - start;
    };
    let turns = 1 << 16;
    // Longer and longer, which also lets the browser compile it anew, optimised.
    while (timeOf(turns) < LOOP_MS) turns *= 2;
    const times = Array.from({ length: runs }, () => timeOf(turns));
    return (turns * macsPerTurn * 1000) / summarize(times).medianMs;
  },
  /** Sum of the loop after some turns, for tests. */
  simdSum: async (turns: number) => (await createSimdLoop()).run(turns),
};

async function download({ url, channels }: { url: string; channels: number }) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return { bytes: new Uint8Array(await response.arrayBuffer()), channels };
}

declare global {
  interface Window {
    benchPage: typeof api;
  }
}
window.benchPage = api;
