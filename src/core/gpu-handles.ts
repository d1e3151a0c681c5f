import type { RenderTarget, StorageBufferAttribute, Texture, WebGPURenderer } from 'three/webgpu';

/**
 * The one place that reaches behind three's public API (checked against r187). Handles are resolved on each
 * call because three may recreate them after a resize.
 */
interface RendererInternals {
  backend: {
    isWebGPUBackend?: boolean;
    device?: GPUDevice;
    hasTimestamp?: boolean;
    trackTimestamp: boolean;
    timestampQueryPool: Record<string, { timestamps: Map<string, number> } | null>;
    get(object: object): { buffer?: GPUBuffer; texture?: GPUTexture };
  };
  _nodes: { nodeFrame: { frameId: number; update(): void } };
  _getShadowNodes(material: ShadowCaster): { colorNode: object | null };
}

/** What decides where a material casts a shadow. */
interface ShadowCaster {
  readonly alphaTest: number;
  readonly maskNode?: object | null;
  readonly maskShadowNode?: object | null;
  readonly castShadowNode?: object | null;
}

function internals(renderer: WebGPURenderer): RendererInternals {
  return renderer as unknown as RendererInternals;
}

/** Whether three draws through WebGPU (otherwise it fell back to WebGL2). */
export function isWebGPU(renderer: WebGPURenderer): boolean {
  return internals(renderer).backend.isWebGPUBackend === true;
}

/** The GPUBuffer behind a storage attribute that three has already used once. */
export function gpuBufferOf(
  renderer: WebGPURenderer,
  attribute: StorageBufferAttribute,
): GPUBuffer {
  const buffer = internals(renderer).backend.get(attribute).buffer;
  if (!buffer) throw new Error('gpu-handles: the storage buffer has not been created yet.');
  return buffer;
}

/** The device that three draws with, and the GPUTexture behind a texture that it has already drawn into. */
export function gpuTextureOf(
  renderer: WebGPURenderer,
  texture: Texture,
): { readonly device: GPUDevice; readonly texture: GPUTexture } {
  const { backend } = internals(renderer);
  const handle = backend.get(texture).texture;
  if (!backend.device || !handle) {
    throw new Error('gpu-handles: the texture has not been created yet.');
  }
  return { device: backend.device, texture: handle };
}

/** Whether three can time its passes on this GPU. */
export function hasTimestamps(renderer: WebGPURenderer): boolean {
  return isWebGPU(renderer) && internals(renderer).backend.hasTimestamp === true;
}

/** Switches three's timestamp queries; its constructor option can only be chosen once. */
export function setTimestamps(renderer: WebGPURenderer, on: boolean): void {
  internals(renderer).backend.trackTimestamp = on;
}

/** GPU time of a pass by the name three gave it, NaN if it was not among those resolved last. */
export function passGpuMs(renderer: WebGPURenderer, uid: string): number {
  const pool =
    internals(renderer).backend.timestampQueryPool[uid.startsWith('c:') ? 'compute' : 'render'];
  return pool?.timestamps.get(uid) ?? NaN;
}

/**
 * Starts a new node frame and returns its number. three updates lights, shadow maps, bones and per-frame nodes once per node
 * frame, and only its own animation loop advances it; frames stepped by scripts need the same.
 */
export function advanceNodeFrame(renderer: WebGPURenderer): number {
  const { nodeFrame } = internals(renderer)._nodes;
  nodeFrame.update();
  return nodeFrame.frameId;
}

/**
 * Goes on with a node frame. three's own loop starts one with each frame of the display, also between two passes of one of ours:
 * skins then forget the pose of the last frame, and stand still in motion vectors (r187).
 */
export function resumeNodeFrame(renderer: WebGPURenderer, frameId: number): void {
  internals(renderer)._nodes.nodeFrame.frameId = frameId;
}

/**
 * Shadow maps of materials without holes are drawn without their textures, which three samples for an alpha that nobody
 * tests then (r187): on the emulated GPU that is five sixths of a shadow map's time. The depth comes out the same.
 */
export function skipShadowTextures(renderer: WebGPURenderer): void {
  const inner = internals(renderer);
  const nodesOf = inner._getShadowNodes.bind(inner);
  inner._getShadowNodes = (material) => {
    const nodes = nodesOf(material);
    const { alphaTest, maskNode, maskShadowNode, castShadowNode } = material;
    if (!(alphaTest > 0 || maskNode || maskShadowNode || castShadowNode)) nodes.colorNode = null;
    return nodes;
  };
}

/** Reads one attachment; half floats arrive as Uint16Array, floats as Float32Array. Row 0 is the top row on both back ends. */
export async function readAttachment(
  renderer: WebGPURenderer,
  target: RenderTarget,
  index = 0,
): Promise<ArrayBufferView> {
  const { width, height } = target;
  const data = await renderer.readRenderTargetPixelsAsync(target, 0, 0, width, height, index);
  return isWebGPU(renderer) ? data : flipRows(data, height);
}

/** WebGL returns the bottom row first. */
function flipRows(view: ArrayBufferView, height: number): ArrayBufferView {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const rowBytes = bytes.length / height;
  const row = new Uint8Array(rowBytes);
  for (let y = 0; y < height >> 1; y++) {
    const top = y * rowBytes;
    const bottom = (height - 1 - y) * rowBytes;
    row.set(bytes.subarray(top, top + rowBytes));
    bytes.copyWithin(top, bottom, bottom + rowBytes);
    bytes.set(row, bottom);
  }
  return view;
}

/**
 * Runs `draw` while the renderer calls `width` × `height` the size of its canvas. three's display nodes size themselves
 * by the canvas and offer no size of their own (r187), though their inputs here are smaller.
 */
export function withCanvasSize(
  renderer: WebGPURenderer,
  { width, height }: { readonly width: number; readonly height: number },
  draw: () => void,
): void {
  renderer.getDrawingBufferSize = (size) => size.set(width, height);
  try {
    draw();
  } finally {
    // Uncovers the method of the class.
    delete (renderer as Partial<WebGPURenderer>).getDrawingBufferSize;
  }
}
