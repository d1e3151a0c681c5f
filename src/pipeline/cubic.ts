import type { Node, TextureNode } from 'three/webgpu';
import { float, int, max, min, vec2, vec4 } from 'three/tsl';

/**
 * Slope of the filter at its neighbours (Keys 1981). Catmull-Rom's is -0.5: what is read and written anew in each frame is
 * sharper with more.
 */
const SLOPE = -0.65;

/**
 * TSL: five bilinear fetches that sum to a cubic filter without its corners (Jimenez 2016). It sharpens textures, and rings at the
 * outlines of things: where it is limited, it does not leave the range of its fetches.
 */
export function cubic(
  source: TextureNode,
  position: Node<'vec2'>,
  size: Node<'vec2'>,
  isLimited: Node<'bool'>,
): Node<'vec4'> {
  const centre = position.sub(0.5).floor().add(0.5).toVar();
  const f = position.sub(centre).toVar();
  const w0 = f.mul(f.mul(f.sub(2)).add(1)).mul(SLOPE);
  const w1 = f
    .mul(f)
    .mul(f.mul(SLOPE + 2).sub(SLOPE + 3))
    .add(1);
  const w3 = f.mul(f).mul(f.oneMinus()).mul(SLOPE);
  const w2 = w0.add(w1).add(w3).oneMinus();
  const w12 = w1.add(w2).toVar();
  const tc0 = centre.sub(1).div(size);
  const tc12 = centre.add(w2.div(w12)).div(size).toVar();
  const tc3 = centre.add(2).div(size);
  const fetch = (x: Node<'float'>, y: Node<'float'>) => source.sample(vec2(x, y)).level(int(0));
  const taps: Array<readonly [Node<'vec4'>, Node<'float'>]> = [
    [fetch(tc12.x, tc0.y), w12.x.mul(w0.y)],
    [fetch(tc0.x, tc12.y), w0.x.mul(w12.y)],
    [fetch(tc12.x, tc12.y), w12.x.mul(w12.y)],
    [fetch(tc3.x, tc12.y), w3.x.mul(w12.y)],
    [fetch(tc12.x, tc3.y), w12.x.mul(w3.y)],
  ];
  const color = vec4(0).toVar();
  const weight = float(0).toVar();
  const [least, most] = [vec4(1).toVar(), vec4(0).toVar()];
  for (const [tap, w] of taps) {
    const texel = tap.toVar();
    color.addAssign(texel.mul(w));
    weight.addAssign(w);
    least.assign(min(least, texel));
    most.assign(max(most, texel));
  }
  const sum = color.div(weight).toVar();
  return isLimited.select(min(max(sum, least), most), sum);
}
