import { ContractError, checkContract } from '../core/contract';
import type { ModelContract, Precision } from '../core/contract';
import { readAll } from '../core/download';
import type { ByteProgress } from '../core/download';
import { wantsHistory } from './history';
import { PACK_CONSTANTS, packChannels } from './pack';
import { OUTPUT_CELL } from './output-cells';
import { MATERIAL_FLOOR } from '../core/material';
import { RESOLVE } from './resolve';

/** Changes when outputs or their meaning do. */
export const CONTRACT_VERSION = 5;

/** Output channels that the unpacking expects. */
export const modelOutputs = [
  'residual_r', 'residual_g', 'residual_b', 'edge_normal', 'edge_depth', 'edge_width',
  'mirror_share', 'bounce_share',
] as const; // prettier-ignore

/** Output channels of a network with these inputs: one with a memory says how much of it to keep. */
export const outputsFor = (inputs: readonly string[]): readonly string[] =>
  wantsHistory(inputs) ? [...modelOutputs, 'history_share'] : modelOutputs;

/** A network file that cannot be used; the message names the file and what is wrong with it. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

/** A checked contract with the bytes of its network. */
export interface Model {
  readonly contract: ModelContract;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a network of a size is to be. */
export interface ModelChoice {
  /** As in the page's settings. */
  readonly size: string;
  readonly precision: Precision;
}

/** Half-float twins lie beside the networks that they were made from. */
const SUFFIX: Readonly<Record<Precision, string>> = { float32: '', float16: '-fp16' };

/**
 * Fetches contract and network, and refuses both before anything is run if they do not fit the page.
 * @param baseUrl folder of the models, with trailing slash
 * @throws ModelError or ContractError
 */
export async function loadModel(
  baseUrl: string,
  { size, precision }: ModelChoice,
  onProgress: ByteProgress,
): Promise<Model> {
  const contractUrl = `${baseUrl}relight-${size}${SUFFIX[precision]}.json`;
  const json = await (await fetchFile(contractUrl)).text();
  const contract = checkContract(parseJson(json, contractUrl), contractUrl, {
    version: CONTRACT_VERSION,
    precision,
    channels: packChannels,
    outputsFor,
    outputCell: OUTPUT_CELL,
    transfer: { ...PACK_CONSTANTS, materialFloor: MATERIAL_FLOOR },
    resolve: RESOLVE,
  });
  // The hash in the query lets the browser cache a network for good and still fetch the next one.
  const modelUrl = `${baseUrl}${contract.file}?sha256=${contract.sha256.slice(0, 16)}`;
  const bytes = await readAll(await fetchFile(modelUrl), contract.bytes, onProgress);
  await checkBytes(bytes, contract, modelUrl);
  return { contract, bytes };
}

async function fetchFile(url: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new ModelError(`${url} could not be fetched: ${String(cause)}`, { cause });
  }
  if (!response.ok) {
    throw new ModelError(
      `${url} answered ${response.status} ${response.statusText}. Is the file there?`,
    );
  }
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new ModelError(
      `${url} is an HTML page, not a model file: the server answers missing files with a page.`,
    );
  }
  return response;
}

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ContractError(`${url} is not valid JSON: ${String(cause)}`, { cause });
  }
}

async function checkBytes(bytes: Uint8Array<ArrayBuffer>, contract: ModelContract, url: string) {
  const head = new TextDecoder().decode(bytes.subarray(0, 15)).trimStart().toLowerCase();
  if (head.startsWith('<!doctype') || head.startsWith('<html')) {
    throw new ModelError(`${url} is an HTML page, not an ONNX file.`);
  }
  if (bytes.length !== contract.bytes) {
    throw new ModelError(
      `${url} has ${bytes.length} bytes, its contract says ${contract.bytes}: the file is truncated or another version.`,
    );
  }
  // Only secure contexts have SubtleCrypto; elsewhere the length has to do.
  if (!globalThis.crypto?.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hash = Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('');
  if (hash !== contract.sha256) {
    throw new ModelError(
      `${url} has SHA-256 ${hash.slice(0, 12)}…, its contract says ${contract.sha256.slice(0, 12)}….`,
    );
  }
}
