import { beforeAll, describe, expect, it } from 'vitest';
import type { OpenDemo } from '../../scripts/lib/demo';
import { expectNoProblems, open, screenshot } from './browser';

let demo: OpenDemo;

beforeAll(async () => {
  demo = await open({ size: '96x64', scene: 'cornell', view: 'ai' });
});

interface TraceEvent {
  readonly name: string;
  readonly args?: { readonly data?: Readonly<Record<string, unknown>>; readonly detail?: string };
}

/** What Chrome's Performance panel would get while some frames are drawn. */
async function trace(frames: number): Promise<TraceEvent[]> {
  const session = await demo.page.context().browser()!.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) =>
    events.push(...(value as never as TraceEvent[])),
  );
  const categories = ['devtools.timeline', 'blink.user_timing', 'blink.console'];
  await session.send('Tracing.start', { traceConfig: { includedCategories: categories } });
  await demo.call('step', frames);
  const complete = new Promise<void>((resolve) =>
    session.once('Tracing.tracingComplete', () => resolve()),
  );
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  return events;
}

describe('a recording in DevTools', () => {
  let events: TraceEvent[];
  const onTrack = (track: string): string[] =>
    events
      .filter(({ name, args }) => name === 'TimeStamp' && args?.data?.['track'] === track)
      .map(({ args }) => String(args?.data?.['name'] ?? args?.data?.['message']));

  beforeAll(async () => {
    await demo.page.keyboard.press('s');
    await demo.call('step', 2);
    events = await trace(3);
  });

  it('has the stages of every frame on their tracks', () => {
    const cpu = onTrack('CPU stages');
    for (const stage of ['GBuffer', 'Guide', 'Resolve', 'Present']) {
      expect(
        cpu.filter((name) => name === stage),
        stage,
      ).toHaveLength(3);
    }
    expect(onTrack('Inference')).toContain('Read-back');
    expect(onTrack('GPU stages')).toContain('GBuffer');
  });

  it('tells size, model and backend', () => {
    const text = JSON.stringify(
      events.filter(({ name }) => name === 'Network' || name === 'Frame'),
    );
    for (const part of ['track-entry', 'Inference', '48×32 → 96×64', 'wasm']) {
      expect(text).toContain(part);
    }
  });

  it('leaves no measures behind in the page', async () => {
    const count = await demo.page.evaluate(() => performance.getEntriesByType('measure').length);
    expect(count).toBe(0);
  });
});

describe('the HUD', () => {
  it('shows the stages with times of CPU and GPU, in the order of the data', async () => {
    // Shadow maps are drawn while something moves.
    await demo.call('apply', { paused: false });
    await demo.call('step', 3);
    await demo.call('apply', { paused: true });
    // The table is written four times a second: until then it shows frames without shadow maps.
    const rows = demo.page.locator('.hud-times tr');
    await expect
      .poll(() => rows.filter({ hasText: /^Shadows/ }).count(), { timeout: 60_000 })
      .toBe(1);
    const texts = await rows.allInnerTexts();
    const at = (stage: string): number => texts.findIndex((text) => text.startsWith(stage));
    const stages = ['Shadows', 'GBuffer', 'Guide', 'Network', 'Resolve', 'Present'].map(at);
    expect(stages).toEqual(stages.toSorted((a, b) => a - b));
    expect(Math.min(...stages)).toBeGreaterThan(0);
    expect(texts[at('GBuffer')]).toMatch(/^GBuffer\s+\d+\.\d\d\s+\d+\.\d\d$/);
    await screenshot(demo, 'hud-stages');
  });

  it('closes them again, and stops asking the GPU', async () => {
    await demo.page.keyboard.press('s');
    expect(await demo.page.locator('.hud-times').isVisible()).toBe(false);
  });

  it('says what the GPU holds', async () => {
    const text = await demo.page.locator('dd.hud-memory').textContent();
    expect(text).toMatch(/^images \d+(\.\d)? · buffers \d+(\.\d)?$/);
  });
});

it("opens three's inspector when the address asks for it", async () => {
  const inspected = await open({ size: '32x32', backend: 'none', inspect: '1' });
  await expect
    .poll(() => inspected.page.getByText('FPS').count(), { timeout: 60_000 })
    .toBeGreaterThan(0);
  expectNoProblems(inspected);
});

it('reports no error', () => {
  expectNoProblems(demo);
});
