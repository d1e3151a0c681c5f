import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench-command';
import { openBenchPage } from './bench-page';
import { projectRoot } from './install.mjs';
import { serve } from './serve';
import { venvPython } from './workshop';

/** Low-resolution frame of a 640×360 picture, padded. */
const SIZE = { width: 320, height: 192 } as const;
/** The loop before and after each batch of runs of the network, so that both see the same machine. */
const [ROUNDS, RUNS, LOOP_RUNS] = [4, 10, 9];

/** Multiply-adds per second of the network and of what the machine can do. */
export interface Rate {
  readonly model: string;
  /** Threads of both. */
  readonly threads: number;
  readonly macsPerRun: number;
  /** ONNX Runtime's WASM provider in the browser; the median of the rounds' fastest. */
  readonly networkMacsPerS: number;
  /** Plain SIMD128 multiply and add over registers in the same page; the median of the rounds. */
  readonly loopMacsPerS: number;
  /** Network over loop. */
  readonly share: number;
  /** onnxruntime outside of the browser, which uses wider registers; null without a Python that has it. */
  readonly nativeMacsPerS: number | null;
}

/** Measures both in turn in one page, single-threaded. */
export async function measureRate({ hardware, headed, models }: Bench): Promise<Rate> {
  const [model = 'm'] = models;
  const path = join(projectRoot, 'models', `relight-${model}`);
  const contract = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as {
    inputs: string[];
    macsPerPixel: number;
  };
  const macsPerRun = contract.macsPerPixel * SIZE.width * SIZE.height;
  const server = await serve('dev');
  const { page, close } = await openBenchPage({ server, hardware, headed });
  try {
    const source = { url: `/models/relight-${model}.onnx`, channels: contract.inputs.length };
    const run = { ...SIZE, warmUp: 3, runs: RUNS, backend: 'wasm', threads: 1 } as const;
    const [networks, loops]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      loops.push(await page.evaluate((runs) => window.benchPage.simdMacsPerS(runs), LOOP_RUNS));
      // The fastest: whatever else runs on the machine only adds time.
      const { minMs } = await page.evaluate(([a, b]) => window.benchPage.network(a, b), [source, run] as const); // prettier-ignore
      networks.push((macsPerRun * 1000) / minMs);
    }
    const [networkMacsPerS, loopMacsPerS] = [median(networks), median(loops)];
    return {
      ...{ model, threads: 1, macsPerRun, networkMacsPerS, loopMacsPerS },
      share: networkMacsPerS / loopMacsPerS,
      nativeMacsPerS: nativeRate(`${path}.onnx`, contract.inputs.length, macsPerRun),
    };
  } finally {
    await close();
    await server.close();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** The same network on one thread of onnxruntime's CPU provider. */
function nativeRate(path: string, channels: number, macsPerRun: number): number | null {
  const code = `
import sys, time
import numpy as np
import onnxruntime as ort
options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
shape = [1, int(sys.argv[2]), ${SIZE.height}, ${SIZE.width}]
feeds = {session.get_inputs()[0].name: np.sin(np.arange(np.prod(shape), dtype=np.float32)).reshape(shape) + 1}
times = []
for _ in range(${ROUNDS * RUNS}):
    start = time.perf_counter()
    session.run(None, feeds)
    times.append(time.perf_counter() - start)
print(min(times))
`;
  const result = spawnSync(venvPython, ['-c', code, path, String(channels)], { encoding: 'utf8' });
  const seconds = Number(result.stdout);
  return result.status === 0 && seconds > 0 ? macsPerRun / seconds : null;
}
