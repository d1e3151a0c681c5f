import WebSR from '@websr/websr';
import large from '@websr/websr/weights/anime4k/cnn-2x-l-3d.json';
import medium from '@websr/websr/weights/anime4k/cnn-2x-m-3d.json';
import small from '@websr/websr/weights/anime4k/cnn-2x-s-3d.json';

/** The package's networks, smallest first. */
export const upscalerNames = ['s', 'm', 'l'] as const;
export type UpscalerName = (typeof upscalerNames)[number];

/** The package's own weights for pictures of 3D scenes. */
const weightsOf = { s: small, m: medium, l: large } as const;
/** Picture pixels per input pixel and side. */
export const UPSCALE = 2;
/** Its shaders leave out what does not fill a workgroup. */
const ALIGNMENT = 8;

/** An upscaler of finished pictures. */
export interface Upscaler {
  /** Multiply-adds per input pixel: each stored weight is used once. */
  readonly macsPerInputPixel: number;
  /** Draws one picture to the canvas; resolves when the GPU is done. */
  run(): Promise<void>;
  /** The picture without the padding, RGBA, top row first. */
  read(): Promise<ImageData>;
  close(): void;
}

/** Starts an upscaler on a device of its own, for one low-resolution picture. */
export async function createUpscaler(name: UpscalerName, picture: ImageData): Promise<Upscaler> {
  const device = await WebSR.initWebGPU();
  if (!device) throw new Error('WebSR finds no WebGPU');
  const bitmap = await createImageBitmap(padToWorkgroups(picture));
  const canvas = document.createElement('canvas');
  const weights = weightsOf[name];
  const network_name = `anime4k/cnn-2x-${name}` as const;
  const sr = new WebSR({ canvas, weights, network_name, gpu: device });
  const run = async (): Promise<void> => {
    await sr.render(bitmap);
    await device.queue.onSubmittedWorkDone();
  };
  const read = async (): Promise<ImageData> => {
    // In one task: a WebGPU canvas keeps its picture no longer.
    await sr.render(bitmap);
    const [width, height] = [picture.width * UPSCALE, picture.height * UPSCALE];
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.drawImage(canvas, 0, 0);
    return context.getImageData(0, 0, width, height);
  };
  const layers = Object.values<object>(weights.layers);
  const macsPerInputPixel = layers.reduce((sum, layer) => sum + weightsIn(layer), 0);
  return { macsPerInputPixel, run, read, close: () => device.destroy() };
}

function weightsIn(layer: object): number {
  return 'weights' in layer && Array.isArray(layer.weights) ? layer.weights.length : 0;
}

/** Repeats the last column and row up to the next multiple of a workgroup's side. */
function padToWorkgroups(picture: ImageData): ImageData {
  const { width, height, data } = picture;
  const padded = (side: number): number => Math.ceil(side / ALIGNMENT) * ALIGNMENT;
  const result = new ImageData(padded(width), padded(height));
  const [from, to] = [new Uint32Array(data.buffer), new Uint32Array(result.data.buffer)];
  for (let y = 0; y < result.height; y++) {
    for (let x = 0; x < result.width; x++) {
      const at = Math.min(y, height - 1) * width + Math.min(x, width - 1);
      to[y * result.width + x] = from[at]!;
    }
  }
  return result;
}
