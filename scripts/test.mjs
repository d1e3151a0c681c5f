// `npm test`: from a fresh clone to all node and page tests, a browser included.
import { ensureBrowser } from './lib/chrome.mjs';
import { ensureNodeModules } from './lib/install.mjs';
import { runTool } from './lib/run-tool.mjs';

ensureNodeModules();
try {
  process.env['CHROME_PATH'] = await ensureBrowser();
  runTool('vitest/vitest.mjs', ['run', ...process.argv.slice(2)]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
