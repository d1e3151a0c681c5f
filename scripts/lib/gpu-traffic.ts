import type { Page } from 'playwright-core';

/** Bytes that a pass must move if every texel is read once from memory and every pixel written once. */
export interface Traffic {
  readonly readBytes: number;
  readonly writtenBytes: number;
}

declare global {
  interface Window {
    /** Only in pages opened with `countGpuTraffic`: bytes since the last `reset`, by label of the pass. */
    gpuTraffic: { reset(): void; read(): Record<string, Traffic> };
  }
}

/**
 * Adds up the bytes of every pass, dispatch, copy and upload of a page that is opened afterwards, in
 * `window.gpuTraffic`. The model is that of a perfect cache and no overdraw: an attachment is written once (and read
 * if it is loaded), a texture or buffer that is bound is moved once a pass, in ONNX Runtime's passes once a dispatch.
 */
export async function countGpuTraffic(page: Page): Promise<void> {
  await page.addInitScript(installTraffic);
}

/** Runs in the page before its own code; Playwright sends its source text, so it uses nothing from outside. */
function installTraffic(): void {
  if (!('GPUDevice' in globalThis)) return;
  let sums: Record<string, { readBytes: number; writtenBytes: number }> = {};
  const add = (label: string, readBytes: number, writtenBytes: number): void => {
    const sum = (sums[label] ??= { readBytes: 0, writtenBytes: 0 });
    sum.readBytes += readBytes;
    sum.writtenBytes += writtenBytes;
  };

  const texelBytes = (format: string): number => {
    const [, channels, bits] = /^(r|rg|rgba|bgra)(8|16|32)/.exec(format) ?? [];
    if (channels && bits) return (channels.length * Number(bits)) / 8;
    if (format === 'depth16unorm') return 2;
    return /^(bc|etc|eac|astc)/.test(format) ? 1 : 4;
  };
  /** Texels of a view times their size. */
  const viewBytes = new WeakMap<object, number>();
  const sizeOf = (texture: GPUTexture, view: GPUTextureViewDescriptor = {}): number => {
    const first = view.baseMipLevel ?? 0;
    const levels = view.mipLevelCount ?? texture.mipLevelCount - first;
    const layers = view.arrayLayerCount ?? texture.depthOrArrayLayers - (view.baseArrayLayer ?? 0);
    let texels = 0;
    for (let level = first; level < first + levels; level++) {
      const [width, height] = [texture.width >> level, texture.height >> level];
      texels += Math.max(width, 1) * Math.max(height, 1) * layers;
    }
    return texels * texelBytes(texture.format) * texture.sampleCount;
  };

  type Method = (this: object, ...args: unknown[]) => unknown;
  type After = (self: object, args: unknown[], result: unknown) => void;
  const wrap = (type: { prototype: object }, name: string, after: After): void => {
    const methods = type.prototype as Record<string, Method>;
    const original = methods[name]!;
    methods[name] = function (...args) {
      const result = original.apply(this, args);
      after(this, args, result);
      return result;
    };
  };

  /** three names its textures, not its passes. */
  const viewLabel = new WeakMap<object, string>();
  wrap(GPUTexture, 'createView', (self, [descriptor], view) => {
    const texture = self as GPUTexture;
    viewLabel.set(view as object, texture.label);
    const given = descriptor as GPUTextureViewDescriptor | undefined;
    viewBytes.set(view as object, sizeOf(texture, given));
  });
  interface Bound {
    readonly resource: object;
    readonly bytes: number;
  }
  /** Bytes of what a group binds, texture views and storage of buffers alike. */
  const bound = new WeakMap<object, Bound[]>();
  wrap(GPUDevice, 'createBindGroup', (_, [descriptor], group) => {
    const { entries } = descriptor as GPUBindGroupDescriptor;
    const resources = [...entries].flatMap(({ resource }): Bound[] => {
      if (resource instanceof GPUTextureView) return [{ resource, bytes: viewBytes.get(resource) ?? 0 }]; // prettier-ignore
      if (resource instanceof GPUTexture) return [{ resource, bytes: sizeOf(resource) }];
      const buffer =
        resource instanceof GPUBuffer ? resource : (resource as GPUBufferBinding).buffer;
      if (!buffer) return [];
      // Uniform buffers are a few hundred bytes, whatever the size of the picture.
      return [{ resource: buffer, bytes: (resource as GPUBufferBinding).size ?? buffer.size }];
    });
    bound.set(group as object, resources);
  });

  interface Pass {
    readonly label: string;
    readonly groups: Map<number, object>;
    /** Counted in this pass already. */
    readonly seen: Set<object>;
  }
  const passes = new WeakMap<object, Pass>();
  const attach = (label: string, view: unknown, loaded: boolean): void => {
    const isTexture = view instanceof GPUTexture;
    const bytes = isTexture ? sizeOf(view) : (viewBytes.get(view as object) ?? 0);
    add(label, loaded ? bytes : 0, bytes);
  };
  const begin = (pass: unknown, label = 'no label'): void =>
    void passes.set(pass as object, { label, groups: new Map(), seen: new Set() });
  wrap(GPUCommandEncoder, 'beginRenderPass', (_, [given], pass) => {
    const descriptor = given as GPURenderPassDescriptor;
    const [first] = descriptor.colorAttachments;
    const label = descriptor.label || (first && viewLabel.get(first.view)) || 'no label';
    for (const attachment of descriptor.colorAttachments) {
      if (attachment) attach(label, attachment.view, attachment.loadOp === 'load');
    }
    const depth = descriptor.depthStencilAttachment;
    if (depth) attach(label, depth.view, depth.depthLoadOp === 'load');
    begin(pass, label);
  });
  wrap(GPUCommandEncoder, 'beginComputePass', (_, [descriptor], pass) =>
    begin(pass, (descriptor as GPUComputePassDescriptor | undefined)?.label || 'compute'),
  );
  const work = (self: object, compute: boolean): void => {
    const pass = passes.get(self);
    if (!pass) return;
    for (const group of pass.groups.values()) {
      for (const { resource, bytes } of bound.get(group) ?? []) {
        // A pass of ONNX Runtime holds many dispatches, each of which goes through its buffers anew.
        if (!compute && pass.seen.has(resource)) continue;
        pass.seen.add(resource);
        add(pass.label, bytes, 0);
      }
    }
  };
  for (const type of [GPURenderPassEncoder, GPUComputePassEncoder]) {
    wrap(type, 'setBindGroup', (self, [index, group]) => {
      if (group) passes.get(self)?.groups.set(index as number, group);
    });
  }
  for (const name of ['draw', 'drawIndexed', 'drawIndirect', 'drawIndexedIndirect'])
    wrap(GPURenderPassEncoder, name, (self) => work(self, false));
  for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'])
    wrap(GPUComputePassEncoder, name, (self) => work(self, true));

  const sides = (size: unknown): number => {
    if (Array.isArray(size))
      return size.reduce<number>((product, side) => product * Number(side), 1);
    const { width = 1, height = 1, depthOrArrayLayers = 1 } = size as GPUExtent3DDict;
    return width * height * depthOrArrayLayers;
  };
  wrap(GPUCommandEncoder, 'copyTextureToBuffer', (_, [from, , size]) => {
    const bytes = sides(size) * texelBytes((from as GPUTexelCopyTextureInfo).texture.format);
    add('copy to the CPU', bytes, bytes);
  });
  wrap(GPUCommandEncoder, 'copyTextureToTexture', (_, [from, , size]) => {
    const bytes = sides(size) * texelBytes((from as GPUTexelCopyTextureInfo).texture.format);
    add('copy', bytes, bytes);
  });
  wrap(GPUQueue, 'writeTexture', (_, [to, , , size]) => {
    add('upload', 0, sides(size) * texelBytes((to as GPUTexelCopyTextureInfo).texture.format));
  });
  window.gpuTraffic = {
    reset: () => void (sums = {}),
    read: () => JSON.parse(JSON.stringify(sums)) as typeof sums,
  };
}
