// `npm start`: from a fresh clone to the demo in the browser.
import { ensureNodeModules } from './lib/install.mjs';
import { runTool } from './lib/run-tool.mjs';

const hasDisplay =
  process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'];

ensureNodeModules();
const open = hasDisplay && !process.env['CI'] ? ['--open'] : [];
runTool('vite/bin/vite.js', [...open, ...process.argv.slice(2)]);
