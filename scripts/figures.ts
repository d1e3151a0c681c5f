import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readWhole, runCommand, type Command } from './lib/cli';
import { projectRoot } from './lib/install.mjs';
import { findPython, runWorkshop } from './lib/workshop';

const command = {
  name: 'figures',
  summary:
    'Evaluates every held-out scene of models/held-out.json and makes the published tables and pictures.',
  flags: {
    out: { value: 'DIR', help: 'folder of the evaluations', default: 'evaluation/held-out' },
    spp: { value: 'N', help: 'path-traced samples a pixel of new references', default: '128' },
    model: { value: 'NAME', help: 'network to evaluate', default: 'm' },
    python: { value: 'PATH', help: 'Python of the model workshop', default: '' },
  },
} satisfies Command<string>;

interface HeldOut {
  readonly scenes: Readonly<Record<string, number>>;
}

await runCommand(command, async (flags) => {
  const python = findPython(flags.python);
  const spp = readWhole('spp', flags.spp, 1);
  const path = join(projectRoot, 'models', 'held-out.json');
  const { scenes } = JSON.parse(readFileSync(path, 'utf8')) as HeldOut;
  const folders: string[] = [];
  for (const [scene, frames] of Object.entries(scenes)) {
    const out = resolve(flags.out, scene);
    folders.push(out);
    // References do not depend on the network: those of an earlier run are kept.
    const last = join(out, `frame-${String(frames - 1).padStart(4, '0')}`, 'reference.exr');
    const reference = existsSync(last) ? out : 'mitsuba';
    const { model } = flags;
    await evaluate({ scene, frames, out, reference, spp, model, python });
  }
  const contract = join(projectRoot, 'models', `relight-${flags.model}.json`);
  await runWorkshop(python, 'summary', [...folders, '--contract', contract]);
  const docs = join(projectRoot, 'docs');
  await runWorkshop(python, 'sheet', [...folders, '--out', join(docs, 'held-out.png')]);
  const picture = [
    '--views',
    'raw,ai,reference',
    '--error',
    '',
    '--frame',
    '4',
    '--scale',
    '0.667',
  ];
  await runWorkshop(python, 'sheet', [folders[0]!, ...picture, '--out', join(docs, 'picture.png')]);
});

/** Runs the evaluation command with these flags. */
async function evaluate(flags: Readonly<Record<string, string | number>>): Promise<void> {
  const given = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const views = ['--views', 'raw,bilinear,resolve,ai'];
  const args = [join(projectRoot, 'scripts', 'run.mjs'), 'evaluate', ...given, ...views];
  const code = await new Promise<number | null>((done, fail) => {
    const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
    child.on('error', fail);
    child.on('exit', done);
  });
  if (code !== 0) throw new Error(`evaluate ${given.join(' ')} ended with exit code ${code}`);
}
