// `npm run setup:python`: the Python environment of the model workshop in models/.venv.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './lib/install.mjs';

const windows = process.platform === 'win32';
const venv = join(projectRoot, 'models', '.venv');
const python = join(venv, windows ? 'Scripts/python.exe' : 'bin/python');

/** @param {string} command @param {string[]} args */
function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: projectRoot, stdio: 'inherit' });
  if (status === 0) return;
  console.error(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  console.error('Python 3.11 or newer with venv and pip is needed (see models/README.md).');
  process.exit(1);
}

if (!existsSync(python)) run(windows ? 'python' : 'python3', '-m', 'venv', venv);
run(python, '-m', 'pip', 'install', '--quiet', '-r', join('models', 'requirements.txt'));
console.log(`The Python environment is ready: ${python}`);
