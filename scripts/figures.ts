import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { qualityNames } from '../src/core/settings';
import { readWhole, runCommand, type Command } from './lib/cli';
import { projectRoot } from './lib/install.mjs';
import { findPython, runWorkshop } from './lib/workshop';

/** What README and model card show; the pictures there are of this model, contracts hold figures of this mode. */
const published = { model: 'm', quality: 'performance' } as const;

const command = {
  name: 'figures',
  summary:
    'Evaluates every held-out scene of models/held-out.json. In performance mode it also writes the figures into the contract, of model m the pictures of the docs.',
  flags: {
    out: { value: 'DIR', help: 'folder of the evaluations', default: 'evaluation/held-out' },
    spp: { value: 'N', help: 'path-traced samples a pixel of new references', default: '128' },
    references: {
      value: 'DIR',
      help: 'evaluations whose references are taken over where they are complete',
      default: 'evaluation/held-out',
    },
    model: { value: 'NAME', help: 'network to evaluate', default: 'm' },
    quality: { value: 'MODE', help: qualityNames.join(', '), default: published.quality },
    views: { value: 'LIST', help: 'views to compare', default: 'raw,bilinear,resolve,ai' },
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
    // References do not depend on network, mode or view: those of an earlier run are kept.
    const known = resolve(flags.references, scene);
    const last = join(known, `frame-${String(frames - 1).padStart(4, '0')}`, 'reference.exr');
    const reference = existsSync(last) ? known : 'mitsuba';
    const { model, quality, views } = flags;
    await evaluate({ scene, frames, out, reference, spp, model, quality, views, python });
  }
  const isPublished = flags.quality === published.quality;
  const contract = join(projectRoot, 'models', `relight-${flags.model}.json`);
  await runWorkshop(python, 'summary', [
    ...folders,
    ...(isPublished ? ['--contract', contract] : []),
  ]);
  if (!isPublished || flags.model !== published.model) return;
  const docs = join(projectRoot, 'docs');
  const columns = ['--views', `${flags.views},reference`];
  await runWorkshop(python, 'sheet', [...folders, ...columns, '--out', join(docs, 'held-out.png')]);
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
  const args = [join(projectRoot, 'scripts', 'run.mjs'), 'evaluate', ...given];
  const code = await new Promise<number | null>((done, fail) => {
    const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
    child.on('error', fail);
    child.on('exit', done);
  });
  if (code !== 0) throw new Error(`evaluate ${given.join(' ')} ended with exit code ${code}`);
}
