import type { Rate } from './bench-rate';
import type { Scaling, ScalingRow } from './bench-scaling';
import type { Start } from './bench-start';
import { bytesPerPixel, type TrafficCost } from './bench-traffic';
import { escapeHtml, formatMs } from './charts';

/** Table of cost over size and quality, with the fitted exponents. */
export function scalingSection(scaling: Scaling | null | undefined): string {
  if (!scaling) return '';
  const { sizes, qualities, exponents, leftOut, frames } = scaling;
  const head = '<tr><th>size<th>quality<th>input pixels<th>output pixels<th>median, ms<th>ns per output pixel<th>MMAC<th>GPU memory, MB<th>passes'; // prettier-ignore
  const missing = leftOut.map((text) => `<li>${escapeHtml(text)}`);
  return `<h2>Scaling</h2>
<p class="soft">AI view, median of ${frames} frames. Cost ~ output pixels<sup>a</sup>: a = ${exponents.time.toFixed(2)} for time, ${exponents.macs.toFixed(2)} for multiply-adds, ${exponents.memory.toFixed(2)} for memory (the scene's own included). 1 is proportional; more would be waste.</p>
<table>${head}\n${sizes.map(scalingRow).join('\n')}</table>
${missing.length > 0 ? `<p>Left out:</p><ul>${missing.join('')}</ul>` : ''}
<p class="soft">By scale factor, at the smallest size:</p>
<table>${head}\n${qualities.map(scalingRow).join('\n')}</table>`;
}

function scalingRow(row: ScalingRow): string {
  const { size, quality, inputPixels, outputPixels, medianMs, macs, gpuBytes, passes } = row;
  const nsPerPixel = (medianMs * 1e6) / outputPixels;
  const cells = [
    ...[size, quality, String(inputPixels), String(outputPixels), formatMs(medianMs)],
    ...[
      nsPerPixel.toFixed(0),
      (macs / 1e6).toFixed(0),
      (gpuBytes / 1e6).toFixed(0),
      String(passes),
    ],
  ];
  return `<tr><th>${cells.join('<td>')}`;
}

/** What share of the CPU's arithmetic the network uses. */
export function rateSection(rate: Rate | null | undefined): string {
  if (!rate) return '';
  const { model, threads, networkMacsPerS, loopMacsPerS, share, nativeMacsPerS } = rate;
  const giga = (value: number): string => (value / 1e9).toFixed(2);
  const native =
    nativeMacsPerS === null
      ? '<tr><th>onnxruntime outside of the browser<td>–<td>no Python that has it'
      : `<tr><th>onnxruntime outside of the browser (wider registers, fused)<td>${giga(nativeMacsPerS)}<td>${(nativeMacsPerS / loopMacsPerS).toFixed(2)}`;
  return `<h2>Multiply-adds per second on the CPU path</h2>
<p class="soft">Network ${escapeHtml(model.toUpperCase())} at 320×192, all on ${threads} thread, the fastest of each batch, loop and network in turn. At least half of the loop's rate is asked: <b class="${share >= 0.5 ? 'good' : 'bad'}">${share >= 0.5 ? 'kept' : 'missed'}</b>.</p>
<table><tr><th>what<th>GMAC/s<th>of the loop
<tr><th>plain SIMD128 multiply and add over registers<td>${giga(loopMacsPerS)}<td>1
<tr><th>ONNX Runtime, WASM<td>${giga(networkMacsPerS)}<td>${share.toFixed(2)}
${native}</table>`;
}

/** What a frame moves through memory, per pixel. */
export function trafficSection(traffic: readonly TrafficCost[] | undefined): string {
  if (!traffic || traffic.length === 0) return '';
  return `<p class="soft">Bytes: attachments written once, bound textures and buffers moved once a pass (ONNX Runtime: once a dispatch); the growth from one size to the next, so that what does not follow the size falls out.</p>
${traffic.map(trafficTable).join('\n')}`;
}

function trafficTable(cost: TrafficCost): string {
  const rows = cost.passes.map(
    ({ label, readBytes, writtenBytes }) =>
      `<tr><th>${escapeHtml(label)}<td>${readBytes.toFixed(1)}<td>${writtenBytes.toFixed(1)}`,
  );
  return `<details><summary>${cost.backend}: ${bytesPerPixel(cost).toFixed(0)} bytes per output pixel and frame, ${cost.readBytes.toFixed(0)} read and ${cost.writtenBytes.toFixed(0)} written</summary>
<table><tr><th>pass<th>read<th>written\n${rows.join('\n')}</table></details>`;
}

/** How fast the page starts and what it loads for that. */
export function startSection(start: Start | null | undefined): string {
  if (!start) return '';
  const { visits, rawMs, aiMs, transfers } = start;
  const kilo = (bytes: number): string => (bytes / 1000).toFixed(1);
  const rows = transfers.map(
    ({ name, bytes, gzipBytes, startMs }) =>
      `<tr><th>${escapeHtml(name)}<td>${kilo(bytes)}<td>${kilo(gzipBytes)}<td>${startMs.toFixed(0)}`,
  );
  const sum = (key: 'bytes' | 'gzipBytes'): string =>
    kilo(transfers.reduce((total, transfer) => total + transfer[key], 0));
  return `<h2>Start</h2>
<p class="soft">Production build, cache warm, median of ${visits} visits: first raw picture after <b>${formatMs(rawMs)} ms</b>, first AI picture after <b>${formatMs(aiMs)} ms</b>.</p>
<table><tr><th>file<th>kB<th>kB, gzip<th>asked for after, ms (cold)
${rows.join('\n')}
<tr><th>all<td>${sum('bytes')}<td>${sum('gzipBytes')}<td></table>`;
}
