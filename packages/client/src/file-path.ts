interface NodeFileSystem {
  openAsBlob(path: string): Promise<Blob>;
}

/** What Node, Deno and Bun have, and a browser does not. */
interface Runtime {
  readonly process?: { getBuiltinModule?(id: 'node:fs'): NodeFileSystem | undefined };
}

/** The path of a file that is opened when a request sends it. Made by `fromPath`. */
export class FilePath {
  constructor(readonly path: string) {}

  /** The last part of the path. */
  get name(): string {
    return this.path.split(/[/\\]/).at(-1) ?? this.path;
  }

  /** Rejects with the system's error, such as `ENOENT`, if there is no such file. */
  async open(): Promise<Blob> {
    const files = (globalThis as Runtime).process?.getBuiltinModule?.('node:fs');
    if (files === undefined) throw new TypeError('A browser cannot open a path: pass a File or a Blob.');
    return files.openAsBlob(this.path);
  }
}

/**
 * A file to upload from a path; Node only. The file is opened when it is sent, and is not read into memory as a whole.
 *
 * @example
 *     await client.addQueryPicture(fromPath('photos/cow.jpg'));
 */
export function fromPath(path: string): FilePath {
  return new FilePath(path);
}
