import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** Cross-origin isolation: without these two headers ONNX Runtime's WASM backend runs on one thread. */
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Copies `models/*.onnx` and `models/*.json` into the build. In dev Vite serves them from the project root. */
function shipModels(): Plugin {
  const folder = resolve(import.meta.dirname, 'models');
  return {
    name: 'ship-models',
    apply: 'build',
    generateBundle() {
      for (const name of readdirSync(folder)) {
        if (!/\.(onnx|json)$/.test(name)) continue;
        const source = readFileSync(resolve(folder, name));
        this.emitFile({ type: 'asset', fileName: `models/${name}`, source });
      }
    },
  };
}

export default defineConfig({
  // Relative, so that the build runs from any folder of a static host.
  base: './',
  // A missing file must answer 404; the single-page fallback would hand HTML to the model loader.
  appType: 'mpa',
  plugins: [shipModels()],
  server: {
    headers: isolationHeaders,
    watch: { ignored: ['**/models/**', '**/data/**', '**/evaluation/**', '**/dist/**'] },
  },
  preview: { headers: isolationHeaders },
  optimizeDeps: {
    // Reports and Python environments hold HTML files too: only this page is an entry.
    entries: ['index.html'],
    // Loaded late: found only then, it would make Vite reload the page.
    include: ['three/addons/inspector/Inspector.js'],
    // Pre-bundling moves its module away from the .wasm file beside it.
    exclude: ['onnxruntime-web'],
  },
  worker: { format: 'es' },
  build: { target: 'esnext', chunkSizeWarningLimit: 4096 },
});
