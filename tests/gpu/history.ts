import { Matrix4, Vector2, Vector4 } from 'three/webgpu';
import { Fn, float, uniform } from 'three/tsl';
import { image, pixel } from '../../src/pipeline/fullscreen';
import { historyNode } from '../../src/pipeline/reproject';
import { drawTexels, table } from './nodes';
import type { Texel } from './nodes';

/** A pair of frames; images row by row, see models/workshop/golden_history.py. */
export interface HistoryCase {
  readonly size: readonly number[];
  readonly outputSize: readonly number[];
  readonly motion: readonly Texel[];
  readonly normal: readonly Texel[];
  readonly direct: readonly Texel[];
  readonly indirectBefore: readonly Texel[];
  readonly normalBefore: readonly Texel[];
  readonly projection: readonly number[];
  readonly projectionBefore: readonly number[];
  readonly toBefore: readonly number[];
  readonly shiftPx: readonly number[];
  readonly exposureRatio: number;
}

/** The history of each pixel: rgb ℓ, a = validity. */
export function history(given: HistoryCase): Promise<number[][]> {
  const [width = 0, height = 0] = given.size;
  const picture = (texels: readonly Texel[]) => image(table(texels, width, height));
  const inputs = {
    motion: picture(given.motion),
    normal: picture(given.normal),
    direct: picture(given.direct),
    indirectBefore: picture(given.indirectBefore),
    normalBefore: picture(given.normalBefore),
    inputSizePx: uniform(new Vector2(width, height)),
    outputSizePx: uniform(new Vector2(...given.outputSize)),
    projection: uniform(new Vector4(...given.projection)),
    projectionBefore: uniform(new Vector4(...given.projectionBefore)),
    toBefore: uniform(new Matrix4().fromArray(given.toBefore)),
    shiftPx: uniform(new Vector2(...given.shiftPx)),
    exposureRatio: float(given.exposureRatio),
  };
  return drawTexels(Fn(() => historyNode(inputs, pixel().toVar()))(), width, height);
}
