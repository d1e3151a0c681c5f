import {
  DataTexture,
  FloatType,
  NearestFilter,
  RGBAFormat,
  RenderTarget,
  WebGPURenderer,
} from 'three/webgpu';
import type { Node } from 'three/webgpu';
import { Fn, acesFilmicToneMapping, float, instanceIndex, int, ivec2, sRGBTransferOETF, vec4 } from 'three/tsl'; // prettier-ignore
import { relitNode } from '../../src/pipeline/compose';
import type { Precision } from '../../src/core/contract';
import { findCapability } from '../../src/core/device';
import { readAttachment } from '../../src/core/gpu-handles';
import { FullscreenPass, image, pixel } from '../../src/pipeline/fullscreen';
import {
  decodeLightingNode,
  encodeLightingNode,
  luminanceOf,
  materialFactorNode,
} from '../../src/pipeline/shading';
import { TensorBuffer } from '../../src/pipeline/tensor-buffer';
import { FrameUniforms } from '../../src/pipeline/frame-uniforms';
import { Present } from '../../src/views/present';

/** Four numbers a row, one texel. */
export type Texel = readonly [number, number, number, number];

let renderer: Promise<WebGPURenderer> | undefined;

async function createRenderer(): Promise<WebGPURenderer> {
  const capability = await findCapability();
  const options =
    capability.kind === 'webgpu' ? { device: capability.device } : { forceWebGL: true };
  const created = new WebGPURenderer(options);
  await created.init();
  return created;
}

const column = (texels: readonly Texel[]): DataTexture => table(texels, texels.length, 1);

/** An image of these texels, row by row. */
export function table(texels: readonly Texel[], width: number, height: number): DataTexture {
  const data = Float32Array.from(texels.flat());
  const texture = new DataTexture(data, width, height, RGBAFormat, FloatType);
  texture.minFilter = texture.magFilter = NearestFilter;
  texture.needsUpdate = true;
  return texture;
}

/** Draws one pixel a row: `node` gets the row's texel of each column, its result comes back in float32. */
export async function evaluate(
  columns: readonly (readonly Texel[])[],
  node: (...texels: Node<'vec4'>[]) => Node<'vec3'>,
): Promise<number[][]> {
  const images = columns.map((texels) => image(column(texels)));
  const fragment = Fn(() => vec4(node(...images.map((each) => each.at(pixel()).toVar())), 1))();
  const texels = await drawTexels(fragment, columns[0]?.length ?? 0, 1);
  return texels.map((texel) => texel.slice(0, 3));
}

/** Draws a node in float32 and reads its texels, row by row. */
export async function drawTexels(
  fragment: Node,
  width: number,
  height: number,
): Promise<number[][]> {
  renderer ??= createRenderer();
  const target = new RenderTarget(width, height, {
    type: FloatType,
    depthBuffer: false,
    minFilter: NearestFilter,
    magFilter: NearestFilter,
  });
  new FullscreenPass(await renderer, 'Golden', fragment).render(target);
  const data = (await readAttachment(await renderer, target)) as Float32Array;
  return Array.from({ length: width * height }, (_, i) => [...data.subarray(i * 4, i * 4 + 4)]);
}

/** Material factor of each row: (albedo rgb, metalness) and (roughness, N·V, 0, 0). */
export function materialFactors(
  surfaces: readonly Texel[],
  angles: readonly Texel[],
): Promise<number[][]> {
  return evaluate([surfaces, angles], (surface, angle) =>
    materialFactorNode(surface!.rgb, surface!.a, angle!.x, angle!.y),
  );
}

/** ℓ of each row's lighting, lighting of each row's ℓ, and luminance; a = exposure. */
export async function transferFunctions(
  lighting: readonly Texel[],
  logs: readonly Texel[],
): Promise<{ log: number[][]; decoded: number[][]; luminance: number[] }> {
  const log = await evaluate([lighting], (row) => encodeLightingNode(row!.rgb, row!.a));
  const decoded = await evaluate([logs], (row) => decodeLightingNode(row!.rgb, row!.a));
  const luminance = await evaluate([lighting], (row) => row!.rgb.mul(0).add(luminanceOf(row!.rgb)));
  return { log, decoded, luminance: luminance.map(([value = NaN]) => value) };
}

/** Relit ℓ of each row: lit, the two candidates, the residual and the shares before the logistic function. */
export function relit(columns: readonly (readonly Texel[])[]): Promise<number[][]> {
  return evaluate(columns, (lit, mirror, bounce, residual, shares) =>
    relitNode(lit!.rgb, [mirror!.rgb, bounce!.rgb], residual!.rgb, [shares!.r, shares!.g]),
  );
}

/** Numbers written to a tensor on the GPU by one dispatch: as read back, and as a shader reads them. */
export async function tensorRoundTrip(
  precision: Precision,
  values: readonly number[],
): Promise<{ read: number[]; shaded: number[] }> {
  renderer ??= createRenderer();
  const drawing = await renderer;
  const tensor = new TensorBuffer(precision, values.length);
  const { perElement } = tensor;
  const source = image(column(values.map((value): Texel => [value, 0, 0, 0])));
  const fill = Fn(() => {
    const element = int(instanceIndex).toVar();
    const numbers = Array.from({ length: perElement }, (_, i) => {
      return source.at(ivec2(element.mul(perElement).add(i), 0)).x;
    });
    tensor.write(element, numbers);
  })().compute(values.length / perElement);
  drawing.compute(fill);
  const shader = Fn(() => vec4(tensor.at(pixel().x), 0, 0, 1))();
  const texels = await drawTexels(shader, values.length, 1);
  const read = [...(await tensor.read(drawing))];
  return { read, shaded: texels.map(([value = NaN]) => value) };
}

/** Linear radiance to display values in float32, with the two nodes that the present stage grades with. */
export function displayTransform(linear: readonly Texel[]): Promise<number[][]> {
  return evaluate(
    [linear],
    (row) =>
      sRGBTransferOETF(acesFilmicToneMapping(row!.rgb, float(1)) as Node<'vec3'>) as Node<'vec3'>,
  );
}

/** Linear radiance through the present stage itself: what `demo.pixels` returns, 8 bits a channel. */
export async function presentPixels(linear: readonly Texel[]): Promise<number[]> {
  renderer ??= createRenderer();
  const present = new Present(await renderer, float(1), new FrameUniforms());
  const view = {
    texture: column(linear),
    content: 'radiance' as const,
    pixelated: true,
    render: () => undefined,
    resize: () => undefined,
    dispose: () => undefined,
  };
  const { data } = await present.read8(view, linear.length, 1);
  return [...data];
}
