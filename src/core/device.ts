/** What this browser can draw with. Unsupported machines are values, not exceptions. */
export type Capability =
  | {
      readonly kind: 'webgpu';
      readonly device: GPUDevice;
      readonly adapter: string;
      readonly software: boolean;
    }
  | { readonly kind: 'webgl2'; readonly reason: string }
  | { readonly kind: 'none'; readonly reason: string };

/** The G-buffer writes seven half-float RGBA attachments at once. */
const COLOR_BYTES_PER_SAMPLE = 56;

/**
 * Requests the one GPUDevice that three and ONNX Runtime share, with every feature and limit of the adapter.
 * `software` is true for CPU adapters (SwiftShader, llvmpipe, WARP), where compute shaders are no place for a network.
 */
export async function findCapability(): Promise<Capability> {
  const reason = await tryWebgpu();
  if (typeof reason !== 'string') return reason;
  const context = document.createElement('canvas').getContext('webgl2');
  if (context) return { kind: 'webgl2', reason };
  return { kind: 'none', reason: `${reason} WebGL2 is not available either.` };
}

async function tryWebgpu(): Promise<Capability | string> {
  if (!navigator.gpu) {
    return window.isSecureContext
      ? 'This browser has no WebGPU.'
      : 'WebGPU needs a secure page (https or localhost).';
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return 'The browser offers no WebGPU adapter.';
  const bytes = adapter.limits.maxColorAttachmentBytesPerSample;
  if (bytes < COLOR_BYTES_PER_SAMPLE) {
    return `The WebGPU adapter writes ${bytes} bytes per sample, the G-buffer needs ${COLOR_BYTES_PER_SAMPLE}.`;
  }
  try {
    const device = await adapter.requestDevice({
      requiredFeatures: [...adapter.features] as GPUFeatureName[],
      requiredLimits: adapterLimits(adapter),
    });
    const { vendor, architecture, description } = adapter.info;
    const name =
      description || [vendor, architecture].filter(Boolean).join(' ') || 'WebGPU adapter';
    return { kind: 'webgpu', device, adapter: name, software: isSoftware(adapter, name) };
  } catch (error) {
    return `The WebGPU device could not be created: ${String(error)}`;
  }
}

function adapterLimits(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  // GPUSupportedLimits keeps its values on the prototype.
  for (const key in adapter.limits) {
    const value = adapter.limits[key as keyof GPUSupportedLimits];
    if (typeof value === 'number') limits[key] = value;
  }
  return limits;
}

/** What draws; WebGL2 counts as a CPU, because it mostly is one. */
export const drawnBy = (capability: Capability): 'gpu' | 'cpu' =>
  capability.kind === 'webgpu' && !capability.software ? 'gpu' : 'cpu';

function isSoftware(adapter: GPUAdapter, name: string): boolean {
  const { vendor, architecture, isFallbackAdapter } = adapter.info;
  return (
    isFallbackAdapter ||
    /swiftshader|llvmpipe|lavapipe|basic render|warp/i.test(`${name} ${vendor} ${architecture}`)
  );
}
