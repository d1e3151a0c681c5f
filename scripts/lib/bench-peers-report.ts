import type { Peers, PeerRow } from './bench-peers';
import { escapeHtml, formatMs } from './charts';

/** Table of the peers, and whether ours is on the Pareto front. */
export function peersSection(peers: Peers | null | undefined): string {
  if (!peers) return '';
  const { inputSize, outputSize, threads, frames, pictures } = peers;
  const head = [
    ...['way', 'kind', 'runs on', 'MAC per output pixel', 'beyond the raw frame, ms'],
    ...['network alone, ms', 'time / ours', 'dB over raw', 'Pareto front'],
  ];
  const rows = peers.rows.map((row) => `<tr><th>${cells(row).map(escapeHtml).join('<td>')}`);
  const quality =
    pictures > 0
      ? `dB: mean over ${pictures} held-out pictures of <code>npm run figures</code>.`
      : 'No held-out pictures here: <code>npm run figures</code> makes them.';
  return `<h2>Peers</h2>
<p class="soft">${inputSize.join('×')} → ${outputSize.join('×')}, fastest of ${frames} frames, CPU path on ${threads} threads. Ratio: to our AI view on the same backend. ${quality}
OIDN small has the published architecture and <b>random weights</b>: its time says something, its picture would not. It runs at the size of the picture.</p>
<table><tr><th>${head.join('<th>')}\n${rows.join('\n')}</table>
<p>${escapeHtml(verdict(peers))}</p>`;
}

/** One sentence: where our AI view stands between time and quality. */
export function verdict({ rows }: Peers): string {
  const ours = rows.filter(({ name, onFront }) => name.startsWith('ai ') && onFront !== null);
  if (ours.length === 0) return 'Without held-out pictures there is no front to be on.';
  return ours
    .map(({ name, runsOn, onFront }) => {
      const place = onFront ? 'is on' : 'is not on';
      return `${name} on ${runsOn} ${place} the Pareto front of time beyond the raw frame and PSNR.`;
    })
    .join(' ');
}

function cells(row: PeerRow): string[] {
  const { name, kind, runsOn, macsPerOutputPixel, aboveRawMs, networkMs } = row;
  const { ratioToOurs, gainDb, onFront } = row;
  return [
    ...[name, kind, runsOn, macsPerOutputPixel > 0 ? macsPerOutputPixel.toFixed(0) : '–'],
    ...[formatMs(aboveRawMs), formatMs(networkMs)],
    ratioToOurs === null ? '–' : `× ${ratioToOurs.toPrecision(2)}`,
    gainDb === null ? '–' : `${gainDb >= 0 ? '+' : ''}${gainDb.toFixed(2)}`,
    onFront === null ? '–' : onFront ? 'yes' : 'no',
  ];
}
