// Runs before node_modules exists: node builtins only.
import { existsSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** Folder of the project. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lock
 */

/**
 * Names the first package of the lock file that node_modules lacks or has in another version; null if all is there.
 * @param {string} root
 */
export function missingPackage(root) {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return 'node_modules';
  /** @type {Lock} */
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  /** @type {Lock} */
  const installed = JSON.parse(readFileSync(installedPath, 'utf8'));
  for (const [path, entry] of Object.entries(wanted.packages ?? {})) {
    // Optional packages belong to other platforms.
    if (path === '' || entry.optional) continue;
    if (installed.packages?.[path]?.version !== entry.version) return path;
  }
  return null;
}

/** Installs the node packages when they are missing or differ from package-lock.json. */
export function ensureNodeModules() {
  requireNode();
  const missing = missingPackage(projectRoot);
  if (missing === null) return;
  console.log(`Installing packages (${missing} is missing or out of date) …`);
  // `npm ci` refuses a lock file that a registry mirror left incomplete; `npm install` completes it.
  if (npm('ci') || npm('install')) return;
  console.error('The packages could not be installed: is the npm registry reachable from here?');
  process.exit(1);
}

/** @param {string} command */
function npm(command) {
  // With a shell, because npm is a .cmd file on Windows.
  const { status } = spawnSync(`npm ${command} --include=dev --no-audit --no-fund`, {
    cwd: projectRoot,
    stdio: 'inherit',
    shell: true,
  });
  return status === 0;
}

/** Vite's own message about an old node is a syntax error, so say it first. */
function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const recent = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (recent) return;
  console.error(`node ${process.versions.node} is too old: this project needs 20.19 or 22.12.`);
  process.exit(1);
}
