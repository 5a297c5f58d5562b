/** The search for pictures like these, in their dataset. */
export function searchLike(dataset: string, ids: readonly string[]): string {
  const examples = ids.map((id) => `like=${id}`).join('&');
  return `/?${examples}&in=${encodeURIComponent(dataset)}`;
}

/** An image in the catalogue. */
export function inCatalogue(dataset: string, id: string): string {
  return `/catalogue/${encodeURIComponent(dataset)}?image=${id}`;
}

export function mapAddress(dataset: string, tab?: string): string {
  const params = new URLSearchParams({ in: dataset, ...(tab !== undefined && { show: tab }) });
  return `/map?${params.toString()}`;
}
