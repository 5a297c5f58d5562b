import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { storageFull } from '../storage.errors.ts';
import { heldFile, openUpload, readUpload, uploadError, type FileUpload } from './upload.ts';

describe('uploadError', () => {
  it('takes an error of the stream for an upload that ended early', () => {
    const error = Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
    expect(uploadError(error, 10)).toMatchObject({ code: 'UPLOAD_INTERRUPTED', cause: error });
  });

  it('says that a file is too large', () => {
    const error = Object.assign(new Error('File truncated'), { status: 413 });
    expect(uploadError(error, 10)).toMatchObject({ code: 'UPLOAD_TOO_LARGE', details: { maxBytes: 10 } });
  });

  it.each([
    ['a full disk', 'ENOSPC', 'STORAGE_FULL'],
    ['a folder that may not be written', 'EACCES', 'STORAGE_UNAVAILABLE'],
  ])('does not blame the client for %s', (_what, code, expected) => {
    const error = Object.assign(new Error('refused'), { code });
    expect(uploadError(error, 10)).toMatchObject({ code: expected, cause: error });
  });

  it('leaves an error that is coded already as it is', () => {
    const error = storageFull();
    expect(uploadError(error, 10)).toBe(error);
  });
});

describe('readUpload', () => {
  it('fails with STORAGE_FULL when the file that holds the upload cannot be written', async () => {
    const capacitor = new EventEmitter();
    const file = {
      filename: 'large.jpg',
      capacitor,
      // As the readers of fs-capacitor do, it neither ends nor fails.
      createReadStream: () => new Readable({ read: () => undefined }),
    };
    const reading = readUpload(file as unknown as FileUpload, 10);
    setImmediate(() => capacitor.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' })));
    await expect(reading).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  });
});

describe('a file that is held in memory', () => {
  const file = heldFile(Buffer.from('bytes'), {
    filename: 'a.jpg',
    mimeType: 'image/jpeg',
    encoding: '7bit',
  });

  it('is read as it is', async () => {
    expect(await readUpload(file, 5)).toBe(file.bytes());
  });

  it('can be opened, even if Nest has copied it', async () => {
    class Arguments {
      file?: FileUpload;
    }
    for (const each of [file, plainToInstance(Arguments, { file }).file!]) {
      expect(String(Buffer.concat(await (await openUpload(each, 5)).toArray()))).toBe('bytes');
    }
  });

  it('is empty if the file was', async () => {
    const empty = heldFile(Buffer.alloc(0), { mimeType: 'image/jpeg', encoding: '7bit' });
    expect(await (await openUpload(empty, 5)).toArray()).toEqual([]);
    expect(await readUpload(empty, 5)).toHaveLength(0);
  });

  it('is refused above the limit, read or opened', async () => {
    const code = { code: 'UPLOAD_TOO_LARGE', details: { maxBytes: 4 } };
    await expect(readUpload(file, 4)).rejects.toMatchObject(code);
    await expect((await openUpload(file, 4)).toArray()).rejects.toMatchObject(code);
  });
});
