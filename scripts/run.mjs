// Runs one of the TypeScript scripts beside this file with Vite's module runner: `node scripts/run.mjs capture --help`.
import { ensureNodeModules, projectRoot } from './lib/install.mjs';

const [name = '', ...args] = process.argv.slice(2);
ensureNodeModules();
const { runnerImport } = await import('vite');
// What a script sees in process.argv is then the same as if node had started it.
process.argv.splice(2, process.argv.length, ...args);
await runnerImport(`./scripts/${name}.ts`, {
  root: projectRoot,
  configFile: false,
  logLevel: 'error',
});
