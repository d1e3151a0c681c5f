import { resolve } from 'node:path';
import { readShard } from './lib/shot-list';
import { runCommand, type Command } from './lib/cli';
import { captureFlags, readDatasetPlan, setOf, sizeOf } from './lib/dataset-plan';
import { runScript } from './lib/run-script';
import { findPython, runWorkshop } from './lib/workshop';

const command = {
  name: 'dataset',
  summary:
    'Makes the data that the networks are trained on (models/dataset.json): captures every shot, then path traces its targets. Goes on where it was stopped.',
  flags: {
    out: { value: 'DIR', help: 'folder of the data set', default: 'data/train' },
    set: { value: 'NAME', help: 'train or validate', default: 'train' },
    shard: { value: 'i/n', help: 'part i (from 0) of n: one machine of a farm', default: '0/1' },
    python: { value: 'PATH', help: 'Python of the workshop', default: '' },
  },
} satisfies Command<string>;

await runCommand(command, async (flags) => {
  const plan = readDatasetPlan();
  const { captures, spp, fullSpp } = setOf(plan, flags.set);
  readShard(flags.shard);
  const python = findPython(flags.python);
  const out = resolve(flags.out);
  const { scenes, frames, inSequences, fullSize } = sizeOf(captures);
  console.log(
    `${flags.set}: ${scenes} scenes, ${frames} frames, ${inSequences} of them in sequences, ${fullSize} full-size targets`,
  );
  for (const capture of captures)
    await runScript('capture', captureFlags(plan, capture, { out, shard: flags.shard }));
  // Whoever captured a shot renders it: its folder holds nothing but its own.
  const quality = { spp, 'full-spp': fullSpp };
  const samples = Object.entries(quality).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  await runWorkshop(python, 'targets', [out, ...samples]);
});
