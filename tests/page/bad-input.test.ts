import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Route } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/core/settings';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, noticesOf, open } from './browser';
import { isFinitePicture, rangeOf } from './pictures';

const models = join(import.meta.dirname, '..', '..', 'models');
const network = readFileSync(join(models, 'relight-m.onnx'));
type Fields = Record<string, unknown>;
const contract = JSON.parse(readFileSync(join(models, 'relight-m.json'), 'utf8')) as Fields;

let demo: OpenDemo;

async function expectRawDraws(): Promise<void> {
  await demo.call('step', 1);
  expect(isFinitePicture(await demo.pixelsLinear('raw'))).toBe(true);
  const { least, most } = rangeOf(await demo.pixels('raw'));
  expect(most - least).toBeGreaterThan(40);
}

const dismissNotices = (): Promise<void> =>
  demo.page.locator('.notice-dismiss').evaluateAll((buttons) => {
    for (const button of buttons) (button as HTMLButtonElement).click();
  });

beforeAll(async () => {
  demo = await open({
    size: '96x64',
    backend: 'none',
    scene: 'nowhere',
    view: 'neural',
    frame: '-1',
    colour: 'blue',
  });
});

describe('address parameters', () => {
  it('that are wrong are named in a notice each', async () => {
    const notices = await noticesOf(demo);
    expect(notices).toHaveLength(4);
    for (const [name, value] of [
      ['scene', 'nowhere'],
      ['view', 'neural'],
      ['frame', '-1'],
      ['colour', ''],
    ] as const) {
      const notice = notices.find((text) => text.includes(name) && text.includes(value));
      expect(notice, name).toBeDefined();
    }
  });

  it('leave the defaults in their place, and the others work', async () => {
    const { scene, view, frame, backend, size } = await demo.get('settings');
    const wanted = defaultSettings();
    expect([scene, view, frame]).toEqual([wanted.scene, wanted.view, wanted.frame]);
    expect([backend, size]).toEqual(['none', { widthPx: 96, heightPx: 64 }]);
    expect((await demo.get('stats')).ai).toBe('off');
    await expectRawDraws();
  });

  it('are no error', () => {
    expectNoProblems(demo);
  });
});

/** Answers with other bytes than the file has. */
const answer =
  (body: Buffer | string, contentType = 'application/octet-stream', status = 200) =>
  (route: Route): Promise<void> =>
    route.fulfill({ status, contentType, body });

const edited = (changes: Fields): ((route: Route) => Promise<void>) =>
  answer(JSON.stringify({ ...contract, ...changes }), 'application/json');

const flipped = Buffer.from(network);
flipped[flipped.length >> 1]! ^= 0xff;
const noNetwork = Buffer.from('this is no network at all');

interface BadModel {
  readonly what: string;
  readonly json?: (route: Route) => Promise<void>;
  readonly onnx?: (route: Route) => Promise<void>;
  /** Words that the notice must hold. */
  readonly says: readonly string[];
}

const badModels: readonly BadModel[] = [
  {
    what: 'a missing contract',
    json: answer('', 'text/plain', 404),
    says: ['relight-m.json', '404'],
  },
  {
    what: 'a missing network',
    onnx: answer('', 'text/plain', 404),
    says: ['relight-m.onnx', '404'],
  },
  {
    what: 'a page instead of the contract',
    json: answer('<!doctype html>', 'text/html'),
    says: ['relight-m.json', 'HTML'],
  },
  {
    what: 'a page instead of the network',
    onnx: answer('<!DOCTYPE html><p>no', 'text/html'),
    says: ['relight-m.onnx', 'HTML'],
  },
  {
    what: 'a page that pretends to be a file',
    onnx: answer('<!DOCTYPE html><p>no'),
    says: ['relight-m.onnx', 'HTML'],
  },
  {
    what: 'a truncated network',
    onnx: answer(network.subarray(0, 5000)),
    says: ['relight-m.onnx', '5000 bytes', 'truncated'],
  },
  {
    what: 'a network with a wrong byte',
    onnx: answer(flipped),
    says: ['relight-m.onnx', 'SHA-256'],
  },
  { what: 'half a contract', json: answer('{"name": "rel', 'application/json'), says: ['JSON'] },
  { what: 'a contract of another version', json: edited({ version: 1 }), says: ['"version"', '1'] },
  {
    what: 'a contract with another transfer function',
    json: edited({ transfer: { ...(contract['transfer'] as Fields), scale: 8 } }),
    says: ['"transfer.scale"', '8'],
  },
  {
    what: 'a contract with a channel that the page lacks',
    json: edited({ inputs: ['lit_r', 'smell'] }),
    says: ['"inputs"', 'smell'],
  },
  {
    what: 'a network that the runtime cannot read',
    json: edited({
      bytes: noNetwork.length,
      sha256: createHash('sha256').update(noNetwork).digest('hex'),
    }),
    onnx: answer(noNetwork),
    says: ['relight-m.onnx', 'does not start on wasm'],
  },
  {
    what: 'a broken connection',
    onnx: (route) => route.abort(),
    says: ['relight-m.onnx', 'could not be fetched'],
  },
];

describe('models', () => {
  beforeEach(dismissNotices);

  it.each(badModels)('$what: the notice says so, and raw goes on', async ({ json, onnx, says }) => {
    if (json) await demo.page.route('**/models/relight-m.json*', json);
    if (onnx) await demo.page.route('**/models/relight-m.onnx*', onnx);
    await demo.call('apply', { backend: 'none' });
    await demo.call('apply', { backend: 'wasm' });
    await demo.page.unrouteAll();
    const { ai, backend } = await demo.get('stats');
    expect(backend).toBe('none');
    expect(ai).toMatch(/^failed: ./);
    const [notice = ''] = await noticesOf(demo);
    expect(notice).toContain(ai.slice('failed: '.length));
    for (const word of says) expect(notice).toContain(word);
    await expectRawDraws();
    expect(await demo.page.locator('.split-label-right').textContent()).toBe('Resolve only');
    await expect
      .poll(() => demo.page.locator('#hud').textContent(), { timeout: 60_000 })
      .toContain(ai);
    await expect(demo.pixels('ai')).rejects.toThrow('needs the network');
  });

  it('that are fine again run again', async () => {
    await demo.call('apply', { backend: 'none' });
    await demo.call('apply', { backend: 'wasm' });
    expect(await demo.get('stats')).toMatchObject({ ai: 'running', backend: 'wasm' });
    await demo.call('step', 1);
    expect(isFinitePicture(await demo.pixelsLinear('ai'))).toBe(true);
  });

  it('cause no error but the failed requests themselves', () => {
    expect(demo.problems.filter((text) => !/Failed to load resource/.test(text))).toEqual([]);
  });
});

describe('a page without its model from the start', () => {
  it('gets ready, says so and draws', async () => {
    await demo.page.route('**/models/*', answer('', 'text/plain', 404));
    await demo.page.goto(`${demo.server.url}?size=96x64&paused=1`);
    await demo.page.waitForFunction(() => 'demo' in window);
    await demo.page.evaluate(() => window.demo.ready);
    expect((await demo.get('stats')).ai).toMatch(/^failed: .*relight-m\.json.*404/);
    expect((await noticesOf(demo)).join()).toContain('relight-m.json');
    await expectRawDraws();
  });
});
