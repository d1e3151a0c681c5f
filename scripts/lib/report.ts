import type { Metrics, Scores } from './metrics';
import { reportScript, reportStyle } from './report-page';
import { frameFolder } from './shot';

/** What each view is, in words a visitor can check. */
const viewNotes: Readonly<Record<string, string>> = {
  raw: 'the low-detail frame as an engine on a budget draws it, pixels as they are',
  bilinear: 'the raw frame, smoothed to full size',
  fsr1: 'the raw frame, upscaled with FSR 1',
  taau: 'the raw frame, upscaled over time',
  classic: 'screen-space GI and temporal upscaling of three.js, no network',
  resolve: 'probe light, soft shadows and occlusion through the same resolve, no network',
  ai: 'the network: light predicted at low resolution, material drawn at full size',
  reference: 'path traced, denoised',
};

const columns: readonly (readonly [key: string, label: string])[] = [
  ['psnr', 'PSNR, dB ↑'],
  ['ssim', 'SSIM ↑'],
  ['flip', 'FLIP ↓'],
  ['tpsnr', 'tPSNR, dB ↑'],
  ['flicker', 'flicker ↓'],
];

/** The report of an evaluation as one HTML file beside its pictures. */
export function renderReport(metrics: Metrics, views: readonly string[]): string {
  const compared = metrics.reference !== 'none';
  const pictures = compared ? [...views, 'reference'] : views;
  const frames = metrics.frames.map((frame) => renderFrame(frame, pictures)).join('\n');
  const stepS = (metrics.frames[1]?.timeS ?? 0) - (metrics.frames[0]?.timeS ?? 0);
  const intro = compared
    ? `Every figure compares with the ${escape(metrics.reference)} reference, display-referred sRGB, at full size. ` +
      `tPSNR and flicker are between neighbouring pictures, ${stepS.toFixed(2)} s apart.`
    : 'No reference was rendered, so there are no figures: the pictures below can only be compared by eye.';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Evaluation of ${escape(metrics.scene)}</title>
<style>${reportStyle}</style>
<h1>${escape(metrics.scene)}</h1>
<p>${describeRun(metrics)}</p>
<p>${intro}</p>
${compared ? renderTable(metrics, views) : ''}
<dl>${pictures.map((view) => `<dt>${escape(view)}<dd>${escape(viewNotes[view] ?? 'a buffer of the pipeline')}`).join('')}</dl>
${frames}
<script>${reportScript}</script>
</html>
`;
}

function describeRun(metrics: Metrics): string {
  const { size, quality, model, backend, seenInTraining, frames } = metrics;
  const seen =
    seenInTraining === null
      ? 'a scene of your own'
      : seenInTraining
        ? '<strong>this scene was used in training</strong>'
        : 'held out: never used in training';
  const parts = [
    size,
    `quality ${quality}`,
    `model ${model} on ${backend}`,
    `${frames.length} frames`,
  ];
  return `${parts.map(escape).join(' · ')} · ${seen}`;
}

function renderTable(metrics: Metrics, views: readonly string[]): string {
  const rows = views.map((view) => ({
    view,
    scores: { ...metrics.mean[view], ...metrics.temporal[view] } as Scores,
  }));
  const used = columns.filter(([key]) =>
    rows.some(({ scores }) => typeof scores[key] === 'number'),
  );
  const head = used.map(([, label]) => `<th>${label}`).join('');
  const body = rows.map(({ view, scores }) => {
    const cells = used.map(([key]) => `<td>${formatScore(scores[key])}`).join('');
    return `<tr><th>${escape(view)}${cells}`;
  });
  return `<table><tr><th>mean of the frames${head}\n${body.join('\n')}</table>`;
}

function formatScore(score: number | null | undefined): string {
  if (typeof score !== 'number') return '–';
  return Math.abs(score) >= 10 ? score.toFixed(2) : score.toFixed(4);
}

/** A wipe of two pictures with a choice for each side; starts with raw against the last picture that is not raw. */
function renderFrame(frame: Metrics['frames'][number], pictures: readonly string[]): string {
  const folder = frameFolder(frame.frame);
  const right = pictures.includes('ai') ? 'ai' : (pictures.at(-1) ?? '');
  const left = pictures.find((view) => view !== right) ?? right;
  const select = (side: string, chosen: string): string => {
    const options = pictures.map(
      (view) => `<option${view === chosen ? ' selected' : ''}>${escape(view)}</option>`,
    );
    return `<label>${side} <select data-side="${side}">${options.join('')}</select></label>`;
  };
  return `<section data-folder="${folder}">
<h2>Frame ${frame.frame}, ${frame.timeS.toFixed(2)} s</h2>
<p>${select('left', left)} ${select('right', right)} <span class="scores"></span></p>
<div class="wipe"><img class="right" alt=""><img class="left" alt=""><div class="line"></div>
<input type="range" min="0" max="100" step="0.1" value="50" aria-label="Wipe between left and right"></div>
<script type="application/json">${JSON.stringify(frame.views).replaceAll('<', '\\u003c')}</script>
</section>`;
}

function escape(text: string): string {
  const marks: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (mark) => marks[mark] ?? mark);
}
