import { inflateSync } from 'node:zlib';
import { EXRLoader } from 'three/addons/loaders/EXRLoader.js';
import { describe, expect, it } from 'vitest';
import { UsageError, readChoice, readFlags, readSize, readWhole } from '../../scripts/lib/cli';
import { encodeExr } from '../../scripts/lib/exr';
import { encodeNpy } from '../../scripts/lib/npy';
import { captureFlags, readDatasetPlan, setOf, sizeOf } from '../../scripts/lib/dataset-plan';
import { reviveBytes } from '../../scripts/lib/page-call';
import { viewName } from '../../scripts/lib/play';
import { encodePng } from '../../scripts/lib/png';
import { frameFolder } from '../../scripts/lib/shot';
import { chooseFrames, expandScenes, randomFrom, readShard } from '../../scripts/lib/shot-list';
import heldOutScenes from '../../models/held-out.json';

describe('npy', () => {
  const parse = (bytes: Uint8Array): { header: string; dataAt: number } => {
    expect(Buffer.from(bytes.subarray(0, 8))).toEqual(Buffer.from('\x93NUMPY\x01\x00', 'latin1'));
    const length = (bytes[8] ?? 0) + 256 * (bytes[9] ?? 0);
    return { header: Buffer.from(bytes.subarray(10, 10 + length)).toString(), dataAt: 10 + length };
  };

  it.each([
    [new Float32Array([1, -2.5, 3, 4, 5, 6]), '<f4', [2, 3]],
    [new Uint16Array([0x3c00, 0xc000]), '<f2', [2]],
    [new Float32Array(0), '<f4', [0, 4]],
  ] as const)('writes %s as %s', (data, descr, shape) => {
    const bytes = encodeNpy({ shape, data });
    const { header, dataAt } = parse(bytes);
    expect(dataAt % 64).toBe(0);
    expect(header.endsWith('\n')).toBe(true);
    const sides = shape.map((side) => `${side},`).join(' ');
    expect(header).toContain(
      `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sides}), }`,
    );
    const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    expect(Buffer.from(bytes.subarray(dataAt))).toEqual(raw);
  });

  it('starts the data at a multiple of 64 whatever the shape', () => {
    for (let digits = 0; digits < 70; digits++) {
      const shape = Array.from({ length: digits }, () => 1);
      expect(parse(encodeNpy({ shape, data: new Float32Array(1) })).dataAt % 64).toBe(0);
    }
  });

  it('refuses a shape that does not fit', () => {
    expect(() => encodeNpy({ shape: [2, 2], data: new Float32Array(3) })).toThrow('(2, 2)');
  });
});

describe('png', () => {
  it.each([
    ['without their alpha where all are opaque', 255, 2, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ['with it elsewhere', 0, 6, [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 10, 11, 12, 0]],
  ])('writes the pixels row by row, %s', (_, alpha, colourType, values) => {
    const data = new Uint8Array([1, 2, 3, alpha, 4, 5, 6, alpha, 7, 8, 9, alpha, 10, 11, 12, alpha]); // prettier-ignore
    const png = Buffer.from(encodePng({ width: 2, height: 2, data }));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2, 2]);
    expect(png[25]).toBe(colourType);
    const at = png.indexOf('IDAT');
    const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    const half = values.length / 2;
    // Each row starts with the number of its filter, 0 = none.
    expect([...rows]).toEqual([0, ...values.slice(0, half), 0, ...values.slice(half)]);
  });

  it('refuses pixels of another size', () => {
    expect(() => encodePng({ width: 2, height: 2, data: new Uint8Array(15) })).toThrow('2x2');
  });
});

describe('exr', () => {
  it('comes back through a loader, top row first', async () => {
    const data = new Float32Array([1, 0.5, 0, 1, 100, 0.001, 3, 1]);
    const bytes = await encodeExr({ width: 1, height: 2, data });
    const copy = new Uint8Array(bytes);
    const loaded = new EXRLoader().parse(copy.buffer);
    expect([loaded.width, loaded.height]).toEqual([1, 2]);
    // Textures, and so the loader, have the bottom row first. The loader narrows to half floats.
    const halves = loaded.data as unknown as Uint16Array;
    const { DataUtils } = await import('three');
    const values = Array.from(halves, (bits) => DataUtils.fromHalfFloat(bits));
    [...data.subarray(4), ...data.subarray(0, 4)].forEach((value, i) => {
      expect(Math.abs((values[i] ?? NaN) - value)).toBeLessThanOrEqual(value * 2 ** -10);
    });
  });

  it('refuses pixels of another size', async () => {
    await expect(encodeExr({ width: 1, height: 1, data: new Float32Array(3) })).rejects.toThrow(
      '1x1',
    );
  });
});

describe('shot list', () => {
  it('expands ranges once each', () => {
    expect(expandScenes('cornell, gen-0..2,gen-1,')).toEqual([
      'cornell',
      'gen-0',
      'gen-1',
      'gen-2',
    ]);
    expect(expandScenes('held-9..10')).toEqual(['held-9', 'held-10']);
  });

  it.each(['', ' , ', 'gen-2..0', 'gen-..3', 'a..b'])('refuses the scenes "%s"', (text) => {
    expect(() => expandScenes(text)).toThrow(UsageError);
  });

  it('reads shards', () => {
    expect(readShard('0/1')).toEqual({ index: 0, count: 1 });
    expect(readShard('3/4')).toEqual({ index: 3, count: 4 });
    for (const text of ['4/4', '1', '-1/4', 'a/b', '0/0', '']) {
      expect(() => readShard(text)).toThrow(UsageError);
    }
  });

  const choice = { scene: 'gen-3', seed: 1, lengthFrames: 600, runs: 4, runFrames: 3 };

  it('chooses runs of frames by seed, one in each part of the path', () => {
    const frames = chooseFrames(choice);
    expect(frames).toEqual(chooseFrames(choice));
    expect(frames).not.toEqual(chooseFrames({ ...choice, seed: 2 }));
    expect(frames).not.toEqual(chooseFrames({ ...choice, scene: 'gen-4' }));
    expect(frames).toHaveLength(12);
    for (let run = 0; run < 4; run++) {
      const [first = NaN, ...rest] = frames.slice(run * 3, run * 3 + 3);
      expect(rest).toEqual([first + 1, first + 2]);
      expect(first).toBeGreaterThanOrEqual((run * 598) / 4 - 1);
      expect(first).toBeLessThan(((run + 1) * 598) / 4);
    }
  });

  it('stays on a path shorter than its runs', () => {
    const frames = chooseFrames({ ...choice, lengthFrames: 4 });
    expect(new Set(frames).size).toBe(frames.length);
    expect(Math.max(...frames)).toBeLessThan(4);
  });

  it('has a uniform random generator', () => {
    const random = randomFrom('x');
    const values = Array.from({ length: 2000 }, random);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(values.reduce((sum, value) => sum + value, 0) / 2000).toBeCloseTo(0.5, 1);
  });
});

describe('command line', () => {
  const flag = { value: 'N', help: 'x' };
  const command = {
    name: 'c',
    summary: 's',
    flags: { out: flag, frames: { ...flag, default: '3' } },
  };

  it('reads flags and falls back to their defaults', () => {
    expect(readFlags(command, ['--out', 'x'])).toEqual({ out: 'x', frames: '3' });
    expect(readFlags(command, ['--out=x', '--frames', '5'])).toEqual({ out: 'x', frames: '5' });
    expect(readFlags(command, ['-h'])).toBe('help');
  });

  it.each([
    [[], '--out is missing'],
    [['--out', 'x', '--colour', '1'], '--colour'],
    [['--out', 'x', 'y'], 'y'],
    [['--out'], '--out'],
  ])('refuses %j', (args, named) => {
    expect(() => readFlags(command, args)).toThrow(UsageError);
    expect(() => readFlags(command, args)).toThrow(named);
  });

  it('reads numbers, words and sizes, and names the flag that is wrong', () => {
    expect(readWhole('n', '12', 1)).toBe(12);
    expect(readChoice('mode', 'a', ['a', 'b'])).toBe('a');
    expect(readSize('size', '640x360')).toEqual({ widthPx: 640, heightPx: 360 });
    for (const text of ['', '-1', '1.5', '1e3', '0']) {
      expect(() => readWhole('n', text, 1)).toThrow('--n');
    }
    expect(readWhole('n', '64', 1, 64)).toBe(64);
    expect(() => readWhole('n', '65', 1, 64)).toThrow("--n: '65' is not a whole number from 1 to 64"); // prettier-ignore
    expect(() => readChoice('mode', 'c', ['a', 'b'])).toThrow("--mode: 'c' is not one of a, b");
    for (const text of ['', '640', '640x', '8x360', '640x9000']) {
      expect(() => readSize('size', text)).toThrow('--size');
    }
  });
});

describe('small parts', () => {
  it('names views and frames for files', () => {
    expect([viewName('debug:ao'), frameFolder(7)]).toEqual(['debug-ao', 'frame-0007']);
  });

  it('puts posted bytes back in place of their references', () => {
    const data = Buffer.from(new Float32Array([1, 2]).buffer);
    const value = { a: [{ $bytes: { type: 'Float32Array', start: 0, length: 8 } }], b: null };
    expect(reviveBytes(value, data)).toEqual({ a: [new Float32Array([1, 2])], b: null });
    const odd = { $bytes: { type: 'BigInt64Array', start: 0, length: 8 } };
    expect(() => reviveBytes(odd, data)).toThrow('BigInt64Array');
  });
});

describe('the data set', () => {
  const plan = readDatasetPlan();

  it('has nothing that is held out, and validates on nothing that it trains on', () => {
    const names = (set: string): string[] =>
      setOf(plan, set).captures.flatMap(({ scenes }) => expandScenes(scenes));
    const [training, validating] = [names('train'), names('validate')];
    const heldOut = Object.keys({ ...heldOutScenes.scenes, ...heldOutScenes.files });
    for (const name of [...training, ...validating]) expect(heldOut).not.toContain(name);
    expect(training.filter((name) => validating.includes(name))).toEqual([]);
    expect(new Set(training).size).toBe(training.length);
  });

  it('counts what it will be', () => {
    const single = { scenes: 'gen-0..9', frames: 3, sequence: 1, guideEvery: 2 };
    const runs = { scenes: 'gen-20,gen-21', frames: 1, sequence: 8, guideEvery: 0 };
    expect(sizeOf([single, runs])).toEqual({
      scenes: 12,
      frames: 46,
      inSequences: 16,
      fullSize: 20,
    });
  });

  it('is captured with flags that capture knows', () => {
    const [capture] = setOf(plan, 'validate').captures;
    const flags = captureFlags(plan, capture!, { out: 'data', shard: '1/3' });
    expect(flags).toEqual(['--out', 'data', '--scenes', capture!.scenes, '--frames', '2', '--sequence', '1', '--size', '448x256', '--guide-every', '1', '--shard', '1/3']); // prettier-ignore
  });

  it('refuses a set that there is none of', () => {
    expect(() => setOf(plan, 'test')).toThrow("--set: 'test' is not one of train, validate");
  });
});
