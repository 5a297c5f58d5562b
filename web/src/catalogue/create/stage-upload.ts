import { client } from '../../api/client.ts';
import {
  CreateStageDocument,
  DiscardStageDocument,
  StageFilesDocument,
} from '../../api/generated/graphql.ts';
import type { PickedFile } from './picked-files.ts';

/** How far the files have been sent. */
export interface UploadProgress {
  readonly files: number;
  readonly bytes: number;
  /** Since the upload began or was resumed; 0 until the first request has been answered. */
  readonly bytesPerSecond: number;
}

const MAX_FILES = 50;
const MAX_BYTES = 8_000_000;

/** Sends files to a stage of the service, some at a time. After an error it resumes where it was. */
export class StageUpload {
  private readonly batches: PickedFile[][];
  private stage: string | undefined;
  private sent = 0;
  private progress: UploadProgress = { files: 0, bytes: 0, bytesPerSecond: 0 };
  private readonly abort = new AbortController();

  constructor(
    files: readonly PickedFile[],
    private readonly onProgress: (progress: UploadProgress) => void,
  ) {
    this.batches = batches(files);
  }

  /** Resolves with the id of the stage once it has all files. */
  async run(): Promise<string> {
    this.stage ??= (await client.mutate({ mutation: CreateStageDocument })).data!.createStage.id;
    const began = Date.now();
    const before = this.progress.bytes;
    for (let batch = this.batches[this.sent]; batch !== undefined; batch = this.batches[this.sent]) {
      await client.mutate({
        mutation: StageFilesDocument,
        variables: { stage: this.stage, files: batch.map(({ path, file }) => ({ path, upload: file })) },
        context: { fetchOptions: { signal: this.abort.signal } },
      });
      this.abort.signal.throwIfAborted();
      this.sent++;
      const bytes = this.progress.bytes + sizeOf(batch);
      this.progress = {
        files: this.progress.files + batch.length,
        bytes,
        bytesPerSecond: (bytes - before) / Math.max(0.1, (Date.now() - began) / 1_000),
      };
      this.onProgress(this.progress);
    }
    return this.stage;
  }

  /** Whether the service has all files. */
  get isComplete(): boolean {
    return this.sent === this.batches.length;
  }

  /** Whether it is `error` that `discard` has caused. */
  get isDiscarded(): boolean {
    return this.abort.signal.aborted;
  }

  /** Stops, and removes from the service what it has sent. */
  discard(): void {
    this.abort.abort();
    const id = this.stage;
    // A stage that cannot be removed now expires by itself.
    if (id !== undefined) {
      client.mutate({ mutation: DiscardStageDocument, variables: { id } }).catch(() => undefined);
    }
  }
}

function batches(files: readonly PickedFile[]): PickedFile[][] {
  const all: PickedFile[][] = [];
  let room = 0;
  for (const file of files) {
    const last = all.at(-1);
    if (last === undefined || last.length === MAX_FILES || file.file.size > room) {
      all.push([file]);
      room = MAX_BYTES - file.file.size;
    } else {
      last.push(file);
      room -= file.file.size;
    }
  }
  return all;
}

function sizeOf(files: readonly PickedFile[]): number {
  return files.reduce((sum, { file }) => sum + file.size, 0);
}
