const LONGEST = 255;

/**
 * The name of an image's file, 1 to 255 characters: the last part of the URL or path that it came from, or of its
 * external id if that has none. `place` may be the name of an uploaded file, too.
 */
export function fileNameOf(place: string | null, externalId: string): string {
  const name = (place === null ? '' : lastPart(place)) || lastPart(externalId) || externalId;
  return name.slice(0, LONGEST).toWellFormed();
}

function lastPart(place: string): string {
  const url = /^https?:/i.test(place) ? URL.parse(place) : null;
  const path = url === null ? place : decoded(url.pathname);
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? '';
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
