import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../scripts/lib/cli';
import { entriesOf, hasEntry, mergeEntries, readFigures, writeFigures, type Entry } from '../../scripts/lib/figures-data'; // prettier-ignore
import { keepEvaluation, readMetrics } from '../../scripts/lib/figures-keep';
import { fillMarks } from '../../scripts/lib/figures-publish';
import { chooseScenes, figureScenes, type FigureScene } from '../../scripts/lib/figures-scenes';
import { modeTable, sceneTable, viewTable } from '../../scripts/lib/figures-tables';
import type { Metrics } from '../../scripts/lib/metrics';
import { frameFolder } from '../../scripts/lib/shot';

const entry = (scene: string, view: string, psnr: number, more: Partial<Entry> = {}): Entry => ({
  scene,
  quality: 'performance',
  view,
  model: view === 'ai' ? 'm' : '',
  warmFrames: 40,
  version: 'v1',
  frames: { 0: [psnr, 0.9, 0.1], 1: [psnr + 2, 0.8, 0.3] },
  temporal: { tpsnr: psnr + 5, still: 0.5 },
  ...more,
});
const scenes: FigureScene[] = ['a', 'b'].map((name) => ({ name, group: 'built-in', frames: 2, environment: 'none' })); // prettier-ignore
const figures = {
  size: '640x360',
  spp: 32,
  entries: [
    ...scenes.flatMap(({ name }, i) => [
      entry(name, 'resolve', 20 + i),
      entry(name, 'classic', 19 + i),
      entry(name, 'ai', 22 + i),
    ]),
    entry('a', 'noise', 35, { frames: { 0: [35, 0.99, 0.01] } }),
    entry('a', 'ai', 21, { model: 's', frames: { 0: [21, 0.9, 0.1] } }),
  ],
};

describe('tables of figures', () => {
  it('gives each scene its means, the gains of the network and the noise of its reference', () => {
    const lines = sceneTable(figures, scenes).split('\n');
    expect(lines[0]).toBe(
      '| scene | frames | classic | resolve | ai | AI − resolve (dB) | AI − classic (dB) | noise (dB) |',
    );
    expect(lines[2]).toBe('| a | 2 | 20.00 / 0.200 | 21.00 / 0.200 | 23.00 / 0.200 | +2.00 | +3.00 | 35.0 |'); // prettier-ignore
    expect(lines[3]).toContain('| – |');
    expect(lines[4]).toContain('| **mean over scenes** | 4 | 20.50 / 0.200 | 21.50 / 0.200 | 23.50 / 0.200 |'); // prettier-ignore
  });

  it('leaves out views and scenes that were not measured everywhere', () => {
    const more = mergeEntries(figures, [entry('a', 'raw', 9)]);
    expect(sceneTable(more, scenes)).not.toContain('raw');
    expect(sceneTable(more, [...scenes, { ...scenes[0]!, name: 'c' }])).not.toContain('| c |');
  });

  it('says so where nothing was measured', () => {
    const none = { ...figures, entries: [] };
    const tables = [sceneTable(none, scenes), viewTable(none, scenes), modeTable(none, scenes)];
    expect(new Set(tables)).toEqual(new Set(['*Not measured yet.*']));
  });

  it('gives each view its temporal figures, and a dash where there is none', () => {
    const lines = viewTable(figures, scenes).split('\n');
    expect(lines[4]).toBe('| ai | 23.50 | 0.850 | 0.200 | 27.50 | – | – | 0.50 |');
    expect(lines[5]).toContain('two renders of the reference | 35.00');
  });

  it('compares networks over the scenes and frames that all of them have', () => {
    const lines = modeTable(figures, scenes).split('\n');
    expect(lines[0]).toBe('| mode | scenes | resolve | AI, S | AI, M |');
    expect(lines[2]).toBe('| performance | 1 | 20.00 / 0.100 | 21.00 / 0.100 | 22.00 / 0.100 |');
    expect(lines).toHaveLength(3);
  });
});

describe('the table of modes', () => {
  it('leaves a network out that was not measured in a mode, not the mode', () => {
    const more = [
      entry('a', 'resolve', 24, { quality: 'quality' }),
      entry('a', 'ai', 26, { quality: 'quality' }),
    ];
    const lines = modeTable(mergeEntries(figures, more), scenes).split('\n');
    expect(lines).toContain('| quality | 1 | 25.00 / 0.200 | – | 27.00 / 0.200 |');
  });
});

describe('results of figures', () => {
  it('replaces what was measured again and keeps the rest', () => {
    const merged = mergeEntries(figures, [entry('a', 'ai', 30)]);
    expect(merged.entries).toHaveLength(figures.entries.length);
    expect(sceneTable(merged, scenes)).toContain('31.00 / 0.200');
  });

  it('comes back from its file, unless references of another quality are asked for', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'figures-')), 'figures.json');
    const { size, spp } = figures;
    expect(readFigures(path, { size, spp }).entries).toEqual([]);
    writeFigures(path, figures);
    expect(readFigures(path, { size, spp })).toEqual(figures);
    expect(readFigures(path, { size, spp: 64 })).toEqual({ size, spp: 64, entries: [] });
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(figures.entries.length + 7);
  });

  it('knows what need not be measured again', () => {
    const wanted = { scene: 'a', quality: 'performance', view: 'ai', model: 'm', warmFrames: 40, version: 'v1' }; // prettier-ignore
    expect(hasEntry(figures, wanted, [0, 1])).toBe(true);
    expect(hasEntry(figures, wanted, [0, 2])).toBe(false);
    for (const other of [{ version: 'v2' }, { warmFrames: 8 }, { scene: 'c' }, { model: 'l' }]) {
      expect(hasEntry(figures, { ...wanted, ...other }, [0])).toBe(false);
    }
  });

  it('takes its entries from an evaluation', () => {
    const metrics = {
      ...{ scene: 'a', quality: 'quality', model: 's', warmFrames: 3, still: { ai: 0.12345 } },
      frames: [{ frame: 4, timeS: 0, views: { ai: { psnr: 20, ssim: 0.9, flip: 0.1 } } }],
      mean: { ai: {} },
      temporal: { ai: { tpsnr: 30 } },
    } as unknown as Metrics;
    expect(entriesOf(metrics, () => 'v3')).toEqual([
      {
        ...{ scene: 'a', quality: 'quality', view: 'ai', model: 's', warmFrames: 3, version: 'v3' },
        frames: { 4: [20, 0.9, 0.1] },
        temporal: { tpsnr: 30, still: 0.123 },
      },
    ]);
  });

  it('keeps pictures of other views beside those of a later play, but not of other frames', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'figures-'));
    const play = (name: string, view: string, frame: number, psnr: number): string => {
      const out = join(folder, name);
      const views = { [view]: { psnr } };
      const of = { scene: 'a', frames: [{ frame, timeS: 0, views }], mean: views, temporal: views, still: { [view]: 1 } }; // prettier-ignore
      mkdirSync(join(out, frameFolder(frame)), { recursive: true });
      writeFileSync(join(out, frameFolder(frame), `${view}.png`), String(psnr));
      writeFileSync(join(out, 'metrics.json'), JSON.stringify(of));
      return out;
    };
    const kept = join(folder, 'kept');
    mkdirSync(kept);
    const picture = (frame: number, view: string): string => join(kept, frameFolder(frame), `${view}.png`); // prettier-ignore
    await keepEvaluation(play('1', 'raw', 3, 18), kept);
    await keepEvaluation(play('2', 'ai', 3, 27), kept);
    await keepEvaluation(play('3', 'ai', 3, 28), kept);
    expect(readMetrics(kept).frames[0]!.views).toEqual({ raw: { psnr: 18 }, ai: { psnr: 28 } });
    expect(readMetrics(kept).still).toEqual({ raw: 1, ai: 1 });
    expect(readFileSync(picture(3, 'raw'), 'utf8')).toBe('18');
    expect(readFileSync(picture(3, 'ai'), 'utf8')).toBe('28');
    await keepEvaluation(play('4', 'raw', 5, 19), kept);
    expect(readMetrics(kept).frames.map(({ views }) => Object.keys(views))).toEqual([['raw']]);
    expect(existsSync(picture(3, 'ai'))).toBe(false);
  });

  it('fills the marks of a document and refuses unknown ones', () => {
    const document = 'a\n<!-- figures:modes -->\nold\n<!-- /figures -->\nb';
    const filled = fillMarks(document, { modes: '| $1 |' });
    expect(filled).toBe('a\n<!-- figures:modes -->\n\n| $1 |\n\n<!-- /figures -->\nb');
    expect(fillMarks(filled, { modes: '| $1 |' })).toBe(filled);
    expect(() => fillMarks(document, {})).toThrow("'modes'");
  });
});

describe('scenes of figures', () => {
  it('names each scene once, files among the held-out ones', () => {
    const names = figureScenes().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(chooseScenes('file').every(({ name }) => name.startsWith('held-'))).toBe(true);
    expect(chooseScenes('seen,workcell').map(({ name }) => name)).toEqual(['workcell', 'cornell', 'atrium']); // prettier-ignore
    expect(() => chooseScenes('gen-1')).toThrow(UsageError);
  });
});
