import { trafficSection } from './bench-extra-report';
import { bytesPerPixel } from './bench-traffic';
import { escapeHtml } from './charts';
import {
  costLimits,
  createdPerFrame,
  passesPerFrame,
  type BackendCost,
  type Cost,
} from './gpu-cost';
import { callKinds } from './gpu-count';
import type { CellResult } from '../../src/bench/result';

/** A limit: what was counted, what is allowed. */
export interface Check {
  readonly name: string;
  readonly found: number;
  readonly limit: number;
  readonly unit: string;
}

/** Every limit that the run can judge. */
export function checks(cost: Cost, cells: readonly CellResult[]): Check[] {
  const list = cost.backends.flatMap((backend): Check[] => [
    { name: `passes and dispatches a frame, ${backend.backend}`, found: passesPerFrame(backend), limit: costLimits.passesPerFrame, unit: '' },
    { name: `buffers, textures, pipelines created a frame, ${backend.backend}`, found: createdPerFrame(backend), limit: costLimits.createdPerFrame, unit: '' },
    { name: `bind groups of ours created a frame, ${backend.backend}`, found: backend.calls.bindGroups.ours, limit: 0, unit: '' },
  ]); // prettier-ignore
  const { memory, heap, traffic = [] } = cost;
  for (const moved of traffic) {
    const limit = costLimits.bytesPerOutputPixel[moved.backend] ?? 0;
    list.push({ name: `bytes read and written per output pixel, ${moved.backend}`, found: bytesPerPixel(moved), limit, unit: '' });
  }
  if (memory) {
    const limit = costLimits.oursAt1080pBytes / 1e6;
    list.push({ name: `GPU memory of ours at ${memory.size}`, found: memory.oursBytes / 1e6, limit, unit: 'MB' });
  }
  if (heap) {
    const name = `growth of the JS heap a frame, over ${heap.frames} frames`;
    list.push({ name, found: heap.bytesPerFrame, limit: costLimits.heapBytesPerFrame, unit: 'bytes' });
  }
  const judged = cells.filter(({ model, quality, macsPerOutputPixel }) => model === 'm' && quality === 'performance' && macsPerOutputPixel > 0);
  if (judged.length > 0) {
    const found = Math.max(...judged.map(({ macsPerOutputPixel }) => macsPerOutputPixel));
    list.push({ name: 'multiply-adds per output pixel, M at Performance', found, limit: costLimits.macsPerOutputPixel, unit: '' });
  }
  return list;
} // prettier-ignore

/** What it costs without a clock, with the limits. */
export function costSection(cost: Cost | null, cells: readonly CellResult[]): string {
  if (!cost) return '';
  const rows = checks(cost, cells).map(({ name, found, limit, unit }) => {
    const kept = found <= limit;
    return `<tr><th>${escapeHtml(name)}<td>${number(found)} ${unit}<td>≤ ${number(limit)} ${unit}<td><b class="${kept ? 'good' : 'bad'}">${kept ? 'kept' : 'missed'}</b>`;
  });
  return `<h2>Cost, whatever the machine</h2>
<p class="soft">Counted by wrapping the GPU device, with the AI view and everything on. Passes: render and compute passes of three plus dispatches of ONNX Runtime, without the probes that are re-baked beside the frame.</p>
<table><tr><th>what<th>found<th>limit<th>\n${rows.join('\n')}</table>
${cost.backends.map(callsTable).join('\n')}
${memoryTable(cost)}
${trafficSection(cost.traffic)}`;
}

function callsTable({ backend, calls, created, passes }: BackendCost): string {
  const rows = callKinds.map((kind) => {
    const { ours, three, ort } = calls[kind];
    return `<tr><th>${kind}<td>${ours}<td>${three}<td>${ort}`;
  });
  const stages = Object.entries(passes).map(([name, count]) => `${name} ${count}`).join(', '); // prettier-ignore
  const made = Object.entries(created).map(([name, count]) => `<li>${escapeHtml(name)} × ${count}`);
  return `<details><summary>Calls of one frame, ${backend}</summary>
<p>Passes by stage: ${escapeHtml(stages)}</p>
<table><tr><th>call<th>ours<th>three<th>ONNX Runtime\n${rows.join('\n')}</table>
${made.length > 0 ? `<p>Created in the counted frames:</p><ul>${made.join('')}</ul>` : ''}</details>`;
}

function memoryTable({ memory }: Cost): string {
  if (!memory) return '';
  const rows = memory.largest.map(
    ({ name, bytes }) => `<tr><th>${escapeHtml(name)}<td>${number(bytes / 1e6)}`,
  );
  return `<details><summary>Largest images and buffers at ${memory.size}; the scene itself ${number(memory.sceneBytes / 1e6)} MB</summary>
<table><tr><th>name<th>MB\n${rows.join('\n')}</table></details>`;
}

function number(value: number): string {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
}
