/**
 * Times on the GPU what others submit to the queue between `begin` and `end`: two empty passes that write a timestamp
 * each, so nothing has to wait. Does nothing on a device without timestamp queries.
 */
export class QueueBracket {
  /** Off by default: it costs three submits a frame. */
  enabled = false;
  /** Newest answer; null until there is one. */
  gpuMs: number | null = null;
  private readonly queries: GPUQuerySet | null = null;
  private readonly resolved: GPUBuffer | null = null;
  private readonly answer: GPUBuffer | null = null;
  private open = false;

  constructor(private readonly device: GPUDevice) {
    if (!device.features.has('timestamp-query')) return;
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const buffer = (name: string, usage: number) =>
      device.createBuffer({ label: `QueueBracket.${name}`, size: 16, usage });
    this.queries = device.createQuerySet({ label: 'QueueBracket', type: 'timestamp', count: 2 });
    this.resolved = buffer('resolved', QUERY_RESOLVE | COPY_SRC);
    this.answer = buffer('answer', COPY_DST | MAP_READ);
  }

  begin(): void {
    // While the last answer is on its way there is no place for a new one.
    if (!this.enabled || this.answer?.mapState !== 'unmapped') return;
    this.open = true;
    const encoder = this.stamp(0);
    this.device.queue.submit([encoder.finish()]);
  }

  end(): void {
    const { queries, resolved, answer } = this;
    if (!this.open || !queries || !resolved || !answer) return;
    this.open = false;
    const encoder = this.stamp(1);
    encoder.resolveQuerySet(queries, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, answer, 0, 16);
    this.device.queue.submit([encoder.finish()]);
    // A device that is lost meanwhile is reported elsewhere.
    void this.read(answer).catch(() => (this.gpuMs = null));
  }

  private stamp(index: 0 | 1): GPUCommandEncoder {
    const encoder = this.device.createCommandEncoder({ label: 'QueueBracket' });
    const timestampWrites = { querySet: this.queries!, endOfPassWriteIndex: index };
    encoder.beginComputePass({ timestampWrites }).end();
    return encoder;
  }

  private async read(answer: GPUBuffer): Promise<void> {
    await answer.mapAsync(GPUMapMode.READ);
    const [from = 0n, to = 0n] = new BigUint64Array(answer.getMappedRange());
    this.gpuMs = Number(to - from) / 1e6;
    answer.unmap();
  }

  dispose(): void {
    this.queries?.destroy();
    this.resolved?.destroy();
    this.answer?.destroy();
  }
}
