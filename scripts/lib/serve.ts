import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, preview } from 'vite';
import type { Plugin, PreviewServer, ViteDevServer } from 'vite';
import { Exchange } from './exchange';
import { projectRoot } from './install.mjs';

/** `dev` serves the sources, `preview` the build in dist/. */
export type ServeMode = 'dev' | 'preview';

/** A web server of the demo in this process. */
export interface DemoServer {
  /** Origin with a slash at its end. */
  readonly url: string;
  readonly exchange: Exchange;
  close(): Promise<void>;
}

/** Starts the demo's server on a free port of this machine. */
export async function serve(mode: ServeMode = 'dev'): Promise<DemoServer> {
  const exchange = new Exchange();
  const server = mode === 'dev' ? await startDev(exchange) : await startPreview(exchange);
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

async function startDev(exchange: Exchange): Promise<ViteDevServer> {
  const server = await createServer({
    root: projectRoot,
    configFile: join(projectRoot, 'vite.config.ts'),
    // Of its own: `npm start` may run beside a capture, and each rewrites its cache when it starts.
    cacheDir: join(projectRoot, 'node_modules', '.vite-scripts'),
    logLevel: 'error',
    plugins: [exchange.plugin(), unwatched],
    server: { host: 'localhost', port: 0 },
  });
  return server.listen();
}

function startPreview(exchange: Exchange): Promise<PreviewServer> {
  if (!existsSync(join(projectRoot, 'dist', 'index.html'))) {
    throw new Error('serve: there is no build in dist/; run `npm run build` first');
  }
  return preview({
    root: projectRoot,
    configFile: join(projectRoot, 'vite.config.ts'),
    logLevel: 'error',
    plugins: [exchange.plugin()],
    preview: { host: 'localhost', port: 0 },
  });
}
