import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoProblems, open } from '../page/browser';
import { openGpuPage, type GpuPage } from './open-page';

/** Rounding to a half float, as a share of the value, and the least step near zero. */
const HALF = { share: 2 ** -11, least: 2 ** -25 } as const;

describe('tensors on the GPU', () => {
  let gpu: GpuPage;
  const values = [0, 1, -1, 0.1, -0.003, 3e-5, 12.34, 1000.7, -60000, 1 / 3];

  beforeAll(async () => {
    gpu = await openGpuPage('webgpu');
  });

  it.each(['float32', 'float16'] as const)(
    'keep what is written to them, %s',
    async (precision) => {
      const { read, shaded } = await gpu.page.evaluate(
        ([wide, numbers]) => window.kernels.tensorRoundTrip(wide, numbers),
        [precision, values] as const,
      );
      expect(shaded).toEqual(read);
      expect(read).toHaveLength(values.length);
      const wanted = precision === 'float32' ? values.map(Math.fround) : values;
      const { share, least } = precision === 'float32' ? { share: 0, least: 0 } : HALF;
      wanted.forEach((value, i) => {
        const error = Math.abs(read[i]! - value);
        expect(error).toBeLessThanOrEqual(Math.max(share * Math.abs(value), least));
      });
      expect(gpu.problems).toEqual([]);
    },
  );
});

describe('a half-float network', () => {
  /** Most that half floats may cost of the picture, as mean squared error in dB: 0.1 dB of a picture that is 30 dB from the truth. */
  const LEAST_PSNR = 46.5;

  it('draws the picture of the float32 network', async ({ skip }) => {
    const params = { size: '128x96', scene: 'cornell', view: 'ai', paused: '1' };
    const demo = await open({ ...params, backend: 'webgpu' });
    const halves = await demo.page.evaluate(async () => {
      const adapter = await navigator.gpu.requestAdapter();
      return adapter?.features.has('shader-f16') ?? false;
    });
    const picture = async (): Promise<Uint8Array> => {
      await demo.call('seek', 30);
      await demo.call('step', 4);
      return (await demo.pixels('ai')).data;
    };
    const onGpu = await picture();
    expect((await demo.get('stats')).precision).toBe(halves ? 'float16' : 'float32');
    if (!halves) skip('this adapter has no shader-f16');
    await demo.call('apply', { backend: 'wasm' });
    const onCpu = await picture();
    const squared = onCpu.reduce((sum, value, i) => sum + (value - onGpu[i]!) ** 2, 0);
    const psnr = 10 * Math.log10(255 ** 2 / (squared / onCpu.length));
    expect(psnr).toBeGreaterThan(LEAST_PSNR);
    expectNoProblems(demo);
  });
});
