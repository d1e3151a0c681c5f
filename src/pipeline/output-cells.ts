import type { Node } from 'three/webgpu';
import { int, ivec2 } from 'three/tsl';

/** The network answers for cells of this many pixels each way: an output is as many planes as a cell has pixels. */
export const OUTPUT_CELL = 2;

/** Planes of the network's answer to so many outputs, each 1/{@link OUTPUT_CELL} of the input each way. */
export const outputPlanes = (outputs: number): number => outputs * OUTPUT_CELL ** 2;

/** TSL: plane and place of an output at a pixel. Python: workshop/network.py `RelightNet.cells`. */
export function placeOfOutput(index: number, pixel: Node<'ivec2'>) {
  const [x, y] = [pixel.x.bitAnd(int(1)), pixel.y.bitAnd(int(1))];
  const first = int(outputPlanes(index));
  return {
    plane: first.add(y.mul(OUTPUT_CELL)).add(x) as Node<'int'>,
    at: ivec2(pixel.x.shiftRight(int(1)), pixel.y.shiftRight(int(1))),
  };
}
