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

  /**
   * Reads the attachments into as many images as rows `row` and following, as far as these go; `images` are those of an
   * earlier call or an empty list, and made anew where they do not have the right size.
   * @returns milliseconds that copying took once the GPU was done
   */
  async read(
    images: Uint16Array<ArrayBuffer>[],
    { height, row }: { readonly height: number; readonly row: number },
  ): Promise<number> {
    const { renderer, target } = this;
    const rowLength = target.width * 4;
    const into = target.textures.map((_, i) => {
      if (images[i]?.length !== rowLength * height) images[i] = new Uint16Array(rowLength * height);
      return images[i]!.subarray(row * rowLength, (row + target.height) * rowLength);
    });
    if (!isWebGPU(renderer)) {
      const read = target.textures.map((_, i) => readAttachment(renderer, target, i));
      const data = await Promise.all(read);
      const start = performance.now();
      data.forEach((rows, i) => copyRows(rows as Uint16Array, into[i]!, rowLength));
      return performance.now() - start;
    }
    const bytesPerRow = Math.ceil((target.width * TEXEL_BYTES) / ROW_ALIGNMENT) * ROW_ALIGNMENT;
    const buffer = this.copy(bytesPerRow);
    await buffer.mapAsync(GPUMapMode.READ);
    const start = performance.now();
    const mapped = new Uint16Array(buffer.getMappedRange());
    const length = (bytesPerRow * target.height) / 2;
    into.forEach((image, i) =>
      copyRows(mapped.subarray(i * length), image, rowLength, bytesPerRow / 2),
    );
    buffer.unmap();
    return performance.now() - start;
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

/** Fills an image from rows that may have padding at their end. */
function copyRows(
  padded: Uint16Array,
  image: Uint16Array,
  rowLength: number,
  stride = rowLength,
): void {
  const rows = image.length / rowLength;
  if (stride === rowLength) image.set(padded.subarray(0, image.length));
  else
    for (let y = 0; y < rows; y++)
      image.set(padded.subarray(y * stride, y * stride + rowLength), y * rowLength);
}
