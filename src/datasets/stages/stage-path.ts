import { stagePathInvalid } from '../datasets.errors.ts';

const MAX_CHARACTERS = 1_000;
const MAX_DEPTH = 32;
/** What file systems allow for one name, in bytes of UTF-8. */
const MAX_NAME_BYTES = 255;
// eslint-disable-next-line no-control-regex -- these are what must not be in a name
const FORBIDDEN = /[\u0000-\u001f\u007f\\]/;

/**
 * The path of a file or folder within a stage, relative and in Unicode's normal form C, so that it cannot leave the
 * stage. Throws `STAGE_PATH_INVALID`.
 */
export function stagePath(given: string): string {
  const refuse = (problem: string) => stagePathInvalid(given, problem);
  if (given.length > MAX_CHARACTERS) throw refuse(`it has more than ${MAX_CHARACTERS} characters`);
  if (!given.isWellFormed()) throw refuse('it is not valid Unicode');
  const path = given.normalize('NFC');
  if (FORBIDDEN.test(path)) throw refuse('it contains a backslash or a control character');
  const names = path.split('/');
  if (names.length > MAX_DEPTH) throw refuse(`it has more than ${MAX_DEPTH} levels`);
  for (const name of names) {
    if (name === '') throw refuse('it is empty, absolute, or has an empty part');
    if (name === '.' || name === '..') throw refuse('it contains a part "." or ".."');
    if (Buffer.byteLength(name) > MAX_NAME_BYTES)
      throw refuse(`a part has more than ${MAX_NAME_BYTES} bytes`);
  }
  return path;
}
