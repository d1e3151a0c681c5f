import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './cli';
import { projectRoot } from './install.mjs';

const modelsFolder = join(projectRoot, 'models');
/** Python of the workshop's own environment, whether it is there or not. */
export const venvPython = join(
  modelsFolder,
  '.venv',
  process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python',
);

/**
 * Path or command of a Python that can run the model workshop; `chosen` is the caller's, or empty. `wayOut` says what
 * a command can do without one.
 */
export function findPython(chosen: string, wayOut = ''): string {
  const python = chosen || (existsSync(venvPython) ? venvPython : 'python3');
  const check = ['-c', 'import workshop, numpy, mitsuba, flip_evaluator'];
  const result = spawnSync(python, check, { cwd: modelsFolder, encoding: 'utf8' });
  if (result.status === 0) return python;
  const reason = result.error?.message ?? result.stderr.trim().split('\n').at(-1) ?? '';
  throw new UsageError(
    `path tracing needs the Python environment of models/README.md and ${python} lacks it (${reason}). ` +
      `Run \`npm run setup:python\` or name one with --python.${wayOut}`,
  );
}

/** Runs a module of the model workshop in this terminal. */
export async function runWorkshop(python: string, module: string, args: string[]): Promise<void> {
  const full = ['-m', `workshop.${module}`, ...args];
  const code = await new Promise<number | null>((done, fail) => {
    const child = spawn(python, full, {
      cwd: modelsFolder,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', fail);
    child.on('exit', done);
  });
  if (code !== 0) throw new Error(`${python} ${full.join(' ')} ended with exit code ${code}`);
}
