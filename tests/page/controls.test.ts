import { BoxGeometry } from 'three';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Settings } from '../../src/core/settings';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, noticesOf, open } from './browser';
import { writeGlb } from './glb';
import { rangeOf } from './pictures';

let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: '160x96', scene: 'cornell', backend: 'none' });
  // The GPU is still busy with the first frame; reading one waits for it.
  await demo.pixels('raw');
});

const setting = async <K extends keyof Settings>(key: K): Promise<Settings[K]> =>
  (await demo.get('settings'))[key];

const press = (key: string): Promise<void> => demo.page.keyboard.press(key);

describe('keys', () => {
  it.each(['Space', 't', 'T'])(
    '%s switches between AI and raw, and the label says so',
    async (key) => {
      const label = demo.page.locator('.split-label-right');
      expect(await setting('view')).toBe('ai');
      await press(key);
      expect(await setting('view')).toBe('raw');
      expect(await label.textContent()).toBe('Raw');
      await press(key);
      expect(await setting('view')).toBe('ai');
      // What stands in for it without a network.
      expect(await label.textContent()).toBe('Resolve only');
    },
  );

  it('P pauses and plays on', async () => {
    expect(await setting('paused')).toBe(true);
    const { frame } = await demo.get('stats');
    await press('p');
    expect(await setting('paused')).toBe(false);
    await demo.page.waitForFunction((start) => window.demo.stats.frame > start, frame, {
      timeout: 120_000,
    });
    await press('p');
    expect(await setting('paused')).toBe(true);
  });

  it('H hides everything but the picture', async () => {
    await press('h');
    expect(await demo.page.locator('#controls').isVisible()).toBe(false);
    expect(await demo.page.locator('#picture').isVisible()).toBe(true);
    await press('h');
    expect(await demo.page.locator('#controls').isVisible()).toBe(true);
  });

  it('are left alone with Ctrl held, and while a number is typed', async () => {
    await press('Control+t');
    expect(await setting('view')).toBe('ai');
    await demo.page
      .locator('#controls input[type=text]:enabled, #controls input[type=number]:enabled')
      .first()
      .click();
    await press('t');
    expect(await setting('view')).toBe('ai');
    await press('Escape');
    await demo.page.locator('#picture').click();
  });
});

describe('split', () => {
  const handle = () => demo.page.locator('.split-handle');

  it('has a divider only while two views are compared', async () => {
    expect(await handle().isVisible()).toBe(false);
    await demo.call('apply', { view: 'resolve', compareView: 'raw' });
    expect(await handle().isVisible()).toBe(true);
    expect(await handle().getAttribute('aria-valuenow')).toBe('50');
    expect(await demo.page.locator('.split-label-left').textContent()).toBe('Raw');
    expect(await demo.page.locator('.split-label-right').textContent()).toBe('Resolve only');
  });

  it('moves with the arrow keys, and its ends hold', async () => {
    await handle().focus();
    await press('ArrowRight');
    expect(await setting('splitPosition')).toBeCloseTo(0.51, 9);
    await press('PageDown');
    expect(await setting('splitPosition')).toBeCloseTo(0.41, 9);
    await press('End');
    expect(await setting('splitPosition')).toBe(1);
    await press('ArrowRight');
    expect(await setting('splitPosition')).toBe(1);
    await press('Home');
    expect(await handle().getAttribute('aria-valuenow')).toBe('0');
  });

  it('follows the pointer', async () => {
    await demo.call('apply', { splitPosition: 0.5 });
    const box = (await demo.page.locator('#picture').boundingBox())!;
    const [middle, quarter] = [0.5, 0.25].map((share) => box.x + share * box.width);
    await demo.page.mouse.move(middle!, box.y + box.height / 2);
    await demo.page.mouse.down();
    await demo.page.mouse.move(quarter!, box.y + box.height / 2, { steps: 3 });
    await demo.page.mouse.up();
    expect(await setting('splitPosition')).toBeCloseTo(0.25, 1);
    // Let go: the pointer moves on alone.
    await demo.page.mouse.move(middle!, box.y + 5);
    expect(await setting('splitPosition')).toBeCloseTo(0.25, 1);
  });

  it('goes when the comparison ends', async () => {
    await demo.call('apply', { compareView: 'off' });
    expect(await handle().isVisible()).toBe(false);
  });
});

describe('panel and notices', () => {
  it('shows what scripts set', async () => {
    await demo.call('apply', { quality: 'quality', view: 'bilinear' });
    const shown = await demo.page
      .locator('#controls select')
      .evaluateAll((lists) =>
        lists.map((list) => (list as HTMLSelectElement).selectedOptions[0]?.text ?? ''),
      );
    expect(shown).toContain('Bilinear');
    expect(shown.some((text) => text.startsWith('Quality'))).toBe(true);
  });

  it('opens a file that is dropped or chosen, and says what is wrong with it', async () => {
    const [chooser] = await Promise.all([
      demo.page.waitForEvent('filechooser'),
      demo.page.getByText('Open a GLB file').click(),
    ]);
    const html = { name: 'page.glb', mimeType: 'model/gltf-binary', buffer: Buffer.from('<html>') };
    await chooser.setFiles(html);
    await expect.poll(() => noticesOf(demo), { timeout: 60_000 }).toHaveLength(1);
    expect((await noticesOf(demo))[0]).toContain('page.glb');
    expect(await setting('scene')).toBe('cornell');
  });

  const choose = async (name: string, buffer: Buffer): Promise<void> => {
    const [chooser] = await Promise.all([
      demo.page.waitForEvent('filechooser'),
      demo.page.getByText('Open a GLB file').click(),
    ]);
    await chooser.setFiles({ name, mimeType: 'model/gltf-binary', buffer });
    await expect.poll(() => setting('scene'), { timeout: 60_000 }).toBe(name);
  };
  const parts = [{ geometry: new BoxGeometry(1, 1, 1) }];
  const shots = [{ eye: [1.6, 1.1, 1.9], target: [0, 0, 0] }] as const;

  it('shows a file without lights under a sky', async () => {
    await choose('box.glb', writeGlb({ parts, shots }));
    // Black would be 0. The name is there before the first picture.
    const darkest = async (): Promise<number> => rangeOf(await demo.pixels('raw')).least;
    await expect.poll(darkest, { timeout: 60_000 }).toBeGreaterThan(50);
  });

  it('exposes a file for its own light, says so, and forgets it with the file', async () => {
    // A lamp of 1,000 W, as Blender writes it: everything white at an exposure of 1.
    const lamps = [{ type: 'point', intensity: 54_351, at: [1, 1.5, 1] }] as const;
    await choose('lamp.glb', writeGlb({ parts, shots, lamps }));
    await expect.poll(() => setting('exposure'), { timeout: 60_000 }).toBeLessThan(0.001);
    expect((await noticesOf(demo)).at(-1)).toContain('lamp.glb');
    const { mean, most } = rangeOf(await demo.pixels('raw'));
    expect(most).toBeGreaterThan(150);
    expect(mean).toBeLessThan(200);
    await demo.page.locator('#controls select').filter({ hasText: 'lamp.glb' }).selectOption('cornell'); // prettier-ignore
    await expect.poll(() => setting('scene'), { timeout: 60_000 }).toBe('cornell');
    expect(await setting('exposure')).toBe(1);
  });

  it('a notice goes when it is dismissed', async () => {
    const before = await noticesOf(demo);
    await demo.page.locator('.notice-dismiss').first().click();
    expect(await noticesOf(demo)).toEqual(before.slice(1));
  });

  it('the progress overlay is gone', async () => {
    expect(await demo.page.locator('#progress').isVisible()).toBe(false);
  });
});

it('reports no error', () => {
  expectNoProblems(demo);
});
