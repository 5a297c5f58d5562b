import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Request, Response } from 'express';
import { isSystemError } from '../common/index.ts';
import {
  COMPILER_POLICY,
  contentSecurityPolicy,
  SECURITY_HEADERS,
  type SiteNeeds,
} from './security-headers.ts';

/** The compressed copies that the build may put beside a file, the smallest first. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;
/** Vite and Rspress name the files in here by their content. */
const HASHED = /\/(?:assets|static)\/.*[.-][\w-]{8,}\.\w+$/;

interface FileFacts {
  readonly mtimeMs: number;
  readonly size: number;
  readonly etag: string;
  /** Of an HTML file. */
  readonly policy?: string;
}

/** A folder of files that browsers may have, under one path. */
export class StaticSite {
  private readonly facts = new Map<string, FileFacts>();

  /** `base` is the path of the site without a slash at its end: `/docs`, or the empty string for `/`. */
  constructor(
    readonly base: string,
    readonly folder: string,
    private readonly needs: SiteNeeds = {},
  ) {}

  /** Whether a path belongs to this site and to no site above it. */
  covers(path: string): boolean {
    return path === this.base || path.startsWith(`${this.base}/`);
  }

  /** The file for a path, relative to the folder; undefined if there is none. */
  async find(path: string): Promise<string | undefined> {
    const name = decoded(path.slice(this.base.length));
    if (name === undefined || /[\\\0]/.test(name) || /(^|\/)\./.test(name)) return undefined;
    const candidates = name.endsWith('/') || name === '' ? [`${name}/index.html`] : [name, `${name}.html`];
    for (const candidate of candidates) {
      if (await isFile(join(this.folder, candidate))) return candidate;
    }
    return undefined;
  }

  /** Sends a file that `find` has found, or nothing if the client has it. */
  async send(file: string, request: Request, response: Response, status = 200): Promise<void> {
    const whole = join(this.folder, file);
    const { etag, policy } = await this.factsOf(whole);
    const encoding = await chosenEncoding(whole, request);
    response.status(status).set({
      ...SECURITY_HEADERS,
      ...(policy !== undefined && { 'Content-Security-Policy': policy }),
      ...(encoding !== undefined && { 'Content-Encoding': encoding.name }),
      ETag: encoding === undefined ? `"${etag}"` : `"${etag}-${encoding.name}"`,
      'Cache-Control': HASHED.test(`/${file}`) ? 'public, max-age=31536000, immutable' : 'no-cache',
      Vary: 'Accept-Encoding',
    });
    response.type(file.slice(file.lastIndexOf('.')));
    await sendFile(response, `${whole}${encoding?.suffix ?? ''}`);
  }

  /** By content: all files of a package that npm has packed have the same time. */
  private async factsOf(file: string): Promise<FileFacts> {
    const { mtimeMs, size } = await stat(file);
    const known = this.facts.get(file);
    if (known?.mtimeMs === mtimeMs && known.size === size) return known;
    const bytes = await readFile(file);
    const facts = {
      mtimeMs,
      size,
      etag: hashOf(bytes, 'base64url'),
      ...(file.endsWith('.html') && { policy: this.policyOf(file, bytes.toString()) }),
    };
    this.facts.set(file, facts);
    return facts;
  }

  private policyOf(file: string, html: string): string {
    const isCompiler = this.needs.compiler !== undefined && file === join(this.folder, this.needs.compiler);
    return isCompiler ? COMPILER_POLICY : contentSecurityPolicy(html, this.needs, hashOf);
  }
}

function hashOf(content: string | Buffer, encoding: 'base64' | 'base64url' = 'base64'): string {
  return createHash('sha256').update(content).digest(encoding);
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG')) return false;
    throw error;
  }
}

async function chosenEncoding(
  file: string,
  request: Request,
): Promise<(typeof ENCODINGS)[number] | undefined> {
  for (const encoding of ENCODINGS) {
    const accepts = request.acceptsEncodings(encoding.name) === encoding.name;
    if (accepts && (await isFile(`${file}${encoding.suffix}`))) return encoding;
  }
  return undefined;
}

function sendFile(response: Response, file: string): Promise<void> {
  const at = file.lastIndexOf(sep);
  const options = { root: file.slice(0, at), cacheControl: false, lastModified: false, acceptRanges: false };
  return new Promise((resolve, reject) => {
    response.sendFile(file.slice(at + 1), options, (error?: Error) => {
      // A client that closes the connection is not a failure of the server.
      if (error === undefined || isSystemError(error, 'ECONNABORTED', 'ECONNRESET', 'EPIPE')) resolve();
      else reject(error);
    });
  });
}
