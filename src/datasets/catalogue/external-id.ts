import { externalIdInvalid } from '../datasets.errors.ts';

const MAX_EXTERNAL_ID = 1_000;

/** Throws `EXTERNAL_ID_INVALID`. */
export function assertExternalId(externalId: string): void {
  const valid = externalId !== '' && externalId.length <= MAX_EXTERNAL_ID && externalId.isWellFormed();
  if (!valid) throw externalIdInvalid();
}
