/** What the address of a picture contains to change with its bytes. */
export function versionOf(sha256: string): string {
  return sha256.slice(0, 12);
}
