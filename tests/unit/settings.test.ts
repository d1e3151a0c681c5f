import { describe, expect, it } from 'vitest';
import {
  applySettings,
  defaultSettings,
  qualityScale,
  SettingsError,
  viewIds,
} from '../../src/core/settings';
import { readUrlParameters } from '../../src/core/url-parameters';
import type { Settings } from '../../src/core/settings';

const sceneNames = ['cornell', 'atrium'];

/** What a script without types may pass. */
const untyped = (value: unknown): Partial<Settings> => value as Partial<Settings>;

function refusal(partial: unknown): string {
  const settings = defaultSettings();
  try {
    applySettings(settings, untyped(partial));
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    expect(settings).toEqual(defaultSettings());
    return (error as SettingsError).message;
  }
  throw new Error(`${JSON.stringify(partial)} was accepted`);
}

describe('defaultSettings', () => {
  it('passes its own rules and gives a fresh object each time', () => {
    expect(applySettings(defaultSettings(), defaultSettings())).toEqual([]);
    expect(defaultSettings()).not.toBe(defaultSettings());
  });

  it('sends fewer rays where a CPU draws', () => {
    const { rays, ...others } = defaultSettings('cpu');
    expect(rays).toBeLessThan(defaultSettings('gpu').rays);
    expect(defaultSettings('gpu')).toMatchObject(others);
  });

  it('has the scale of each quality mode', () => {
    expect(Object.values(qualityScale)).toEqual([1, 1.5, 1.7, 2, 3]);
  });
});

describe('applySettings', () => {
  it('writes what is given, leaves the rest and names what changed', () => {
    const settings = defaultSettings();
    const changed = applySettings(settings, { view: 'raw', intensity: 0.25, paused: false });
    expect(changed).toEqual(['view', 'intensity']);
    expect(settings).toEqual({ ...defaultSettings(), view: 'raw', intensity: 0.25 });
  });

  it('accepts every view, also as the compared one', () => {
    for (const view of viewIds) {
      const settings = defaultSettings();
      applySettings(settings, { view, compareView: view });
      expect([settings.view, settings.compareView]).toEqual([view, view]);
    }
  });

  it('keeps a copy of the size', () => {
    const settings = defaultSettings();
    const size = { widthPx: 640, heightPx: 360 };
    expect(applySettings(settings, { size })).toEqual(['size']);
    size.widthPx = 1;
    expect(settings.size).toEqual({ widthPx: 640, heightPx: 360 });
    expect(applySettings(settings, { size: { widthPx: 640, heightPx: 360 } })).toEqual([]);
  });

  it.each([
    ['splitPosition', [0, 1, 0.3]],
    ['intensity', [0, 1]],
    ['exposure', [1e-6, 1e6]],
    ['rays', [1, 64]],
    ['seed', [0, 4294967295]],
    ['frame', [0, 12]],
  ] as const)('accepts the ends of the range of %s', (key, values) => {
    for (const value of values) {
      const settings = defaultSettings();
      applySettings(settings, { [key]: value });
      expect(settings[key]).toBe(value);
    }
  });

  it.each([
    ['view', 'neural'],
    ['view', 'debug:nothing'],
    ['view', 'off'],
    ['compareView', null],
    ['quality', 'ultra'],
    ['quality', 'toString'],
    ['model', 'xl'],
    ['model', 'l'],
    ['backend', 'webgl'],
    ['cameraMode', 'Path'],
    ['scene', ''],
    ['scene', ' '],
    ['scene', 3],
    ['paused', 1],
    ['paused', undefined],
    ['splitPosition', -0.01],
    ['intensity', Number.NaN],
    ['intensity', 1.001],
    ['intensity', '1'],
    ['exposure', 0],
    ['rays', 0],
    ['rays', 2.5],
    ['exposure', Number.POSITIVE_INFINITY],
    ['seed', -1],
    ['seed', 2 ** 32],
    ['frame', 1.5],
    ['frame', Number.NaN],
    ['size', '640x360'],
    ['size', null],
    ['size', { widthPx: 640 }],
    ['size', { widthPx: 640, heightPx: 0 }],
    ['size', { widthPx: 640.5, heightPx: 360 }],
    ['size', { widthPx: 640, heightPx: 9000 }],
    ['size', { widthPx: 640, heightPx: 360, depthPx: 1 }],
  ])('refuses %s = %j', (key, value) => {
    const message = refusal({ [key]: value });
    expect(message.startsWith(`${key}: `)).toBe(true);
    expect(message).toMatch(/ is not ./);
  });

  it('names the key, the value and what is allowed', () => {
    expect(refusal({ intensity: 2 })).toBe('intensity: 2 is not a number from 0 to 1');
    expect(refusal({ backend: 'gpu' })).toBe(
      'backend: "gpu" is not one of auto, webgpu, wasm, none',
    );
  });

  it.each(['brightness', 'toString', 'constructor', '__proto__'])('refuses the key %s', (key) => {
    const message = refusal(JSON.parse(`{"${key}": 1}`));
    expect(message).toContain(`${key}: unknown setting (value 1)`);
    expect(message).toContain('exposure');
  });

  it('changes nothing when one of several is wrong, and names each that is', () => {
    const message = refusal({ view: 'raw', intensity: 3, exposure: 2, sparkle: true });
    expect(message).toContain('intensity: 3');
    expect(message).toContain('sparkle: unknown setting');
    expect(message).not.toContain('exposure: 2');
  });

  it.each([null, undefined, 'view', 3, [['view', 'raw']]])('refuses %j for settings', (partial) => {
    expect(refusal(partial)).toContain('is not an object of settings');
  });

  it('survives values that cannot be written down, and shortens long ones', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(refusal({ size: circular })).toContain('cannot be written as JSON');
    expect(refusal({ seed: 10n })).toContain('seed: 10 is not');
    expect(refusal({ backend: 'x'.repeat(5000) }).length).toBeLessThan(200);
  });
});

describe('readUrlParameters', () => {
  it('reads every parameter', () => {
    const search =
      '?scene=atrium&view=debug:normal&compare=raw&quality=ultra-performance&model=m' +
      '&backend=wasm&frame=12&paused=1&size=640x360&seed=7';
    expect(readUrlParameters(search, sceneNames)).toEqual({
      settings: {
        scene: 'atrium',
        view: 'debug:normal',
        compareView: 'raw',
        quality: 'ultra-performance',
        model: 'm',
        backend: 'wasm',
        frame: 12,
        paused: true,
        size: { widthPx: 640, heightPx: 360 },
        seed: 7,
      },
      problems: [],
    });
  });

  it.each(['', '?'])('has nothing to say about %j', (search) => {
    expect(readUrlParameters(search, sceneNames)).toEqual({ settings: {}, problems: [] });
  });

  it('reads the other ends', () => {
    const { settings, problems } = readUrlParameters('?paused=0&compare=off&size=fit', sceneNames);
    expect(settings).toEqual({ paused: false, compareView: 'off', size: 'fit' });
    expect(problems).toEqual([]);
  });

  it.each([
    '640',
    '640x',
    'x360',
    '640x360x2',
    '640*360',
    '-640x360',
    '0x0',
    '0x8',
    '1e3x360',
    '640.5x360',
    '99999x360',
    'NaNxNaN',
    '',
    ' 640x360',
  ])('refuses the size %j', (size) => {
    const { settings, problems } = readUrlParameters(`?size=${size}&view=raw`, sceneNames);
    expect(settings).toEqual({ view: 'raw' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('size');
    expect(problems[0]).toContain('using fit.');
  });

  it.each([
    ['view=neural', 'view', 'ai'],
    ['compare=neural', 'compare', 'off'],
    ['quality=high', 'quality', 'performance'],
    ['model=xl', 'model', 'm'],
    ['backend=cuda', 'backend', 'auto'],
    ['scene=moon', 'scene', 'cornell'],
    ['frame=-1', 'frame', '0'],
    ['frame=NaN', 'frame', '0'],
    ['frame=', 'frame', '0'],
    ['frame=1e3', 'frame', '0'],
    ['paused=yes', 'paused', '0'],
    ['seed=0x10', 'seed', '1'],
    ['seed=4294967296', 'seed', '1'],
    ['view=raw&view=ai', 'view', 'ai'],
  ])('says of %s which parameter and which default', (query, name, fallback) => {
    const { settings, problems } = readUrlParameters(`?${query}`, sceneNames);
    expect(settings).toEqual({});
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`parameter ${name}`);
    expect(problems[0]).toContain(`using ${fallback}.`);
  });

  it('names unknown parameters and still applies the good ones', () => {
    const { settings, problems } = readUrlParameters(
      '?qualty=native&view=raw&toString=1&frame=x',
      sceneNames,
    );
    expect(settings).toEqual({ view: 'raw' });
    expect(problems).toHaveLength(3);
    expect(problems[0]).toContain('"qualty"');
    expect(problems[1]).toContain('"toString"');
    expect(problems[2]).toContain('frame');
  });
});
