import type { RenderTarget, WebGPURenderer } from 'three/webgpu';
import { gpuTextureOf, isWebGPU, readAttachment } from './gpu-handles';

/** Rows of a copy to a buffer start at multiples of this. */
const ROW_ALIGNMENT = 256;
const TEXEL_BYTES = 8;

/**
 * Reads every attachment of an RGBA half-float target back, top row first. three's own read-back creates and destroys
 * a buffer for each image (r187); this one keeps one buffer for all of them and submits once.
 */
export class TargetReadback {
  private buffer: GPUBuffer | null = null;

  constructor(
    private readonly renderer: WebGPURenderer,
    private readonly target: RenderTarget,
  ) {}

  /** `images` are filled if they have the right size; those of an earlier call may be given again. */
  async read(images: Uint16Array<ArrayBuffer>[]): Promise<Uint16Array<ArrayBuffer>[]> {
    const { renderer, target } = this;
    if (!isWebGPU(renderer)) {
      const read = target.textures.map((_, i) => readAttachment(renderer, target, i));
      return (await Promise.all(read)) as Uint16Array<ArrayBuffer>[];
    }
    const { width, height } = target;
    const bytesPerRow = Math.ceil((width * TEXEL_BYTES) / ROW_ALIGNMENT) * ROW_ALIGNMENT;
    const buffer = this.copy(bytesPerRow);
    await buffer.mapAsync(GPUMapMode.READ);
    const mapped = new Uint16Array(buffer.getMappedRange());
    const filled = target.textures.map((_, i) => {
      const image =
        images[i]?.length === width * height * 4 ? images[i]! : new Uint16Array(width * height * 4);
      const from = (i * bytesPerRow * height) / 2;
      copyRows(mapped.subarray(from, from + (bytesPerRow * height) / 2), image, height);
      return image;
    });
    buffer.unmap();
    return filled;
  }

  /** Copies all attachments into the buffer, one below the other. */
  private copy(bytesPerRow: number): GPUBuffer {
    const { renderer, target } = this;
    const { width, height, textures } = target;
    const handles = textures.map((texture) => gpuTextureOf(renderer, texture));
    const { device } = handles[0]!;
    const size = bytesPerRow * height * textures.length;
    if (this.buffer?.size !== size) {
      this.buffer?.destroy();
      const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
      this.buffer = device.createBuffer({ label: 'TargetReadback', size, usage });
    }
    const { buffer } = this;
    const encoder = device.createCommandEncoder({ label: 'TargetReadback' });
    handles.forEach(({ texture }, i) => {
      const layout = { buffer, offset: i * bytesPerRow * height, bytesPerRow };
      encoder.copyTextureToBuffer({ texture }, layout, { width, height });
    });
    device.queue.submit([encoder.finish()]);
    return buffer;
  }

  dispose(): void {
    this.buffer?.destroy();
  }
}

/** Drops the padding at the end of each row. */
function copyRows(padded: Uint16Array, image: Uint16Array, height: number): void {
  const [from, to] = [padded.length / height, image.length / height];
  if (from === to) image.set(padded);
  else for (let y = 0; y < height; y++) image.set(padded.subarray(y * from, y * from + to), y * to);
}
