// Runs before node_modules exists: node builtins only, playwright-core is imported when needed.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { projectRoot } from './install.mjs';

const commandNames = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
];

const knownPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Package managers in the order they are tried, with the command that installs a browser. */
const packageManagers = [
  ['apt-get', 'apt-get update && apt-get install -y chromium'],
  ['dnf', 'dnf install -y chromium'],
  ['pacman', 'pacman -Sy --noconfirm chromium'],
  ['brew', 'brew install --cask google-chrome'],
];

export const noBrowserMessage =
  'No Chrome or Chromium was found and none could be installed. ' +
  'Install one (Debian: apt-get install chromium), or set CHROME_PATH to its executable.';

/**
 * Path of a Chrome or Chromium that starts on this machine, or null:
 * CHROME_PATH, then the PATH and the usual places, then the one that Playwright downloaded.
 * @returns {Promise<string | null>}
 */
export async function findBrowser() {
  const chosen = process.env['CHROME_PATH'];
  if (chosen) {
    if (starts(chosen)) return chosen;
    throw new Error(`CHROME_PATH is ${chosen}, which does not start.`);
  }
  const candidates = [...commandNames.map(findOnPath), ...knownPlaces, await playwrightPath()];
  return candidates.find((path) => path !== null && starts(path)) ?? null;
}

/**
 * Finds a browser, or installs one with Playwright or the system's package manager.
 * @returns {Promise<string>} its path
 */
export async function ensureBrowser() {
  const found = (await findBrowser()) ?? (await downloadBrowser()) ?? (await installPackage());
  if (found !== null) return found;
  throw new Error(noBrowserMessage);
}

/** @param {string} command */
function findOnPath(command) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, command + suffix);
    if (folder !== '' && existsSync(path)) return path;
  }
  return null;
}

/** A file may exist and still not start: missing system libraries, or Ubuntu's stub for a snap. @param {string} path */
function starts(path) {
  if (!existsSync(path)) return false;
  // On Windows `--version` opens a window instead of printing.
  if (process.platform === 'win32') return true;
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

async function playwrightPath() {
  const { chromium } = await import('playwright-core');
  return chromium.executablePath() || null;
}

async function downloadBrowser() {
  console.log('No Chrome or Chromium found: downloading one with Playwright …');
  if (!playwright('install', 'chromium', '--no-shell')) return null;
  const found = await findBrowser();
  // A bare Linux lacks the libraries that the download needs.
  if (found !== null || process.platform !== 'linux' || !isRoot()) return found;
  playwright('install-deps', 'chromium');
  return findBrowser();
}

/** @param {string[]} args */
function playwright(...args) {
  const cli = join(projectRoot, 'node_modules', 'playwright-core', 'cli.js');
  const options = { stdio: /** @type {const} */ ('inherit'), timeout: 600_000 };
  return spawnSync(process.execPath, [cli, ...args], options).status === 0;
}

async function installPackage() {
  for (const [manager = '', script = ''] of packageManagers) {
    if (findOnPath(manager) === null) continue;
    const prefix = manager === 'brew' || isRoot() ? [] : ['sudo', '-n'];
    if (prefix.length > 0 && !canSudo()) continue;
    console.log(`Installing a browser: ${[...prefix, script].join(' ')}`);
    const [command = 'sh', ...args] = [...prefix, 'sh', '-c', script];
    spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: 900_000 });
    const found = await findBrowser();
    if (found !== null) return found;
  }
  return null;
}

function isRoot() {
  return process.getuid?.() === 0;
}

function canSudo() {
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
}
