import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDemo, type OpenDemo } from '../../scripts/lib/demo';
import { projectRoot } from '../../scripts/lib/install.mjs';
import { serve, type DemoServer } from '../../scripts/lib/serve';
import { expectNoProblems } from './browser';

let folder: string;
let server: DemoServer;
let demo: OpenDemo;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relight-build-'));
  await build({ root: projectRoot, logLevel: 'error', build: { outDir: folder } });
  server = await serve('preview', { buildIn: folder });
  const params = {
    scene: 'calibration-plane-point',
    size: '64x40',
    view: 'ai',
    model: 's',
    paused: '1',
  };
  demo = await openDemo({ server, params });
});

afterAll(async () => {
  await demo?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

it('runs the network on the CPU, with threads', async () => {
  expect(await demo.page.evaluate(() => crossOriginIsolated)).toBe(true);
  const { ai, backend } = await demo.get('stats');
  expect([ai, backend]).toEqual(['running', 'wasm']);
});

it('runs the network through WebGPU', async () => {
  await demo.call('apply', { backend: 'webgpu' });
  const { ai, backend } = await demo.get('stats');
  expect([ai, backend]).toEqual(['running', 'webgpu']);
});

it('reports no error', () => {
  expectNoProblems(demo);
});
