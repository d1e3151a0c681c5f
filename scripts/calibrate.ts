import { join, resolve } from 'node:path';
import { calibrationSceneNames } from '../src/scenes/entries';
import { readSize, readWhole, runCommand, UsageError, type Command } from './lib/cli';
import { openDemo, type OpenDemo } from './lib/demo';
import { startProgress } from './lib/progress';
import { describeFrame, frameFolder, writeFrameImages, writeShot } from './lib/shot';
import { findPython, runWorkshop } from './lib/workshop';

const command = {
  name: 'calibrate',
  summary:
    'Captures the calibration scenes and compares their light with the path tracer; fails where they disagree.',
  flags: {
    out: {
      value: 'DIR',
      help: 'folder of the shots and calibration.json',
      default: 'evaluation/calibration',
    },
    size: { value: 'WxH', help: 'size of the pictures, even numbers', default: '192x128' },
    spp: { value: 'N', help: 'samples a pixel of direct light', default: '16' },
    'probe-spp': { value: 'N', help: 'samples a pixel of bounced light', default: '1024' },
    python: {
      value: 'PATH',
      help: 'Python of the model workshop; default models/.venv',
      default: '',
    },
  },
} satisfies Command<string>;

const quality = 'native';

await runCommand(command, async (flags) => {
  const { widthPx, heightPx } = readSize('size', flags.size);
  if (widthPx % 2 || heightPx % 2) throw new UsageError(`--size: ${flags.size} is not even`);
  const spp = String(readWhole('spp', flags.spp, 1));
  const probeSpp = String(readWhole('probe-spp', flags['probe-spp'], 1));
  const out = resolve(flags.out);
  // Before the long work, not after it.
  const python = findPython(flags.python);
  const size = `${widthPx}x${heightPx}`;
  const demo = await openDemo({
    params: { size, quality, paused: '1', view: 'raw', backend: 'none' },
  });
  try {
    await captureAll(demo, out);
  } finally {
    await demo.close();
  }
  await runWorkshop(python, 'calibrate', [out, '--spp', spp, '--probe-spp', probeSpp]);
  console.log(`Figures: ${join(out, 'calibration.json')}`);
});

/** Writes one frame of every calibration scene, each a shot of its own. */
async function captureAll(demo: OpenDemo, out: string): Promise<void> {
  const progress = startProgress(calibrationSceneNames.length, 'scenes');
  for (const scene of calibrationSceneNames) {
    await demo.call('load', scene);
    await demo.call('seek', 0);
    const buffers = await demo.call('buffers');
    const exported = await demo.call('exportScene');
    const frame = describeFrame(buffers, exported, { guide: false });
    const folder = join(out, scene);
    await writeFrameImages(join(folder, frameFolder(frame.frame)), buffers, false);
    await writeShot(folder, { scene, quality, buffers, exported, frames: [frame] });
    progress.advance(scene);
  }
  progress.finish();
  if (demo.problems.length > 0) console.warn(`The page reported:\n${demo.problems.join('\n')}`);
}
