import { describe, expect, it } from '@jest/globals';
import { AppError } from '../app-error.ts';
import { uploadError } from './upload.ts';

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
    ['a full disk', Object.assign(new Error('no space left'), { code: 'ENOSPC' })],
    ['a folder that may not be written', Object.assign(new Error('denied'), { code: 'EACCES' })],
    ['an error that has a code of ours', new AppError('STORAGE_FULL', 'There is no space left.')],
  ])('does not blame the client for %s', (_what, error) => {
    expect(uploadError(error, 10)).toBe(error);
  });
});
