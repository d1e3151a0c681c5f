/** A file that is no usable glTF; the message says what is wrong with it. */
export class GltfLoadError extends Error {
  override readonly name = 'GltfLoadError';

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`Cannot load "${file}": ${problem}`, options);
  }
}

const glbHeaderBytes = 12;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

/** Throws unless the bytes start like a complete glTF 2.0 file (binary or JSON). */
export function checkGltfBytes(bytes: ArrayBuffer, file: string): void {
  if (bytes.byteLength === 0) throw new GltfLoadError(file, 'the file is empty.');
  const head = new TextDecoder().decode(bytes.slice(0, 256)).trimStart();
  if (head.startsWith('glTF')) return checkBinary(bytes, file);
  if (head.startsWith('<')) {
    throw new GltfLoadError(
      file,
      'it is an HTML or XML page, not a glTF file. Is the address right?',
    );
  }
  if (head.startsWith('version https://git-lfs')) {
    throw new GltfLoadError(
      file,
      'it is a Git LFS pointer; fetch the file itself with git lfs pull.',
    );
  }
  if (!head.startsWith('{')) throw new GltfLoadError(file, 'it is neither GLB nor glTF JSON.');
  checkJson(bytes, file);
}

function checkBinary(bytes: ArrayBuffer, file: string): void {
  if (bytes.byteLength < glbHeaderBytes)
    throw new GltfLoadError(file, 'it ends inside the GLB header.');
  const header = new DataView(bytes);
  const version = header.getUint32(4, true);
  const lengthBytes = header.getUint32(8, true);
  if (version !== 2)
    throw new GltfLoadError(file, `glTF version ${version} is not supported, only 2.0.`);
  if (lengthBytes > bytes.byteLength) {
    throw new GltfLoadError(
      file,
      `it is truncated: ${megabytes(bytes.byteLength)} of ${megabytes(lengthBytes)} arrived.`,
    );
  }
}

function checkJson(bytes: ArrayBuffer, file: string): void {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new GltfLoadError(file, 'its JSON does not parse; the file may be truncated.', { cause });
  }
  const version = versionOf(json);
  if (version === null)
    throw new GltfLoadError(file, 'it is JSON, but has no asset.version: not glTF.');
  if (!version.startsWith('2.')) {
    throw new GltfLoadError(file, `glTF version ${version} is not supported, only 2.0.`);
  }
}

function versionOf(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || !('asset' in json)) return null;
  const { asset } = json;
  if (typeof asset !== 'object' || asset === null || !('version' in asset)) return null;
  return typeof asset.version === 'string' ? asset.version : null;
}
