import type { Page } from 'playwright-core';

/** Whose code made a WebGPU call: the caller nearest to it decides. */
export type Owner = 'ours' | 'three' | 'ort';

/** Calls of one kind, by owner. */
export type OwnerCounts = Readonly<Record<Owner, number>>;

/** Kinds of calls that are counted. */
export const callKinds = [
  'renderPasses',
  'computePasses',
  'draws',
  'dispatches',
  'submits',
  'writes',
  'buffers',
  'textures',
  'pipelines',
  'bindGroups',
] as const;
export type CallKind = (typeof callKinds)[number];

/** What the page's code has done with its GPU device since the last `reset`. */
export interface GpuCount {
  readonly calls: Readonly<Record<CallKind, OwnerCounts>>;
  /** Labels of what was created, with how often, e.g. `buffers three readback × 5`. */
  readonly created: Readonly<Record<string, number>>;
  /** Bytes that live now, created at any time and not destroyed; the canvas's own pictures are the browser's. */
  readonly bufferBytes: OwnerCounts;
  readonly textureBytes: OwnerCounts;
  /** The largest living textures and buffers. */
  readonly largest: readonly { readonly name: string; readonly bytes: number }[];
}

declare global {
  interface Window {
    /** Only in pages opened with `countGpuCalls`. */
    gpuCount: { reset(): void; read(): GpuCount };
  }
}

/** Counts every WebGPU call of a page that is opened afterwards, in `window.gpuCount`. */
export async function countGpuCalls(page: Page): Promise<void> {
  await page.addInitScript(installCounter);
}

/** Runs in the page before its own code; Playwright sends its source text, so it uses nothing from outside. */
function installCounter(): void {
  if (!('GPUDevice' in globalThis)) return;
  type Counts = Record<Owner, number>;
  interface Living {
    readonly owner: Owner;
    readonly name: string;
    readonly bytes: number;
    readonly texture: boolean;
  }
  const kinds: CallKind[] = [
    'renderPasses', 'computePasses', 'draws', 'dispatches', 'submits', 'writes', 'buffers', 'textures',
    'pipelines', 'bindGroups',
  ]; // prettier-ignore
  const zero = (): Counts => ({ ours: 0, three: 0, ort: 0 });
  const living = new Map<object, Living>();
  const passOwner = new WeakMap<object, Owner>();
  let calls = {} as Record<CallKind, Counts>;
  let created: Record<string, number> = {};
  const reset = (): void => {
    calls = Object.fromEntries(kinds.map((kind) => [kind, zero()])) as typeof calls;
    created = {};
  };
  reset();

  /** First stack entry outside this script. three is bundled by Vite; ONNX Runtime comes as it is. */
  const findOwner = (): Owner => {
    const lines = (new Error().stack ?? '').split('\n');
    const caller = lines.find((line) => /wasm|https?:/.test(line)) ?? '';
    if (/wasm|onnxruntime|\bort\b/.test(caller)) return 'ort';
    return /\/deps\/|three/.test(caller) ? 'three' : 'ours';
  };

  const texelBytes = (format: string): number => {
    const [, channels, bits] = /^(r|rg|rgba|bgra)(8|16|32)/.exec(format) ?? [];
    if (channels && bits) return (channels.length * Number(bits)) / 8;
    if (format === 'depth16unorm') return 2;
    return /^(bc|etc|eac|astc)/.test(format) ? 1 : 4;
  };
  const textureBytes = (texture: GPUTexture): number => {
    let bytes = 0;
    for (let level = 0; level < texture.mipLevelCount; level++) {
      const side = (size: number): number => Math.max(1, size >> level);
      const layers = texture.depthOrArrayLayers;
      const depth = texture.dimension === '3d' ? side(layers) : layers;
      bytes += side(texture.width) * side(texture.height) * depth;
    }
    return bytes * texelBytes(texture.format) * texture.sampleCount;
  };

  type Method = (this: object, ...args: unknown[]) => unknown;
  const wrap = (
    type: { prototype: object },
    name: string,
    after: (self: object, result: unknown, owner: Owner, args: unknown[]) => void,
    ownerOf: (self: object) => Owner = findOwner,
  ): void => {
    const methods = type.prototype as Record<string, Method>;
    const original = methods[name];
    if (!original) return;
    methods[name] = function (...args) {
      const result = original.apply(this, args);
      after(this, result, ownerOf(this), args);
      return result;
    };
  };
  const label = (args: unknown[]): string =>
    (args[0] as { label?: string } | undefined)?.label || 'no label';
  const creates = (kind: CallKind, name: string): void =>
    wrap(GPUDevice, name, (_, result, owner, args) => {
      calls[kind][owner]++;
      const key = `${kind} ${owner} ${label(args)}`;
      created[key] = (created[key] ?? 0) + 1;
      if (kind === 'buffers') {
        const { size } = result as GPUBuffer;
        living.set(result as object, { owner, name: label(args), bytes: size, texture: false });
      } else if (kind === 'textures') {
        const texture = result as GPUTexture;
        const { format, width, height } = texture;
        const text = `${label(args)} ${format} ${width}x${height}`;
        living.set(texture, { owner, name: text, bytes: textureBytes(texture), texture: true });
      }
    });
  creates('buffers', 'createBuffer');
  creates('textures', 'createTexture');
  creates('bindGroups', 'createBindGroup');
  for (const name of ['createRenderPipeline', 'createComputePipeline']) {
    creates('pipelines', name);
    creates('pipelines', `${name}Async`);
  }
  wrap(GPUBuffer, 'destroy', (self) => living.delete(self));
  wrap(GPUTexture, 'destroy', (self) => living.delete(self));

  for (const [kind, name] of [['renderPasses', 'beginRenderPass'], ['computePasses', 'beginComputePass']] as const) {
    wrap(GPUCommandEncoder, name, (_, pass, owner) => {
      calls[kind][owner]++;
      passOwner.set(pass as object, owner);
    });
  } // prettier-ignore
  const ofPass = (self: object): Owner => passOwner.get(self) ?? 'ours';
  for (const name of ['draw', 'drawIndexed', 'drawIndirect', 'drawIndexedIndirect'])
    wrap(GPURenderPassEncoder, name, (_, __, owner) => calls.draws[owner]++, ofPass);
  for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'])
    wrap(GPUComputePassEncoder, name, (_, __, owner) => calls.dispatches[owner]++, ofPass);
  wrap(GPUQueue, 'submit', (_, __, owner) => calls.submits[owner]++);
  for (const name of ['writeBuffer', 'writeTexture'])
    wrap(GPUQueue, name, (_, __, owner) => calls.writes[owner]++);

  const read = (): GpuCount => {
    const [bufferBytes, textureBytesNow] = [zero(), zero()];
    for (const { owner, bytes, texture } of living.values())
      (texture ? textureBytesNow : bufferBytes)[owner] += bytes;
    const largest = [...living.values()].toSorted((a, b) => b.bytes - a.bytes).slice(0, 24);
    const copy = JSON.parse(JSON.stringify({ calls, created })) as Pick<
      GpuCount,
      'calls' | 'created'
    >;
    return {
      ...copy,
      bufferBytes,
      textureBytes: textureBytesNow,
      largest: largest.map(({ owner, name, bytes }) => ({ name: `${owner}: ${name}`, bytes })),
    };
  };
  window.gpuCount = { reset, read };
}
