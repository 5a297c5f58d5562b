import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppError, fileSize, openRegularFile } from '../../common/index.ts';
import { Downloader } from '../../downloads/index.ts';
import type { KnownModel } from './known-models.ts';
import { modelNotFetched, modelWrongFile } from './registry.errors.ts';

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Called with each address that is tried, and with the reason when one is given up. */
  readonly onAddress?: (url: string, problem?: string) => void;
}

/** An attempt ends after this time; the next resumes where it ended. */
const ATTEMPT_MS = 120_000;

/** Fetches published files and checks them. Interrupted downloads are resumed. */
@Injectable()
export class ModelFetcher {
  constructor(private readonly downloader: Downloader) {}

  /**
   * The published file of a model. `partial` is the path of the file that holds whatever has been
   * downloaded so far; the caller deletes it.
   *
   * An address is used for as long as it makes progress; the next resumes where it ended. Rejects with
   * `MODEL_NOT_FETCHED`, or with the signal's reason.
   */
  async fetchModel(
    model: KnownModel,
    urls: readonly string[],
    partial: string,
    { signal, onAddress }: FetchOptions,
  ): Promise<Buffer> {
    const tried: { url: string; problem: string }[] = [];
    await mkdir(dirname(partial), { recursive: true });
    for (const url of urls) {
      onAddress?.(url);
      try {
        return await this.fetchFrom(url, model, partial, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AppError)) throw error;
        onAddress?.(url, error.message);
        tried.push({ url, problem: withoutPeriod(error.message) });
      }
    }
    throw modelNotFetched(model, tried);
  }

  private async fetchFrom(
    url: string,
    model: KnownModel,
    partial: string,
    signal: AbortSignal,
  ): Promise<Buffer> {
    for (let resumed = (await fileSize(partial)) > 0; ; resumed = false) {
      try {
        if ((await fileSize(partial)) < model.bytes) await this.download(url, model, partial, signal);
        return await readCheckedFile(partial, model);
      } catch (error) {
        const isUseless =
          modelWrongFile.is(error) || (error instanceof AppError && error.details.status === 416);
        if (isUseless) await rm(partial, { force: true });
        // The part that was there before may be the bad one, so start again from the beginning.
        if (!isUseless || !resumed) throw error;
      }
    }
  }

  private async download(
    url: string,
    model: KnownModel,
    partial: string,
    signal: AbortSignal,
  ): Promise<void> {
    for (let before = await fileSize(partial); ;) {
      try {
        await this.downloader.resumeToFile(url, partial, {
          signal,
          accept: 'application/octet-stream, */*;q=0.5',
          maxBytes: model.bytes,
          timeoutMs: ATTEMPT_MS,
        });
        return;
      } catch (error) {
        signal.throwIfAborted();
        const now = await fileSize(partial);
        if (now <= before) throw error;
        before = now;
      }
    }
  }
}

/** The content of a file, if it is that of the model. Rejects with `MODEL_WRONG_FILE`. */
export async function readCheckedFile(path: string, model: KnownModel): Promise<Buffer> {
  const { bytes, sha256 } = await digestOf(path);
  if (bytes !== model.bytes || sha256 !== model.sha256) {
    throw modelWrongFile(model.file, model, { bytes, sha256 });
  }
  return readFile(path);
}

async function digestOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await openRegularFile(path);
  // The stream closes the handle.
  for await (const chunk of handle.createReadStream() as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

function withoutPeriod(message: string): string {
  return message.replace(/\.$/, '');
}
