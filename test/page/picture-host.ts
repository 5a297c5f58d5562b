import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));

/** A host on loopback that has the sample pictures, and an annotation file that names some of them. */
export class PictureHost {
  /** Names of pictures that it answers 404 for. */
  readonly missing = new Set<string>();
  /** While it is true, pictures are not answered. */
  isHeld = false;
  /** What `/annotations.csv` contains. */
  annotations = '';
  private readonly waiting: (() => void)[] = [];
  private readonly server = createServer((request, response) => {
    const name = basename(new URL(request.url!, 'http://host').pathname);
    if (name === 'annotations.csv') {
      response.setHeader('content-type', 'text/csv').end(this.annotations);
      return;
    }
    const answer = () => {
      if (this.missing.has(name)) response.writeHead(404).end();
      else
        createReadStream(join(samples, 'images', name))
          .on('error', () => response.destroy())
          .pipe(response);
    };
    if (this.isHeld) this.waiting.push(answer);
    else answer();
  });

  static async start(): Promise<PictureHost> {
    const host = new PictureHost();
    await new Promise<void>((resolve) => host.server.listen(0, '127.0.0.1', resolve));
    return host;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** What lets the service download from here. */
  get settings(): Record<string, string> {
    return { DOWNLOAD_ALLOW_LOOPBACK: 'true', DOWNLOAD_PORTS: `80,443,${this.port}` };
  }

  url(name: string): string {
    return `http://127.0.0.1:${this.port}/${name}`;
  }

  /** Answers everything that was held back. */
  release(): void {
    this.isHeld = false;
    this.waiting.splice(0).forEach((answer) => answer());
  }

  async stop(): Promise<void> {
    this.release();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
