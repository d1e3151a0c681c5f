import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodePng } from '../../scripts/lib/png';
import { openBenchPage, type BenchPage } from '../../scripts/lib/bench-page';
import { serve, type DemoServer } from '../../scripts/lib/serve';

const contract = JSON.parse(readFileSync('models/relight-s.json', 'utf8')) as { inputs: string[] };
let server: DemoServer;
let bench: BenchPage;

beforeAll(async () => {
  server = await serve('dev');
  bench = await openBenchPage({ server });
});

afterAll(async () => {
  await bench?.close();
  await server?.close();
});

/** Address of a grey picture with a step from dark to bright in the middle. */
function stepPicture(width: number, height: number): string {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) data.fill(i % width < width / 2 ? 40 : 200, i * 4, i * 4 + 4); // prettier-ignore
  return `data:image/png;base64,${Buffer.from(encodePng({ width, height, data })).toString('base64')}`;
}

it('runs the network with random weights: the file is valid ONNX', async () => {
  const run = { width: 32, height: 16, warmUp: 0, runs: 2, backend: 'wasm', threads: 1 } as const;
  const { count } = await bench.page.evaluate(
    (options) => window.benchPage.network('oidn-small', options),
    run,
  );
  expect(count).toBe(2);
});

it('runs ours alone', async () => {
  const source = { url: '/models/relight-s.onnx', channels: contract.inputs.length };
  const run = { width: 32, height: 16, warmUp: 0, runs: 1, backend: 'wasm', threads: 1 } as const;
  const { medianMs } = await bench.page.evaluate(([a, b]) => window.benchPage.network(a, b), [source, run] as const); // prettier-ignore
  expect(medianMs).toBeGreaterThan(0);
});

it('scores pictures, and what the upscaler makes of them', async () => {
  // No multiple of the upscaler's workgroup: the padding must not reach the picture.
  const [picture, other] = [stepPicture(72, 40), stepPicture(72, 40)];
  const score = (name?: 's') =>
    bench.page.evaluate(([a, b, c]) => window.benchPage.score(a, b, c), [picture, other, name] as const); // prettier-ignore
  expect(await score()).toBe(Infinity);
  const upscaled = await score('s');
  expect(upscaled).toBeGreaterThan(25);
  expect(upscaled).toBeLessThan(100);
});

it('counts the multiply-adds of the upscaler: one for each weight and input pixel', async () => {
  const { count, macsPerOutputPixel } = await bench.page.evaluate(() =>
    window.benchPage.upscaler('s', { width: 16, height: 16, warmUp: 0, runs: 1 }),
  );
  expect(count).toBe(1);
  // Convolutions of 4 and three times 8 to 4 channels, for four pixels.
  expect(macsPerOutputPixel).toBe((9 * (4 * 4 + 3 * 8 * 4)) / 4);
});
