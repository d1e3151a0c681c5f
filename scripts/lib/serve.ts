import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { createServer, preview } from 'vite';
import type { Plugin, PreviewServer, ViteDevServer } from 'vite';
import { Exchange } from './exchange';
import { projectRoot } from './install.mjs';

/** `dev` serves the sources, `preview` the build in dist/. */
export type ServeMode = 'dev' | 'preview';

export interface ServeOptions {
  readonly onRequest?: (url: string) => void;
  /** Folder of the build that `preview` serves, relative to the project. */
  readonly buildIn?: string;
}

/** A web server of the demo in this process. */
export interface DemoServer {
  /** Origin with a slash at its end. */
  readonly url: string;
  readonly exchange: Exchange;
  close(): Promise<void>;
}

/** Starts the demo's server on a free port of this machine; `onRequest` is told each path that is asked for. */
export async function serve(
  mode: ServeMode = 'dev',
  { onRequest = () => {}, buildIn = 'dist' }: ServeOptions = {},
): Promise<DemoServer> {
  const exchange = new Exchange();
  const plugins = [exchange.plugin(), requestLog(onRequest)];
  const server =
    mode === 'dev'
      ? await startDev(plugins)
      : await startPreview(plugins, resolve(projectRoot, buildIn));
  const address = server.httpServer?.address();
  if (!address || typeof address === 'string') throw new Error('serve: the server has no port');
  return {
    url: `http://localhost:${address.port}/`,
    exchange,
    close: () => server.close(),
  };
}

/**
 * A run that takes hours must not reload its page because somebody edits a file. Set by a plugin, since Vite's merging
 * drops a null given beside the options of the config file.
 */
const unwatched: Plugin = {
  name: 'unwatched',
  config: (config) => {
    config.server = { ...config.server, watch: null };
  },
};

/** Sees what workers ask for too, which the page's own timing does not list. */
function requestLog(onRequest: (url: string) => void): Plugin {
  const look = (request: IncomingMessage, _: ServerResponse, next: () => void): void => {
    onRequest(request.url ?? '');
    next();
  };
  return {
    name: 'request-log',
    configureServer: (server) => void server.middlewares.use(look),
    configurePreviewServer: (server) => void server.middlewares.use(look),
  };
}

async function startDev(plugins: Plugin[]): Promise<ViteDevServer> {
  const server = await createServer({
    root: projectRoot,
    configFile: join(projectRoot, 'vite.config.ts'),
    // Of its own: `npm start` may run beside a capture, and each rewrites its cache when it starts.
    cacheDir: join(projectRoot, 'node_modules', '.vite-scripts'),
    logLevel: 'error',
    plugins: [...plugins, unwatched],
    // Added to the page's own: the benchmark's peers, which a build leaves out.
    optimizeDeps: { entries: ['scripts/bench-page/index.html'] },
    server: { host: 'localhost', port: 0 },
  });
  return server.listen();
}

function startPreview(plugins: Plugin[], outDir: string): Promise<PreviewServer> {
  if (!existsSync(join(outDir, 'index.html'))) {
    throw new Error(`serve: there is no build in ${outDir}; run \`npm run build\` first`);
  }
  return preview({
    root: projectRoot,
    configFile: join(projectRoot, 'vite.config.ts'),
    logLevel: 'error',
    plugins,
    build: { outDir },
    preview: { host: 'localhost', port: 0 },
  });
}
