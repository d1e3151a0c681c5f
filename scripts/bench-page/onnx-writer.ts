/** The few fields of ONNX's protobuf (onnx/onnx.proto) that a plain convolutional network needs. */

/** Bytes of one field; parts of a message are concatenated. */
type Bytes = Uint8Array<ArrayBuffer>;

const text = (value: string): Bytes => new TextEncoder().encode(value);

function concat(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function varint(value: number): Bytes {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

/** A whole number of at least 0, wire type 0. */
const number = (field: number, value: number): Bytes => concat([varint(field * 8), varint(value)]);

/** Text, raw bytes or a message, wire type 2. */
function block(field: number, ...parts: readonly Uint8Array[]): Bytes {
  const body = concat(parts);
  return concat([varint(field * 8 + 2), varint(body.length), body]);
}

const FLOAT = 1;
const attributeKind = { whole: 2, text: 3, list: 7 } as const;

/** An attribute of a node. */
export type Attribute = string | number | readonly number[];

/** One operator of the graph; tensors are named. */
export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** Constant float32 tensor. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** NCHW float32 network of one input and one output with free height and width. */
export interface OnnxNetwork {
  readonly name: string;
  readonly input: { readonly name: string; readonly channels: number };
  readonly output: { readonly name: string; readonly channels: number };
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
}

/** Serializes a network as an ONNX file (IR 8, opset 17). */
export function encodeOnnx({ name, input, output, nodes, tensors }: OnnxNetwork): Bytes {
  const graph = [
    ...nodes.map((node) => block(1, ...encodeNode(node))),
    block(2, text(name)),
    ...tensors.map((tensor) => block(5, ...encodeTensor(tensor))),
    block(11, ...encodeImage(input, 'input')),
    block(12, ...encodeImage(output, 'output')),
  ];
  return concat([number(1, 8), block(7, ...graph), block(8, number(2, 17))]);
}

function encodeNode({ type, inputs, output, attributes = {} }: OnnxNode): Bytes[] {
  return [
    ...inputs.map((input) => block(1, text(input))),
    block(2, text(output)),
    block(4, text(type)),
    ...Object.entries(attributes).map(([name, value]) =>
      block(5, block(1, text(name)), ...encodeAttribute(value)),
    ),
  ];
}

function encodeAttribute(value: Attribute): Bytes[] {
  if (typeof value === 'number') return [number(3, value), number(20, attributeKind.whole)];
  if (typeof value === 'string') return [block(4, text(value)), number(20, attributeKind.text)];
  return [...value.map((item) => number(8, item)), number(20, attributeKind.list)];
}

function encodeTensor({ name, shape, data }: OnnxTensor): Bytes[] {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [...shape.map((side) => number(1, side)), number(2, FLOAT), block(8, text(name)), block(9, raw)]; // prettier-ignore
}

/** `whose` tells its free sides from those of the other end, which may differ. */
function encodeImage({ name, channels }: OnnxNetwork['input'], whose: string): Bytes[] {
  const free = ['height', 'width'].map((side) => block(2, text(`${whose}_${side}`)));
  const sides = [number(1, 1), number(1, channels), ...free];
  const shape = block(2, ...sides.map((side) => block(1, side)));
  return [block(1, text(name)), block(2, block(1, number(1, FLOAT), shape))];
}
