// Runs before node_modules exists: node builtins only.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './install.mjs';

/**
 * Runs a command-line tool out of node_modules in this terminal and ends this process with its exit code.
 * @param {string} script path under node_modules
 * @param {string[]} args
 */
export function runTool(script, args) {
  const path = join(projectRoot, 'node_modules', script);
  const child = spawn(process.execPath, [path, ...args], { cwd: projectRoot, stdio: 'inherit' });
  // Ctrl+C reaches the tool as well; wait for its own exit instead of leaving it behind.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => process.exit(code ?? 1));
}
