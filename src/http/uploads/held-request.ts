import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import Upload from 'graphql-upload/Upload.mjs';
import objectPath from 'object-path';
import {
  heldFile,
  uploadFieldTooLarge,
  uploadInterrupted,
  uploadMalformed,
  uploadTooManyFiles,
  type HeldFile,
} from '../../common/index.ts';

export interface MultipartLimits {
  readonly maxFiles: number;
  /** Of `operations` and of `map`. */
  readonly maxFieldBytes: number;
}

/** One operation, or several, as a client sends them in JSON. */
export type Operations = Record<string, unknown> | unknown[];

/**
 * Receives a GraphQL multipart request without a temporary file, and returns its operations with an `Upload` in each
 * place of a file, as the `processRequest` of graphql-upload does. The request must have a `Content-Length`, for
 * which there must be memory.
 *
 * Rejects with `UPLOAD_MALFORMED`, `UPLOAD_TOO_LARGE` if a field is too long or there are too many files, or
 * `UPLOAD_INTERRUPTED` if the client breaks off. Of the files themselves, only the reader judges the size.
 */
export async function readHeldRequest(
  request: IncomingMessage,
  limits: MultipartLimits,
): Promise<Operations> {
  const form = new HeldForm(limits);
  await form.parse(request.headers, await readBody(request));
  return form.operationsWithUploads();
}

/** All in one piece of memory: in the small pieces of a slow client, a body takes many times its size. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const body = Buffer.allocUnsafeSlow(Number(request.headers['content-length']));
    let at = 0;
    request.on('data', (chunk: Buffer) => {
      at += chunk.copy(body, at);
    });
    request.once('end', () => resolve(body));
    request.once('error', (error) => reject(uploadInterrupted(error)));
    request.once('close', () => {
      if (!request.complete) reject(uploadInterrupted(undefined));
    });
  });
}

/** The parts of a multipart request, which must come in the order of the specification. */
class HeldForm {
  private operations: Operations | undefined;
  private uploads: Map<string, Upload> | undefined;
  private readonly files = new Map<string, HeldFile>();
  /** The first of all problems. */
  private problem: Error | undefined;
  private readonly limits: MultipartLimits;

  constructor(limits: MultipartLimits) {
    this.limits = limits;
  }

  /** Rejects with the first problem. */
  async parse(headers: IncomingHttpHeaders, body: Buffer): Promise<void> {
    try {
      await this.readParts(headers, body);
    } catch (error) {
      // Once it is known which files there are, what is wrong with the rest is that they are not whole.
      this.problem ??=
        this.uploads === undefined ? uploadMalformed(sentence(error)) : uploadInterrupted(error);
    }
    if (this.problem !== undefined) throw this.problem;
  }

  operationsWithUploads(): Operations {
    if (this.operations === undefined) throw uploadMalformed('The field "operations" is missing.');
    if (this.uploads === undefined) throw uploadMalformed('The field "map" is missing.');
    for (const [name, upload] of this.uploads) {
      const file = this.files.get(name);
      if (file === undefined) upload.reject(uploadMalformed(`The file "${name}" of "map" is missing.`));
      else upload.resolve(file);
    }
    return this.operations;
  }

  private readParts(headers: IncomingHttpHeaders, body: Buffer): Promise<void> {
    const { maxFiles, maxFieldBytes } = this.limits;
    return new Promise((resolve, reject) => {
      const parser = busboy({
        headers,
        defParamCharset: 'utf8',
        // Everything is in memory already, so nothing has to wait until it is read.
        fileHwm: body.length,
        limits: { fieldSize: maxFieldBytes, fields: 2, files: maxFiles },
      });
      parser.on('field', (name, value, { valueTruncated }) => {
        this.attempt(() => {
          if (valueTruncated) throw uploadFieldTooLarge(maxFieldBytes);
          this.addField(name, value);
        });
      });
      parser.on('file', (name, stream, info) => {
        this.attempt(() => {
          if (this.uploads === undefined) throw uploadMalformed('The files must follow the field "map".');
        });
        collect(stream, (bytes) => {
          if (!this.files.has(name)) this.files.set(name, heldFile(bytes, info));
        });
      });
      parser.on('filesLimit', () => {
        this.attempt(() => {
          throw uploadTooManyFiles(maxFiles);
        });
      });
      // Not `once`: there may be several, and one without a listener would end the process.
      parser.on('error', reject);
      parser.once('close', resolve);
      parser.end(body);
    });
  }

  private addField(name: string, value: string): void {
    if (name === 'operations') this.operations = parseObject(name, value);
    else if (name === 'map') {
      if (this.operations === undefined) {
        throw uploadMalformed('The field "map" must follow the field "operations".');
      }
      this.uploads = this.placeUploads(this.operations, parseObject(name, value));
    }
  }

  private placeUploads(operations: Operations, map: Operations): Map<string, Upload> {
    if (Array.isArray(map)) throw uploadMalformed('The field "map" is not a JSON object.');
    const entries = Object.entries(map);
    if (entries.length > this.limits.maxFiles) throw uploadTooManyFiles(this.limits.maxFiles);
    const uploads = new Map<string, Upload>();
    for (const [name, paths] of entries) {
      const upload = new Upload();
      uploads.set(name, upload);
      if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string')) {
        throw uploadMalformed(`In "map", "${name}" is not a list of paths.`);
      }
      for (const path of paths) {
        try {
          objectPath.set(operations, path, upload);
        } catch {
          throw uploadMalformed(`There is no place "${path}" in "operations".`);
        }
      }
    }
    return uploads;
  }

  /** The parser goes on to the end in any case, so that the client has sent everything when it is refused. */
  private attempt(step: () => void): void {
    if (this.problem !== undefined) return;
    try {
      step();
    } catch (error) {
      this.problem = error as Error;
    }
  }
}

function collect(stream: Readable, done: (bytes: Buffer) => void): void {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  stream.once('end', () => done(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)));
  // The parser reports it as well.
  stream.on('error', () => undefined);
}

function parseObject(name: string, value: string): Operations {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw uploadMalformed(`The field "${name}" is not JSON.`);
  }
  if (typeof parsed !== 'object' || parsed === null) {
    throw uploadMalformed(`The field "${name}" is not a JSON object.`);
  }
  return parsed as Operations;
}

function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
