import type { PictureView, ViewId } from '../core/settings';

const pictureLabels: Readonly<Record<PictureView, string>> = {
  raw: 'Raw',
  bilinear: 'Bilinear',
  fsr1: 'FSR 1',
  taau: 'TAAU',
  classic: 'Classic: SSGI + TAAU',
  resolve: 'Resolve only',
  ai: 'AI relit',
};

function isPictureView(view: ViewId): view is PictureView {
  return Object.hasOwn(pictureLabels, view);
}

/** Name of a view for people: `ai` gives "AI relit", `debug:guide-depth` gives "Guide depth". */
export function viewLabel(view: ViewId): string {
  if (isPictureView(view)) return pictureLabels[view];
  const words = view.slice('debug:'.length).replaceAll('-', ' ');
  return words === 'ao' ? 'Ambient occlusion' : words.charAt(0).toUpperCase() + words.slice(1);
}
