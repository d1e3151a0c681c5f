import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './install.mjs';

/** Runs another script of this project in this terminal, e.g. `runScript('capture', ['--out', 'data'])`. */
export async function runScript(name: string, flags: readonly string[]): Promise<void> {
  const args = [join(projectRoot, 'scripts', 'run.mjs'), name, ...flags];
  const code = await new Promise<number | null>((done, fail) => {
    const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
    child.on('error', fail);
    child.on('exit', done);
  });
  if (code !== 0) throw new Error(`${name} ${flags.join(' ')} ended with exit code ${code}`);
}
