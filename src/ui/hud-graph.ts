import { create } from './elements';

const WIDTH_PX = 258;
const HEIGHT_PX = 34;
/** Interval at the top of the graph: 20 fps. Slower frames are cut off there. */
const TOP_MS = 50;
/** Lines at 60 and 30 fps. */
const LINES_MS = [1000 / 60, 1000 / 30] as const;
const BAR_PX = 2;

/** Bars of the newest frame intervals, the last one on the right. */
export class FrameGraph {
  readonly element = create('canvas', 'hud-graph');
  private readonly context: CanvasRenderingContext2D | null;

  constructor() {
    const { element } = this;
    const ratio = Math.min(window.devicePixelRatio, 2);
    element.width = WIDTH_PX * ratio;
    element.height = HEIGHT_PX * ratio;
    element.setAttribute('role', 'img');
    element.setAttribute('aria-label', 'Intervals of the last frames; lines at 60 and 30 fps');
    this.context = element.getContext('2d');
    this.context?.scale(ratio, ratio);
  }

  draw(intervalsMs: Float64Array): void {
    const { context } = this;
    if (!context) return;
    context.clearRect(0, 0, WIDTH_PX, HEIGHT_PX);
    const newest = intervalsMs.subarray(-Math.floor(WIDTH_PX / BAR_PX));
    newest.forEach((interval, i) => {
      const height = Math.min(interval / TOP_MS, 1) * HEIGHT_PX;
      context.fillStyle = color(interval);
      const left = WIDTH_PX - (newest.length - i) * BAR_PX;
      context.fillRect(left, HEIGHT_PX - height, BAR_PX - 0.5, height);
    });
    context.fillStyle = 'rgb(255 255 255 / 28%)';
    for (const line of LINES_MS) {
      context.fillRect(0, HEIGHT_PX - (line / TOP_MS) * HEIGHT_PX, WIDTH_PX, 0.5);
    }
  }
}

/** The page's good, light and bad: 60 fps hold, 30 fps hold, neither. A vsync is never exactly on time. */
function color(intervalMs: number): string {
  if (intervalMs < LINES_MS[0] * 1.2) return '#8fd6a4';
  return intervalMs < LINES_MS[1] * 1.1 ? '#f5b866' : '#ff8f7d';
}
