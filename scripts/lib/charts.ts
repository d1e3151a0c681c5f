/** Text that is safe inside HTML. */
export function escapeHtml(text: string): string {
  const marks: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (mark) => marks[mark] ?? mark);
}

/** Milliseconds to read: three digits. */
export function formatMs(value: number | null | undefined): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return '–';
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

const WIDTH = 720;
const LABEL = 300;
const ROW = 22;
const BAR = 12;

/** A bar of a chart: its length, and the range that it varies in. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Value of the run that is compared with, drawn as a mark. */
  readonly before?: number | undefined;
}

/** Horizontal bars with whiskers from `low` to `high`. */
export function barChart(bars: readonly Bar[], unit: string): string {
  const top = niceTop(
    Math.max(...bars.map(({ value, high, before = 0 }) => Math.max(value, high, before))),
  );
  const x = (value: number): number => LABEL + (Math.min(value, top) / top) * (WIDTH - LABEL - 60);
  const height = bars.length * ROW + 22;
  const rows = bars.map(({ label, value, low, high, before }, i) => {
    const y = i * ROW + 4;
    const middle = y + BAR / 2;
    const mark =
      before === undefined
        ? ''
        : `<line class="before" x1="${x(before)}" x2="${x(before)}" y1="${y - 3}" y2="${y + BAR + 3}"/>`;
    return `<text class="label" x="${LABEL - 8}" y="${middle + 4}">${escapeHtml(label)}</text>
<rect x="${LABEL}" y="${y}" width="${Math.max(x(value) - LABEL, 1)}" height="${BAR}"/>
<line class="whisker" x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}"/>${mark}
<text x="${Math.max(x(high), x(value)) + 6}" y="${middle + 4}">${formatMs(value)}</text>`;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = x(top * share);
    return `<line class="grid" x1="${at}" x2="${at}" y1="0" y2="${height - 20}"/><text class="tick" x="${at}" y="${height - 6}">${formatMs(top * share)}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(unit)}">${ticks.join('')}${rows.join('\n')}</svg>`;
}

/** Times of all frames in order, one bar each, with the median as a line. */
export function frameStrip(frameMs: readonly number[], medianMs: number): string {
  const [width, height] = [240, 36];
  const top = niceTop(Math.max(...frameMs));
  const step = width / frameMs.length;
  const y = (value: number): number => height - (value / top) * height;
  const bars = frameMs.map(
    (ms, i) =>
      `<rect x="${(i * step).toFixed(2)}" y="${y(ms).toFixed(2)}" width="${Math.max(step - 0.4, 0.4).toFixed(2)}" height="${(height - y(ms)).toFixed(2)}"/>`,
  );
  const line = `<line class="whisker" x1="0" x2="${width}" y1="${y(medianMs)}" y2="${y(medianMs)}"/>`;
  return `<svg class="strip" viewBox="0 0 ${width} ${height}" role="img" aria-label="time of each frame, up to ${formatMs(top)} ms">${bars.join('')}${line}</svg>`;
}

/** Parts of a whole in one bar; the titles name them. */
export function stackedBar(
  parts: readonly (readonly [name: string, value: number])[],
  top: number,
): string {
  let at = 0;
  const width = 420;
  const rects = parts.map(([name, value], i) => {
    const length = (value / top) * width;
    const rect = `<rect x="${at.toFixed(2)}" y="0" width="${length.toFixed(2)}" height="18" style="fill:${hue(i)}"><title>${escapeHtml(name)} ${formatMs(value)} ms</title></rect>`;
    at += length;
    return rect;
  });
  return `<svg class="stack" viewBox="0 0 ${width} 18" role="img" aria-label="share of each stage">${rects.join('')}</svg>`;
}

/** Colour of the n-th part, far from its neighbours. */
export function hue(index: number): string {
  return `hsl(${(index * 137.5 + 200) % 360} 55% 60%)`;
}

/** The least of 1, 2, 5 × 10ⁿ that holds the value. */
export function niceTop(value: number): number {
  if (!(value > 0)) return 1;
  const base = 10 ** Math.floor(Math.log10(value));
  return base * ([1, 2, 5, 10].find((factor) => factor * base >= value) ?? 10);
}
