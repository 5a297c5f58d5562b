import { randomBytes } from 'node:crypto';
import { createWriteStream, type Stats } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { isSystemError, messageOf, systemCodeOf } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import { DatasetsConfig } from '../datasets.config.ts';
import { stageFull, stageInUse, stageNotFound, stagePathInvalid } from '../datasets.errors.ts';
import { StreamedFiles } from '../files/streamed-files.ts';
import type { Stage } from './stage.ts';
import { stagePath } from './stage-path.ts';
import { StageRepository } from './stage.repository.ts';

/** 128 bits, as 22 characters that need no escapes in a path. */
const ID_BYTES = 16;
const ID = /^[\w-]{22}$/;
const MOST_STAGES = 1_000;
/** An import that waits longer than this for its turn loses its files. */
const CLAIMED_MS = 30 * 24 * 60 * 60 * 1000;
const SWEEP_EVERY_MS = 60_000;
/** Errors of a file system that has something else in the place of a file or of one of its folders. */
const CONFLICTS = ['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY'];

/** A file to put into a stage. */
export interface FileToStage {
  /** Relative, with `/` between its parts. */
  readonly path: string;
  readonly open: () => Promise<Readable>;
}

/**
 * Folders that clients fill with files in several requests, to import them afterwards. Each is removed when its
 * import has ended, or once nothing has been added for a while.
 */
@Injectable()
export class Stages implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Stages');
  private readonly directory: string;
  private readonly files: StreamedFiles;
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    private readonly repository: StageRepository,
    private readonly config: DatasetsConfig,
    database: Database,
  ) {
    this.directory = join(database.dataDir, 'stages');
    this.files = new StreamedFiles(this.directory);
  }

  /** Rejects with `STAGE_FULL` if there are too many, and `STORAGE_FULL`. */
  async create(): Promise<Stage> {
    const id = randomBytes(ID_BYTES).toString('base64url');
    const expiresAt = this.nextExpiry();
    if (!(await this.repository.insert(id, expiresAt, MOST_STAGES))) {
      throw stageFull(`There are ${MOST_STAGES} stages already`);
    }
    return { id, files: 0, bytes: 0, expiresAt };
  }

  /** Rejects with `STAGE_NOT_FOUND`, also once the stage has expired. */
  async get(id: string): Promise<Stage> {
    return this.find(id);
  }

  /**
   * Adds files, one after the other; a file with a path that the stage already has replaces it, so a request can
   * be repeated. If one fails, those before it stay.
   *
   * Rejects with `STAGE_NOT_FOUND`, `STAGE_IN_USE`, `STAGE_PATH_INVALID` (before anything is added), `STAGE_FULL`,
   * `STORAGE_FULL`, and as the files do.
   */
  async add(id: string, files: readonly FileToStage[]): Promise<Stage> {
    const placed = files.map((file) => ({ ...file, path: stagePath(file.path) }));
    if ((await this.find(id)).claim !== null) throw stageInUse();
    for (const { path, open } of placed) await this.addFile(id, path, open);
    return this.get(id);
  }

  /** The folder or file of a stage, as an absolute path. Rejects with `STAGE_NOT_FOUND` and `STAGE_PATH_INVALID`. */
  async locate(id: string, path?: string): Promise<string> {
    await this.find(id);
    return path === undefined ? this.folderOf(id) : join(this.folderOf(id), stagePath(path));
  }

  /** Keeps a stage for an import. Rejects with `STAGE_NOT_FOUND`, and `STAGE_IN_USE` if it is kept for another. */
  async claim(id: string, claim: string): Promise<void> {
    await this.find(id);
    if (!(await this.repository.claim(id, claim, new Date(Date.now() + CLAIMED_MS)))) throw stageInUse();
  }

  /** Gives a stage back that was kept for an import. */
  async release(id: string): Promise<void> {
    await this.repository.release(id, this.nextExpiry());
  }

  /** Removes a stage and its files. Nothing happens if it is gone already. */
  async remove(id: string): Promise<void> {
    if (!ID.test(id)) return;
    // The row goes first: from then on, nobody adds files.
    await this.repository.delete(id);
    await rm(this.folderOf(id), { recursive: true, force: true });
  }

  /** Removes a stage whose import has not begun. Rejects with `STAGE_NOT_FOUND` and `STAGE_IN_USE`. */
  async discard(id: string): Promise<void> {
    if ((await this.find(id)).claim !== null) throw stageInUse();
    await this.remove(id);
  }

  /** Removes the stages that have expired, and folders that killed processes have left behind. */
  async sweep(): Promise<void> {
    for (const id of await this.repository.listExpired(new Date(Date.now()))) await this.remove(id);
    // A row is written before its folder: a folder without one is nobody's.
    const folders = await this.listFolders();
    const known = await this.repository.listIds();
    for (const id of folders) if (!known.has(id)) await this.remove(id);
  }

  async onApplicationBootstrap(): Promise<void> {
    const sweep = () =>
      this.sweep().catch((error: unknown) => {
        this.logger.warn(`Expired stages could not be removed yet: ${messageOf(error)}`);
      });
    await this.files.removeStray();
    await sweep();
    this.sweeping = setInterval(() => void sweep(), SWEEP_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.sweeping);
  }

  private async addFile(id: string, path: string, open: () => Promise<Readable>): Promise<void> {
    const file = join(this.folderOf(id), path);
    try {
      await this.files.keep(
        async (unfinished) => pipeline(await open(), createWriteStream(unfinished, { flags: 'wx' })),
        async (unfinished) => {
          // Whatever stands in the way is found before the file is counted.
          await mkdir(dirname(file), { recursive: true });
          const replaced = await statsOf(file);
          if (replaced?.isDirectory()) throw conflict(path);
          const { size } = await stat(unfinished);
          await this.grow(id, {
            files: replaced === undefined ? 1 : 0,
            bytes: size - (replaced?.size ?? 0),
          });
          return file;
        },
      );
    } catch (error) {
      if (CONFLICTS.includes(systemCodeOf(error) ?? '')) throw conflict(path);
      throw error;
    }
    // The stage may have been removed while the file was written.
    if ((await this.repository.find(id)) === undefined) {
      await this.remove(id);
      throw stageNotFound();
    }
  }

  private async grow(id: string, added: { files: number; bytes: number }): Promise<void> {
    const { STAGE_MAX_FILES: maxFiles, STAGES_MAX_BYTES: maxBytes } = this.config;
    const outcome = await this.repository.grow(
      id,
      added,
      this.nextExpiry(),
      (stage, all) => stage.files <= maxFiles && (all.bytes <= maxBytes || added.bytes <= 0),
    );
    if (outcome === 'missing') throw stageNotFound();
    if (outcome === 'full') {
      throw stageFull(`A stage may have ${maxFiles} files, and all stages together ${maxBytes} bytes`);
    }
  }

  private async find(id: string): Promise<Stage & { readonly claim: string | null }> {
    const stage = ID.test(id) ? await this.repository.find(id) : undefined;
    if (stage === undefined || stage.expiresAt.getTime() <= Date.now()) throw stageNotFound();
    return stage;
  }

  private async listFolders(): Promise<string[]> {
    try {
      return (await readdir(this.directory)).filter((name) => ID.test(name));
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return [];
      throw error;
    }
  }

  private folderOf(id: string): string {
    return join(this.directory, id);
  }

  private nextExpiry(): Date {
    return new Date(Date.now() + this.config.STAGE_TTL);
  }
}

/** Undefined if there is nothing at this path. */
async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function conflict(path: string) {
  return stagePathInvalid(
    path,
    'the stage has a folder in its place, or a file in place of one of its folders',
  );
}
