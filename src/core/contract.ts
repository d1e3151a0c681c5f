/** How wide a network's numbers are; the page reads and writes its input and output like that. */
export const precisions = ['float32', 'float16'] as const;
export type Precision = (typeof precisions)[number];

/** What the exporter writes next to a network: everything the page must know to feed it. */
export interface ModelContract {
  readonly name: string;
  readonly version: number;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly precision: Precision;
  /** Input channels in order; the page packs exactly these. */
  readonly inputs: readonly string[];
  /** Outputs in order. */
  readonly outputs: readonly string[];
  readonly inputName: string;
  readonly outputName: string;
  /** Pixels each way that the network answers for in one place. */
  readonly outputCell: number;
  /** Width and height of the input are padded to a multiple of this. */
  readonly alignment: number;
  readonly transfer: Readonly<Record<string, number>>;
  readonly resolve: Readonly<Record<string, number>>;
  readonly macsPerPixel: number;
  readonly parameters: number;
  readonly training: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** The model and the page disagree; the message names the field. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}

/** Constants that the page's shaders are built with; a contract with others was trained for another page. */
export interface PageConstants {
  readonly version: number;
  /** What was asked for. */
  readonly precision: Precision;
  readonly channels: readonly string[];
  /** Output channels of a network with these inputs. */
  readonly outputsFor: (inputs: readonly string[]) => readonly string[];
  readonly outputCell: number;
  readonly transfer: Readonly<Record<string, number>>;
  readonly resolve: Readonly<Record<string, number>>;
}

/**
 * Checks a parsed contract field by field.
 * @throws ContractError naming the first field that is missing or differs
 */
export function checkContract(value: unknown, url: string, page: PageConstants): ModelContract {
  if (typeof value !== 'object' || value === null) {
    throw new ContractError(`${url} is not a model contract (a JSON object).`);
  }
  const contract = value as ModelContract;
  const fail = (field: string, found: unknown, wanted: unknown): never => {
    throw new ContractError(
      `${url}: field "${field}" is ${JSON.stringify(found)}, this page needs ${JSON.stringify(wanted)}. ` +
        'Export the model again with the workshop of this version.',
    );
  };
  if (contract.version !== page.version) fail('version', contract.version, page.version);
  for (const field of ['name', 'file', 'sha256', 'inputName', 'outputName'] as const) {
    if (typeof contract[field] !== 'string') fail(field, contract[field], 'a string');
  }
  for (const field of ['bytes', 'alignment'] as const) {
    if (!Number.isInteger(contract[field]) || contract[field] < 1) {
      fail(field, contract[field], 'a whole number of at least 1');
    }
  }
  for (const field of ['precision', 'outputCell'] as const) {
    if (contract[field] !== page[field]) fail(field, contract[field], page[field]);
  }
  if (!Array.isArray(contract.inputs) || contract.inputs.length === 0) {
    fail('inputs', contract.inputs, 'a list of channels');
  }
  const unknown = contract.inputs.find((channel) => !page.channels.includes(channel));
  if (unknown !== undefined) fail('inputs', unknown, page.channels);
  const outputs = page.outputsFor(contract.inputs);
  if (JSON.stringify(contract.outputs) !== JSON.stringify(outputs)) {
    fail('outputs', contract.outputs, outputs);
  }
  for (const group of ['transfer', 'resolve'] as const) {
    for (const [key, wanted] of Object.entries(page[group])) {
      const found = contract[group]?.[key];
      if (found !== wanted) fail(`${group}.${key}`, found, wanted);
    }
  }
  return contract;
}
