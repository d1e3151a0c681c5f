import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ContractError, checkContract } from '../../src/core/contract';
import type { PageConstants } from '../../src/core/contract';
import { modelNames } from '../../src/core/settings';
import { MATERIAL_FLOOR } from '../../src/core/material';
import { CONTRACT_VERSION, modelOutputs, outputsFor } from '../../src/pipeline/model';
import { OUTPUT_CELL } from '../../src/pipeline/output-cells';
import { PACK_CONSTANTS, packChannels, padTo } from '../../src/pipeline/pack';
import { RESOLVE } from '../../src/pipeline/resolve';

const models = join(import.meta.dirname, '..', '..', 'models');
const url = 'models/relight-m.json';

const page: PageConstants = {
  version: CONTRACT_VERSION,
  precision: 'float32',
  channels: packChannels,
  outputsFor,
  outputCell: OUTPUT_CELL,
  transfer: { ...PACK_CONSTANTS, materialFloor: MATERIAL_FLOOR },
  resolve: RESOLVE,
};

type Fields = Record<string, unknown>;

function shipped(name = 'm'): Fields {
  return JSON.parse(readFileSync(join(models, `relight-${name}.json`), 'utf8')) as Fields;
}

/** The contract that ships with one field replaced; `transfer.scale` reaches into a group. */
function changed(field: string, value: unknown): Fields {
  const contract = shipped();
  const [group = '', key] = field.split('.');
  if (key === undefined) contract[group] = value;
  else contract[group] = { ...(contract[group] as Fields), [key]: value };
  return contract;
}

function refusal(value: unknown): string {
  try {
    checkContract(value, url, page);
  } catch (error) {
    expect(error).toBeInstanceOf(ContractError);
    return (error as ContractError).message;
  }
  throw new Error(`${JSON.stringify(value)} was accepted`);
}

describe.each(modelNames)('the contract of model %s', (name) => {
  it('fits this page', () => {
    const contract = checkContract(shipped(name), url, page);
    expect(contract.name).toBe(`relight-${name}`);
    expect(new Set(contract.inputs).size).toBe(contract.inputs.length);
  });

  it('names the length and hash of the file beside it', () => {
    const { file, bytes, sha256 } = checkContract(shipped(name), url, page);
    const content = readFileSync(join(models, file));
    expect(content.length).toBe(bytes);
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  });

  it('is the one that the parity sample was made with', () => {
    const golden = join(import.meta.dirname, '..', 'golden', `relight-${name}-parity.json`);
    const sample = JSON.parse(readFileSync(golden, 'utf8')) as Fields;
    expect(sample['sha256']).toBe(shipped(name)['sha256']);
  });
});

describe.each(modelNames)('the half-float twin of model %s', (name) => {
  const halves: PageConstants = { ...page, precision: 'float16' };
  const twin = shipped(`${name}-fp16`);

  it('fits a page that asks for half floats, and no other', () => {
    const contract = checkContract(twin, url, halves);
    const content = readFileSync(join(models, contract.file));
    expect(content.length).toBe(contract.bytes);
    expect(createHash('sha256').update(content).digest('hex')).toBe(contract.sha256);
    expect(refusal(twin)).toContain('"precision"');
  });

  it('was made from the network that ships', () => {
    expect(twin['madeFrom']).toBe(shipped(name)['sha256']);
  });
});

describe('checkContract', () => {
  it.each([
    ['version', CONTRACT_VERSION - 1],
    ['precision', 'float16'],
    ['precision', undefined],
    ['version', String(CONTRACT_VERSION)],
    ['version', undefined],
    ['name', undefined],
    ['file', 3],
    ['sha256', null],
    ['bytes', '696450'],
    ['bytes', 1.5],
    ['alignment', undefined],
    ['inputName', 7],
    ['outputName', undefined],
    ['outputCell', 1],
    ['outputCell', undefined],
    ['inputs', 'lit_r'],
    ['inputs', undefined],
    ['inputs', ['lit_r', 'smell']],
    ['outputs', ['residual_r']],
    ['outputs', undefined],
    ['outputs', modelOutputs.toReversed()],
    ['transfer.scale', 8],
    ['transfer.materialFloor', 0.01],
    ['transfer.base', undefined],
    ['transfer.materialFloor', '0.02'],
    ['resolve.normal', 16],
    ['resolve.depth', undefined],
    ['resolve.width', 2.5],
  ])('refuses %s = %j and names the field', (field, value) => {
    const message = refusal(changed(field, value));
    expect(message).toContain(url);
    expect(message).toContain(`"${field}"`);
  });

  it('says what it found and what it needs', () => {
    expect(refusal(changed('transfer.scale', 8))).toContain(
      '"transfer.scale" is 8, this page needs 4',
    );
    expect(refusal(changed('inputs', ['smell']))).toContain('"smell"');
  });

  it.each(['transfer', 'resolve'])('refuses a contract without the group %s', (group) => {
    expect(refusal(changed(group, undefined))).toContain(`"${group}.`);
  });

  it.each([[null], ['text'], [3], [undefined]])('refuses %j', (value) => {
    expect(refusal(value)).toContain('not a model contract');
  });

  it('refuses a list', () => {
    expect(refusal([])).toContain('"version"');
  });

  it('expects a share of the history from a network that takes one, and from no other', () => {
    const outputs = [...modelOutputs, 'history_share'];
    const recurrent = changed('inputs', ['lit_r', 'history_valid']);
    const single = changed('inputs', ['lit_r']);
    expect(checkContract({ ...recurrent, outputs }, url, page).outputs).toEqual(outputs);
    expect(refusal({ ...recurrent, outputs: modelOutputs })).toContain('history_share');
    expect(refusal({ ...single, outputs })).toContain('"outputs"');
  });

  it('takes channels in any order and in part: the packing follows the contract', () => {
    const inputs = ['albedo_b', 'lit_r'];
    const contract = { ...changed('inputs', inputs), outputs: modelOutputs };
    expect(checkContract(contract, url, page).inputs).toEqual(inputs);
  });
});

describe('padTo', () => {
  it('rounds up to a multiple', () => {
    expect([1, 15, 16, 17, 32].map((size) => padTo(size, 16))).toEqual([16, 16, 16, 32, 32]);
  });
});
