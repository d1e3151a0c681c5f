import type { Capability } from './device';
import type { Settings } from './settings';

/** Most device pixels to a CSS pixel that a picture follows. */
const MAX_RATIO = 2;
/** Least width and height of a picture that fills the window. */
const LEAST_PX = 16;
/**
 * Most pixels of a picture that fills the window; the browser stretches it. A GPU draws what a full-HD screen shows, two
 * cores without one draw so many in one or two seconds.
 */
const FIT_PIXELS = { webgpu: 1920 * 1080, webgl2: 640 * 360, software: 384 * 216 } as const;

/**
 * Size of the picture in pixels: as the settings say, or that of the part of the window that it fills, with the same
 * aspect and no more pixels than the machine draws fluently.
 */
export function outputSize(
  { size }: Pick<Settings, 'size'>,
  area: Pick<HTMLElement, 'clientWidth' | 'clientHeight'>,
  capability: Capability,
): { width: number; height: number } {
  if (size !== 'fit') return { width: size.widthPx, height: size.heightPx };
  const ratio = Math.min(window.devicePixelRatio, MAX_RATIO);
  const shown = area.clientWidth * area.clientHeight * ratio * ratio;
  const scale = ratio * Math.min(1, Math.sqrt(mostPixels(capability) / Math.max(shown, 1)));
  const pixels = (css: number): number => Math.max(LEAST_PX, Math.round(css * scale));
  return { width: pixels(area.clientWidth), height: pixels(area.clientHeight) };
}

function mostPixels(capability: Capability): number {
  if (capability.kind !== 'webgpu') return FIT_PIXELS.webgl2;
  return FIT_PIXELS[capability.software ? 'software' : 'webgpu'];
}
