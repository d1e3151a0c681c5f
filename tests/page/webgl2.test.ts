import { BoxGeometry } from 'three';
import { beforeAll, describe, expect, it } from 'vitest';
import { viewIds } from '../../src/core/settings';
import type { ViewId } from '../../src/core/settings';
import type { ImageData8 } from '../../src/page-api';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, noticesOf, open, play } from './browser';
import { loadScene } from './glb';
import { countDifferent, isFinitePicture, meanDifference, rangeOf } from './pictures';

/** Views that WebGL2 must draw as WebGPU does, each with another part of the pipeline behind it. */
const common = [
  'debug:guide-albedo',
  'debug:normal',
  'debug:depth',
  'debug:light',
  'debug:shadow',
  'debug:lit',
  'raw',
  'taau',
  'classic',
  'resolve',
] as const;

describe('without WebGPU', () => {
  let demo: OpenDemo;
  const pictures = new Map<ViewId, ImageData8>();

  beforeAll(async () => {
    demo = await open({ size: '96x64', scene: 'cornell' }, { graphics: 'no-webgpu' });
    await demo.call('seek', 30);
    for (const view of common) pictures.set(view, await demo.pixels(view));
  });

  it('says so', async () => {
    expect((await noticesOf(demo)).join()).toContain('WebGL2');
    expect(await demo.get('stats')).toMatchObject({
      adapter: 'WebGL2',
      backend: 'wasm',
      ai: 'running',
    });
  });

  it.each(viewIds)('draws %s', async (view) => {
    const linear = await demo.pixelsLinear(view);
    expect(isFinitePicture(linear)).toBe(true);
    const { least, most } = rangeOf(linear);
    // Nothing moves after a seek, and nothing is remembered.
    const flat = ['debug:motion', 'debug:history'].includes(view);
    if (!flat) expect(most - least).toBeGreaterThan(0.02);
  });

  it('at intensity 0 shows the raw lighting through the same resolve, exactly', async () => {
    await demo.call('apply', { intensity: 0 });
    await demo.call('seek', 40);
    await play(demo, 2);
    const [ai, raw] = [
      await demo.pixelsLinear('ai'),
      await demo.pixelsLinear('debug:raw-resolved'),
    ];
    expect(countDifferent(ai, raw)).toBe(0);
  });

  it('refuses the network on WebGPU by name, and goes on without', async () => {
    await demo.call('apply', { backend: 'webgpu', intensity: 1 });
    expect((await demo.get('stats')).ai).toMatch(/^failed: backend=webgpu/);
    expect((await noticesOf(demo)).join()).toContain('backend=webgpu');
    await demo.call('step', 1);
    expect(rangeOf(await demo.pixels('raw')).most).toBeGreaterThan(40);
    await demo.call('apply', { backend: 'auto' });
    expect((await demo.get('stats')).ai).toBe('running');
  });

  it('draws what WebGPU draws, the right way up', async () => {
    const other = await open({ size: '96x64', scene: 'cornell', backend: 'none' });
    await other.call('seek', 30);
    for (const view of common) {
      const difference = meanDifference(await other.pixels(view), pictures.get(view)!);
      expect(difference, view).toBeLessThan(1);
    }
    expectNoProblems(other);
    await other.close();
  });

  it('shows the sky itself, the right way round, where nothing is before it', async () => {
    const shots = [{ eye: [1.6, 1.1, 1.9], target: [0, 0.9, 0] }] as const;
    const parts = [{ geometry: new BoxGeometry(0.05, 0.05, 0.05) }];
    await loadScene(demo, { parts, shots, fovDeg: 90 }, 'sky');
    await demo.call('seek', 0);
    const [resolved, raw] = [await demo.pixels('resolve'), await demo.pixels('bilinear')];
    expect(rangeOf(raw).most - rangeOf(raw).least).toBeGreaterThan(50);
    // The raw sky has half as many pixels each way, and half a step of rounding.
    expect(meanDifference(resolved, raw)).toBeLessThan(1);
  });

  it('reports no error', () => {
    expectNoProblems(demo);
  });
});

describe('a WebGPU that cannot draw into the format of SSGI', () => {
  const withoutTheFormat = (page: OpenDemo['page']): Promise<unknown> =>
    page.addInitScript(() => {
      const requestDevice = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = function (descriptor) {
        const features = [...(descriptor?.requiredFeatures ?? [])];
        const requiredFeatures = features.filter((name) => name !== 'rg11b10ufloat-renderable');
        return requestDevice.call(this, { ...descriptor, requiredFeatures });
      };
    });

  it('says so, and draws the other views', async () => {
    const address = { size: '64x48', scene: 'cornell', backend: 'none', view: 'classic' };
    const other = await open(address, { prepare: withoutTheFormat });
    await other.call('seek', 0);
    expect((await noticesOf(other)).join()).toContain('"classic" cannot be drawn here');
    await expect(other.pixels('classic')).rejects.toThrow('rg11b10ufloat-renderable');
    await other.call('step', 1);
    expect(rangeOf(await other.pixels('taau')).most).toBeGreaterThan(40);
    expectNoProblems(other);
    await other.close();
  });
});

describe('without WebGPU and WebGL2', () => {
  it('says that it cannot draw, and nothing breaks', async () => {
    const demo = await open({}, { graphics: 'none' });
    await expect.poll(() => noticesOf(demo), { timeout: 60_000 }).toHaveLength(1);
    const [notice = ''] = await noticesOf(demo);
    expect(notice).toContain('cannot draw');
    expect(notice).toContain('WebGPU');
    expect(notice).toContain('WebGL2');
    expect(await demo.page.locator('#progress').isVisible()).toBe(false);
    expect(await demo.page.evaluate(() => 'demo' in window)).toBe(false);
    expectNoProblems(demo);
  });
});
