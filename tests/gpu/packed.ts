import type { Node } from 'three/webgpu';
import { vec3, vec4 } from 'three/tsl';
import {
  decodeLogChange,
  decodeNormal,
  decodePicture,
  decodeRadiance,
  decodeShared,
  encodeLogChange,
  encodeNormal,
  encodePicture,
  encodeRadiance,
  encodeShared,
} from '../../src/pipeline/packed';
import { evaluate, type Texel } from './nodes';

const rounded = (value: Node<'vec4'>, rgbSteps: number, aSteps: number): Node<'vec4'> =>
  vec4(
    value.rgb.mul(rgbSteps).round().div(rgbSteps),
    value.a.mul(aSteps).round().div(aSteps),
  ).toVar();
const in10 = (value: Node<'vec4'>): Node<'vec4'> => rounded(value, 1023, 3);
const in8 = (value: Node<'vec4'>): Node<'vec4'> => rounded(value, 255, 255);

const codes = {
  radiance: (row: Node<'vec4'>) => decodeRadiance(in10(encodeRadiance(row.rgb))),
  normal: (row: Node<'vec4'>) => decodeNormal(in10(vec4(encodeNormal(row.rgb), 0, 0)).xy),
  shared: (row: Node<'vec4'>) => decodeShared(in8(encodeShared(row.rgb))),
  change: (row: Node<'vec4'>) => decodeLogChange(in10(vec4(encodeLogChange(row.rgb), 0)).rgb),
  /** a: the dither of all three. */
  picture: (row: Node<'vec4'>) => decodePicture(in10(encodePicture(row.rgb, vec3(row.a)))),
};

/** What is left of each row after it has been through an image of few bits. */
export const packedRows = (code: keyof typeof codes, rows: readonly Texel[]): Promise<number[][]> =>
  evaluate([rows], (row) => codes[code](row!));
