/** Called while bytes arrive; `totalBytes` is null where the server does not say. */
export type ByteProgress = (loadedBytes: number, totalBytes: number | null) => void;

/** Reads a response to its end. */
export async function readAll(
  response: Response,
  totalBytes: number | null,
  onProgress: ByteProgress,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = response.body!.getReader();
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    loaded += value.length;
    onProgress(loaded, totalBytes);
  }
  const bytes = new Uint8Array(loaded);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** Splits a progress in parts, of which it tells the sum; the total is known once that of all parts is. */
export function partsOf(whole: ByteProgress, count: number): ByteProgress[] {
  const parts = Array.from({ length: count }, () => ({ loaded: 0, total: null as number | null }));
  return parts.map((part) => (loaded, total) => {
    Object.assign(part, { loaded, total });
    const isKnown = parts.every((one) => one.total !== null);
    const loadedBytes = parts.reduce((sum, one) => sum + one.loaded, 0);
    whole(loadedBytes, isKnown ? parts.reduce((sum, one) => sum + one.total!, 0) : null);
  });
}
