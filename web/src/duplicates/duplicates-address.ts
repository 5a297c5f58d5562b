/** Which duplicates are shown, as the address bar holds it. */
export interface DuplicatesState {
  /** The name of the dataset; the first one if omitted. */
  readonly dataset?: string;
  /** Identical bytes only. */
  readonly exact: boolean;
  /** The number of bits of the perceptual hash that may differ, 0 to 16. */
  readonly maxDistance: number;
  /** The key of a label. */
  readonly label?: string;
}

const USUAL_DISTANCE = 8;
export const LARGEST_DISTANCE = 16;

/** Reads the part of an address behind `?`. What makes no sense is left out. */
export function parseDuplicates(query: string): DuplicatesState {
  const params = new URLSearchParams(query);
  const dataset = params.get('in');
  const label = params.get('label');
  const distance = params.get('distance') ?? '';
  const isDistance = /^\d{1,2}$/.test(distance) && Number(distance) <= LARGEST_DISTANCE;
  return {
    exact: params.get('exact') === '1',
    maxDistance: isDistance ? Number(distance) : USUAL_DISTANCE,
    ...(dataset && { dataset }),
    ...(label && { label }),
  };
}

/** The counterpart of `parseDuplicates`. */
export function duplicatesAddress({ dataset, exact, maxDistance, label }: DuplicatesState): string {
  const params = new URLSearchParams();
  if (dataset !== undefined) params.set('in', dataset);
  if (exact) params.set('exact', '1');
  if (maxDistance !== USUAL_DISTANCE) params.set('distance', String(maxDistance));
  if (label !== undefined) params.set('label', label);
  return params.size === 0 ? '/duplicates' : `/duplicates?${params.toString()}`;
}
