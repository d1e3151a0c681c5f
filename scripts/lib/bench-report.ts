import { cellKey, type BenchFile } from './bench-file';
import { costSection } from './bench-cost-report';
import { rateSection, scalingSection, startSection } from './bench-extra-report';
import { overheadLimit, overheadShare } from './bench-overhead';
import { peersSection } from './bench-peers-report';
import { barChart, escapeHtml, formatMs, frameStrip, hue, stackedBar, type Bar } from './charts';
import type { CellResult } from '../../src/bench/result';

/** The report of a benchmark as one HTML file; `before` is the run that it is compared with. */
export function renderBenchReport(file: BenchFile, before: BenchFile | null): string {
  const title = `Benchmark of ${escapeHtml(file.scene)}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
<h1>${title}</h1>
<p class="soft">${file.cells.length} combinations, ${file.frames} frames each after ${file.warmUp} of warm-up, the same frames of the scene's path. Uncapped: each frame until the GPU is done with it. V-synced: each frame waits for the display.</p>
${flagsSection(file)}
<h2>Time of a frame</h2>
<p class="soft">Median, whisker from the fastest frame to the 95th percentile${before ? '; the light mark is the earlier run' : ''}. Milliseconds, uncapped.</p>
${chart(file, before)}
${timeTable(file, before)}
${failures(file)}
${inputSection(file)}
<h2>Where it goes</h2>
${file.cells.map(stageSection).join('\n')}
${costSection(file.cost, file.cells)}
${peersSection(file.peers)}
${scalingSection(file.scaling)}
${rateSection(file.rate)}
${startSection(file.start)}
${environmentSection(file, before)}
</html>
`;
}

function flagsSection({ flags }: BenchFile): string {
  if (flags.length === 0) return '';
  const items = flags.map(({ kind, text }) => `<li><b>${kind}</b> ${escapeHtml(text)}`).join('');
  return `<section class="warning"><p>Read these times with care:</p><ul>${items}</ul></section>`;
}

function chart({ cells }: BenchFile, before: BenchFile | null): string {
  const bars = cells.map((cell): Bar => ({
    label: shortName(cell),
    value: cell.medianMs,
    low: cell.uncapped.minMs,
    high: cell.p95Ms,
    before: earlier(cell, before)?.medianMs,
  }));
  return barChart(bars, 'median time of a frame in milliseconds');
}

function timeTable({ cells }: BenchFile, before: BenchFile | null): string {
  const head = [
    'combination',
    'median',
    'p95',
    'spread',
    'frames',
    'v-sync p50',
    'p95',
    '1 % low',
    'dropped',
  ];
  if (before) head.push('before', 'ratio');
  const rows = cells.map((cell) => {
    const { medianMs, p95Ms, uncapped, vsync, frameMs } = cell;
    const row = [
      escapeHtml(shortName(cell)), formatMs(medianMs), formatMs(p95Ms), formatMs(uncapped.spreadMs),
      frameStrip(frameMs, medianMs), formatMs(vsync?.medianMs), formatMs(vsync?.p95Ms),
      vsync ? `${vsync.low1Fps.toFixed(1)} fps` : '–', vsync ? String(vsync.dropped) : '–',
    ]; // prettier-ignore
    if (before) row.push(...comparison(cell, before));
    return `<tr><th>${row.join('<td>')}`;
  });
  return `<table><tr><th>${head.join('<th>')}\n${rows.join('\n')}</table>`;
}

/** The earlier median and how it compares; a difference within the spread of both is none. */
function comparison(cell: CellResult, before: BenchFile): [string, string] {
  const old = earlier(cell, before);
  if (!old) return ['–', '–'];
  const ratio = cell.medianMs / old.medianMs;
  const noiseMs = (cell.uncapped.spreadMs + old.uncapped.spreadMs) / 2;
  const differs = Math.abs(cell.medianMs - old.medianMs) > noiseMs;
  const kind = !differs ? 'same' : ratio < 1 ? 'good' : 'bad';
  return [
    formatMs(old.medianMs),
    `<b class="${kind}">× ${ratio.toFixed(2)}${differs ? '' : ' (noise)'}</b>`,
  ];
}

function earlier(cell: CellResult, before: BenchFile | null): CellResult | undefined {
  return before?.cells.find((old) => cellKey(old) === cellKey(cell));
}

/** What the page did to input meanwhile, and what carrying data to the network and back takes. */
function inputSection({ cells }: BenchFile): string {
  const rows = cells.map((cell) => {
    const { longTasks } = cell;
    const share = overheadShare(cell);
    const kept = share !== null && share <= overheadLimit ? 'good' : 'bad';
    const carried = share === null ? '–' : `<b class="${kept}">${(100 * share).toFixed(1)} %</b>`;
    const tasks = longTasks ? [String(longTasks.count), formatMs(longTasks.longestMs)] : ['–', '–'];
    return `<tr><th>${[escapeHtml(shortName(cell)), ...tasks, carried].join('<td>')}`;
  });
  return `<p class="soft">Long tasks: stretches of 50 ms or more in which the page answered no input, over the uncapped frames. Carrying: packing, reading back and upload on the CPU path, as a share of the median frame; at most ${100 * overheadLimit} % is asked.</p>
<table><tr><th>combination<th>long tasks<th>longest, ms<th>carrying\n${rows.join('\n')}</table>`;
}

function failures({ failed }: BenchFile): string {
  const items = failed.map(
    ({ view, quality, model, backend, error }) =>
      `<li>${escapeHtml([view, quality, model, backend].join(' · '))}: ${escapeHtml(error)}`,
  );
  return items.length > 0 ? `<p>Not measured:</p><ul>${items.join('')}</ul>` : '';
}

function stageSection(cell: CellResult): string {
  const stages = Object.entries(cell.stages);
  const sums = (['cpuMs', 'gpuMs'] as const).map((key) =>
    stages.reduce((sum, [, stage]) => sum + (stage[key] ?? 0), 0),
  );
  const top = Math.max(...sums);
  const bar = (name: string, key: 'cpuMs' | 'gpuMs'): string => {
    const parts = stages.map(([stage, times]) => [stage, times[key] ?? 0] as const);
    const sum = parts.reduce((total, [, value]) => total + value, 0);
    return sum > 0
      ? `<p class="bar"><span>${name} ${formatMs(sum)} ms</span>${stackedBar(parts, top)}</p>`
      : '';
  };
  const rows = stages.map(
    ([name, { passes, cpuMs, gpuMs }], i) =>
      `<tr><th><i style="background:${hue(i)}"></i>${escapeHtml(name)}<td>${passes}<td>${formatMs(cpuMs)}<td>${formatMs(gpuMs)}`,
  );
  return `<details><summary>${escapeHtml(shortName(cell))}</summary>${bar('CPU', 'cpuMs')}${bar('GPU', 'gpuMs')}
<table><tr><th>stage<th>passes<th>CPU, ms<th>GPU, ms\n${rows.join('\n')}</table></details>`;
}

function environmentSection(file: BenchFile, before: BenchFile | null): string {
  const { environment, versions } = file;
  const { contract } = environment;
  const entries: readonly (readonly [string, string])[] = [
    ['date', environment.date],
    ['adapter', `${environment.adapter}${environment.softwareAdapter ? ' (software)' : ''}`],
    ['GPU features', environment.gpuFeatures.join(', ') || 'none of those that matter here'],
    ['browser', `${versions.browser}; ${environment.userAgent}`],
    ['machine', `${environment.platform}, ${environment.cores} cores`],
    ['cross-origin isolated', environment.crossOriginIsolated ? 'yes' : 'no'],
    ['display', `${formatMs(environment.idleFrameMs)} ms a frame`],
    ['network', environment.runtime ?? 'not run'],
    ['contract', contract ? `${contract.name}, SHA-256 ${contract.sha256}` : 'not loaded'],
    ['versions', Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')],
    ['seed', String(file.seed)],
  ]; // prettier-ignore
  if (before) {
    const { adapter, date } = before.environment;
    const text = `${date}, ${adapter}, commit ${before.versions.commit}`;
    return environmentList([...entries, ['compared with', text]]);
  }
  return environmentList(entries);
}

function environmentList(entries: readonly (readonly [string, string])[]): string {
  const items = entries.map(([name, value]) => `<dt>${name}<dd>${escapeHtml(value)}`);
  return `<h2>Environment</h2><dl>${items.join('')}</dl>`;
}

/** The key without the scene, which the title has. */
function shortName(cell: CellResult): string {
  return cellKey(cell).split(' · ').slice(1).join(' · ');
}

const style = `
:root { color-scheme: dark; }
body { max-width: 1100px; margin: 2rem auto; padding: 0 1rem; background: #16181c; color: #dde1e6; font: 14px/1.5 system-ui, sans-serif; }
h1, h2 { font-weight: 600; margin-bottom: 0.3rem; }
.soft { color: #9aa3ae; }
.warning { border-left: 3px solid #f5b866; padding: 0.2rem 1rem; background: #22201b; }
.warning ul { margin: 0.2rem 0; padding-left: 1.2rem; }
table { border-collapse: collapse; }
th, td { padding: 0.2rem 0.7rem; text-align: right; border-bottom: 1px solid #333842; font-variant-numeric: tabular-nums; font-weight: 400; }
tr:first-child th { color: #9aa3ae; }
th:first-child { text-align: left; }
th i { display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.5em; border-radius: 2px; }
svg { width: 100%; max-width: 860px; }
svg text { fill: #dde1e6; font-size: 11px; }
svg .label { text-anchor: end; }
svg .tick { text-anchor: middle; fill: #9aa3ae; }
svg rect { fill: #6fa8dc; }
svg .grid { stroke: #2a2e36; }
svg .whisker { stroke: #f5b866; stroke-width: 1.5; }
svg .before { stroke: #fff; stroke-width: 2; }
svg.strip { width: 180px; height: 27px; }
svg.stack { width: 420px; }
.bar { display: flex; align-items: center; gap: 1rem; margin: 0.3rem 0; } .bar span { width: 9rem; text-align: right; }
summary { cursor: pointer; padding: 0.2rem 0; }
.good { color: #8fd6a4; } .bad { color: #ff8f7d; } .same { color: #9aa3ae; font-weight: 400; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; color: #9aa3ae; overflow-wrap: anywhere; }
dt { color: #dde1e6; } dd { margin: 0; }
`;
