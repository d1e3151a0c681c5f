/** What `callInPage` gets. */
interface PageCall {
  readonly method: string;
  readonly args: readonly unknown[];
  /** Where the bytes of the result are posted to. */
  readonly address: string;
}

/** The call's result; `value` holds a `BytesReference` for each typed array when `posted`. */
interface PageResult {
  readonly value: unknown;
  readonly posted: boolean;
}

/** Stands for a typed array or ArrayBuffer: its class and its place in the posted bytes. */
interface BytesReference {
  readonly $bytes: { readonly type: string; readonly start: number; readonly length: number };
}

/**
 * Runs in the page: calls `window.demo[method]`, or reads it if it is a property, and posts the typed arrays of the result in one request.
 * Playwright sends its source text to the page, so it must not use anything from outside its body.
 */
export async function callInPage({ method, args, address }: PageCall): Promise<PageResult> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let start = 0;
  const reference = (type: string, bytes: Uint8Array): BytesReference => {
    const length = bytes.byteLength;
    // A copy: a Blob takes no shared memory. Padded so that each array starts aligned to 8 bytes.
    const copy = new Uint8Array(Math.ceil(length / 8) * 8);
    copy.set(bytes);
    parts.push(copy);
    start += copy.byteLength;
    return { $bytes: { type, start: start - copy.byteLength, length } };
  };
  const pack = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      return reference(value.constructor.name, bytes);
    }
    if (value instanceof ArrayBuffer) return reference('ArrayBuffer', new Uint8Array(value));
    if (Array.isArray(value)) return value.map(pack);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item)]));
  };

  const member: unknown = Reflect.get(window.demo, method);
  const called = typeof member === 'function' ? await member.apply(window.demo, args) : member;
  const value = pack(called);
  if (parts.length === 0) return { value, posted: false };
  const response = await fetch(address, { method: 'POST', body: new Blob(parts) });
  if (!response.ok) throw new Error(`posting the result of demo.${method}: ${response.status}`);
  return { value, posted: true };
}

/** Puts the posted bytes back in place of their references. */
export function reviveBytes(value: unknown, data: Buffer): unknown {
  // Buffer.concat may return memory that does not start aligned; a copy of its own does.
  const { buffer } = new Uint8Array(data);
  const revive = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(revive);
    if (typeof item !== 'object' || item === null) return item;
    if (isReference(item)) return readBytes(buffer, item.$bytes);
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, revive(inner)]));
  };
  return revive(value);
}

function isReference(item: object): item is BytesReference {
  return '$bytes' in item;
}

function readBytes(buffer: ArrayBuffer, { type, start, length }: BytesReference['$bytes']) {
  switch (type) {
    case 'ArrayBuffer':
      return buffer.slice(start, start + length);
    case 'Uint8Array':
      return new Uint8Array(buffer, start, length);
    case 'Uint8ClampedArray':
      return new Uint8ClampedArray(buffer, start, length);
    case 'Uint16Array':
      return new Uint16Array(buffer, start, length / 2);
    case 'Uint32Array':
      return new Uint32Array(buffer, start, length / 4);
    case 'Float32Array':
      return new Float32Array(buffer, start, length / 4);
    case 'Float64Array':
      return new Float64Array(buffer, start, length / 8);
    default:
      throw new Error(`page-call: a ${type} in the result of the page`);
  }
}
