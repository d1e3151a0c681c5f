import { beforeAll, describe, expect, it } from 'vitest';
import { pictureViews, qualityNames, qualityScale } from '../../src/core/settings';
import type { Settings, ViewId } from '../../src/core/settings';
import type { ImageData8 } from '../../src/page-api';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open, screenshot } from './browser';
import { countDifferent, isFinitePicture, meanDifference, rangeOf } from './pictures';

const size = { widthPx: 96, heightPx: 64 };
let demo: OpenDemo;
let cornell: ImageData8;
/** Addresses of network files that were fetched after the page was ready. */
const fetchedNetworks: string[] = [];

beforeAll(async () => {
  demo = await open({ size: '96x64', scene: 'cornell' });
  demo.page.on('request', (request) => {
    if (request.url().includes('.onnx')) fetchedNetworks.push(request.url());
  });
  await demo.call('seek', 30);
  cornell = await demo.pixels('ai');
});

/** Fails unless a view draws a picture of the present size that is neither flat nor broken. */
async function expectDraws(view: ViewId = 'ai'): Promise<ImageData8> {
  const { outputSize, ai } = await demo.get('stats');
  expect(ai).toBe('running');
  expect(isFinitePicture(await demo.pixelsLinear(view))).toBe(true);
  const picture = await demo.pixels(view);
  expect([picture.width, picture.height]).toEqual(outputSize);
  const { least, most } = rangeOf(picture);
  expect(most - least).toBeGreaterThan(40);
  return picture;
}

/** The page's own words for refusing a call. */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('quality', () => {
  it.each(qualityNames)('%s runs on the same network', async (quality) => {
    await demo.call('apply', { quality });
    await demo.call('step', 1);
    const scale = qualityScale[quality];
    const input = [Math.ceil(size.widthPx / scale), Math.ceil(size.heightPx / scale)];
    expect((await demo.get('stats')).inputSize).toEqual(input);
    const { shape } = await demo.call('networkInput');
    expect(shape.slice(2)).toEqual(input.toReversed().map((side) => Math.ceil(side / 16) * 16));
    await expectDraws();
    expect(fetchedNetworks).toEqual([]);
  });

  it('comes back to the same picture', async () => {
    await demo.call('apply', { quality: 'performance' });
    await demo.call('seek', 30);
    expect(countDifferent(await demo.pixels('ai'), cornell)).toBe(0);
  });
});

describe('size', () => {
  it.each([
    [128, 72],
    [101, 67],
    [16, 16],
  ])('changes to %d x %d', async (widthPx, heightPx) => {
    await demo.call('apply', { size: { widthPx, heightPx } });
    await demo.call('step', 2);
    const { outputSize, inputSize } = await demo.get('stats');
    expect(outputSize).toEqual([widthPx, heightPx]);
    expect(inputSize).toEqual([Math.ceil(widthPx / 2), Math.ceil(heightPx / 2)]);
    for (const view of pictureViews) await expectDraws(view);
  });

  it('follows the window', async () => {
    await demo.page.setViewportSize({ width: 200, height: 120 });
    await demo.call('apply', { size: 'fit' });
    const [width, height] = (await demo.get('stats')).outputSize;
    expect([width, height]).toEqual([200, 120]);
    await demo.page.setViewportSize({ width: 240, height: 150 });
    await demo.page.waitForFunction(() => window.demo.stats.outputSize[0] === 240);
    await demo.call('step', 1);
    await expectDraws();
    // A window that two cores could not fill in time: the same aspect at 384×216 pixels.
    await demo.page.setViewportSize({ width: 1600, height: 900 });
    await demo.page.waitForFunction(() => window.demo.stats.outputSize[0] === 384);
    expect((await demo.get('stats')).outputSize).toEqual([384, 216]);
    await demo.page.setViewportSize({ width: 960, height: 600 });
  });

  it('comes back to the same picture', async () => {
    await demo.call('apply', { size });
    await demo.call('seek', 30);
    expect(countDifferent(await demo.pixels('ai'), cornell)).toBe(0);
  });
});

describe('settings', () => {
  it.each([
    [{ quality: 'ultra' }, 'quality'],
    [{ intensity: 2 }, 'intensity'],
    [{ size: { widthPx: 0, heightPx: 64 } }, 'size'],
    [{ colour: 'blue' }, 'colour'],
    [{ view: 'raw', exposure: 0 }, 'exposure'],
    [{ view: 'raw', scene: 'nowhere' }, 'nowhere'],
  ])('%j is refused by name and changes nothing', async (partial, named) => {
    const before = await demo.get('settings');
    expect(await refusal(demo.call('apply', partial as Partial<Settings>))).toContain(named);
    expect(await demo.get('settings')).toEqual(before);
  });
});

describe('files and names', () => {
  const loadFile = (text: string, name: string): Promise<void> =>
    demo.page.evaluate(([content, file]) => window.demo.load(new File([content], file)), [
      text,
      name,
    ] as const);

  it.each([
    ['an unknown name', () => demo.call('load', 'nowhere'), 'nowhere'],
    ['an HTML page', () => loadFile('<!doctype html><p>404', 'page.glb'), 'HTML'],
    ['a text', () => loadFile('hello', 'text.glb'), 'text.glb'],
    ['an empty file', () => loadFile('', 'empty.glb'), 'empty'],
    [
      'a cut-off GLB',
      () =>
        demo.page.evaluate(async () => {
          const { glb } = await window.demo.exportScene();
          await window.demo.load(new File([glb.slice(0, 5000)], 'cut.glb'));
        }),
      'truncated',
    ],
  ] as const)('%s is refused and the old scene stays', async (_, load, named) => {
    expect(await refusal(load())).toContain(named);
    expect((await demo.get('settings')).scene).toBe('cornell');
  });

  it('still draws the old scene', async () => {
    await demo.call('seek', 30);
    expect(countDifferent(await demo.pixels('ai'), cornell)).toBe(0);
  });
});

describe('scenes', () => {
  it.each(['atrium', 'gen-3'])('%s draws', async (scene) => {
    await demo.call('apply', { scene });
    await demo.call('seek', 30);
    expect((await demo.get('settings')).scene).toBe(scene);
    for (const view of pictureViews) await expectDraws(view);
    expect(meanDifference(await expectDraws(), cornell)).toBeGreaterThan(10);
    await screenshot(demo, scene);
  });

  it('a GLB of the present scene draws', async () => {
    await demo.page.evaluate(async () => {
      const { glb } = await window.demo.exportScene();
      await window.demo.load(new File([glb], 'copy.glb'), { environment: 'sky' });
    });
    await demo.call('seek', 30);
    expect((await demo.get('settings')).scene).toBe('copy.glb');
    for (const view of ['raw', 'ai', 'debug:normal'] as const) await expectDraws(view);
    await screenshot(demo, 'glb');
  });

  it('an unknown environment is refused by name', async () => {
    const work = demo.page.evaluate(() =>
      window.demo.load(new File(['{}'], 'a.gltf'), { environment: 'fog' }),
    );
    expect(await refusal(work)).toContain('fog');
  });

  it('the first one comes back to the same picture', async () => {
    await demo.call('load', 'cornell');
    await demo.call('seek', 30);
    expect(countDifferent(await demo.pixels('ai'), cornell)).toBe(0);
  });
});

it('reports no error', () => {
  expectNoProblems(demo);
});
