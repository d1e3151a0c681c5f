import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import type { Plugin } from 'vite';

const uploadPath = '/__exchange/upload/';
const filePath = '/__exchange/file/';

/**
 * Moves binary data between the page and node through the page's own web server: a POST of 4 MB takes a few
 * milliseconds, the same data as JSON through the DevTools protocol takes a second.
 */
export class Exchange {
  #nextId = 1;
  readonly #uploads = new Map<string, Buffer>();
  readonly #files = new Map<string, string>();

  /** Address (relative to the server's root) that the page posts bytes to; `take` hands them over once. */
  uploadAddress(): string {
    return `${uploadPath}${this.#nextId++}`;
  }

  /** The bytes that the page posted to `address`. */
  take(address: string): Buffer {
    const data = this.#uploads.get(address);
    if (!data) throw new Error(`exchange: nothing was posted to ${address}`);
    this.#uploads.delete(address);
    return data;
  }

  /** Address at which the page can read a file of this machine, keeping the file's name at its end. */
  publish(path: string): string {
    const address = `${filePath}${this.#nextId++}/${encodeURIComponent(basename(path))}`;
    this.#files.set(address, path);
    return address;
  }

  /** Vite plugin that answers the addresses above, in dev and in preview. */
  plugin(): Plugin {
    const answer = this.#answer.bind(this);
    return {
      name: 'exchange',
      configureServer: (server) => void server.middlewares.use(answer),
      configurePreviewServer: (server) => void server.middlewares.use(answer),
    };
  }

  #answer(request: IncomingMessage, response: ServerResponse, next: () => void): void {
    const address = (request.url ?? '').split('?')[0] ?? '';
    const file = this.#files.get(address);
    if (request.method === 'POST' && address.startsWith(uploadPath)) {
      this.#receive(address, request, response);
    } else if (file !== undefined) {
      response.setHeader('Content-Type', 'application/octet-stream');
      createReadStream(file)
        .on('error', () => response.writeHead(404).end())
        .pipe(response);
    } else next();
  }

  #receive(address: string, request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.#uploads.set(address, Buffer.concat(chunks));
      response.writeHead(204).end();
    });
  }
}
