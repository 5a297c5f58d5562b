/** A part of a picture, as fractions of its width and height. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The least width and height of a region: anything smaller cannot be seen or moved. */
export const SMALLEST_REGION = 0.03;

/** A picture that hits shall resemble, or with a negative weight shall not. */
export interface Example {
  /** `Image:12` or `QueryPicture:…` */
  readonly id: string;
  /** -1 to 1, but not 0. */
  readonly weight: number;
  readonly region?: Region;
}

/** What images must have: one of the values, or a value between the bounds. */
export interface AttributeTest {
  readonly name: string;
  readonly values: readonly string[];
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A whole search, as the address bar holds it. */
export interface SearchState {
  readonly examples: readonly Example[];
  /** Words that hits shall match, beside the examples. */
  readonly text?: string | undefined;
  /** Names; none means all. */
  readonly datasets: readonly string[];
  /** Keys. */
  readonly labels: readonly string[];
  readonly attributes: readonly AttributeTest[];
  readonly minScore?: number | undefined;
  /** It has no effect on a search with several examples. */
  readonly minConfidence?: number | undefined;
  /** The attribute that groups hits, such as that of a product. */
  readonly groupBy?: string | undefined;
  /** Whether duplicates are left out. */
  readonly unique: boolean;
  /** The rank of the hit that is open. */
  readonly open?: number | undefined;
}

export const EMPTY: SearchState = { examples: [], datasets: [], labels: [], attributes: [], unique: false };

/** Whether a search has one example, which hits shall resemble, and no words: only then their confidence is known. */
export function isSingle({ examples: [first, ...others], text }: SearchState): boolean {
  return text === undefined && first !== undefined && others.length === 0 && first.weight > 0;
}

export const MAX_EXAMPLES = 20;
/** In characters. */
export const MAX_TEXT = 1_000;
/** How strongly "less like this" counts: as much as this, it moves the hits without ruling them. */
export const LESS = -0.5;

/** Whether there is anything to search with. */
export function hasQuery({ examples, text }: SearchState): boolean {
  return examples.length > 0 || text !== undefined;
}

/** Reads the part of an address behind `?`. What makes no sense is left out. */
export function parseSearch(query: string): SearchState {
  const params = new URLSearchParams(query);
  const examples: Example[] = [];
  const attributes = new Map<string, { values: string[]; from?: string; to?: string }>();
  const attribute = (name: string) => {
    const known = attributes.get(name) ?? { values: [] };
    attributes.set(name, known);
    return known;
  };
  for (const [key, value] of params) {
    const [, test, name] = /^(is|from|to)\.(.+)$/.exec(key) ?? [];
    if (key === 'like' || key === 'unlike') {
      const example = parseExample(value, key === 'like' ? 1 : -1);
      if (example !== undefined && examples.length < MAX_EXAMPLES) examples.push(example);
    } else if (name !== undefined && value !== '') {
      if (test === 'is') attribute(name).values.push(value);
      else attribute(name)[test as 'from' | 'to'] = value;
    }
  }
  const minScore = number(params.get('min'), -1, 1);
  const minConfidence = number(params.get('sure'), 0, 1);
  const open = number(params.get('hit'), 1, 10_000);
  const groupBy = params.get('group');
  const text = params.get('text')?.trim().slice(0, MAX_TEXT);
  return {
    examples,
    datasets: params.getAll('in').filter(Boolean),
    labels: params.getAll('label').filter(Boolean),
    attributes: [...attributes].map(([name, tests]) => ({ name, ...tests })),
    unique: params.get('unique') === '1',
    ...(text !== undefined && text !== '' && { text }),
    ...(minScore !== undefined && { minScore }),
    ...(minConfidence !== undefined && { minConfidence }),
    ...(groupBy !== null && groupBy !== '' && { groupBy }),
    ...(open !== undefined && { open: Math.round(open) }),
  };
}

/** The address of a search; the counterpart of `parseSearch`. */
export function searchAddress(state: SearchState): string {
  const pairs: [string, string][] = [];
  for (const example of state.examples) {
    pairs.push([example.weight < 0 ? 'unlike' : 'like', formatExample(example)]);
  }
  if (state.text !== undefined) pairs.push(['text', state.text]);
  for (const name of state.datasets) pairs.push(['in', name]);
  for (const key of state.labels) pairs.push(['label', key]);
  for (const { name, values, from, to } of state.attributes) {
    for (const value of values) pairs.push([`is.${name}`, value]);
    if (from !== undefined) pairs.push([`from.${name}`, from]);
    if (to !== undefined) pairs.push([`to.${name}`, to]);
  }
  if (state.minScore !== undefined) pairs.push(['min', String(state.minScore)]);
  if (state.minConfidence !== undefined) pairs.push(['sure', String(state.minConfidence)]);
  if (state.groupBy !== undefined) pairs.push(['group', state.groupBy]);
  if (state.unique) pairs.push(['unique', '1']);
  if (state.open !== undefined) pairs.push(['hit', String(state.open)]);
  if (pairs.length === 0) return '/';
  return `/?${pairs.map(([key, value]) => `${encode(key)}=${encode(value)}`).join('&')}`;
}

/** `Image:12`, `Image:12*0.5`, `QueryPicture:abc@0.1,0.2,0.5,0.5` */
function parseExample(text: string, sign: 1 | -1): Example | undefined {
  const [, id, strength, corners] =
    /^((?:Image:\d+|QueryPicture:[\w-]+))(?:\*([\d.]+))?(?:@([\d.,]+))?$/.exec(text) ?? [];
  if (id === undefined) return undefined;
  const weight = sign * (number(strength ?? null, 0.01, 1) ?? (sign === 1 ? 1 : -LESS));
  const region = parseRegion(corners);
  return { id, weight, ...(region !== undefined && { region }) };
}

function parseRegion(text: string | undefined): Region | undefined {
  const [x, y, width, height] = (text ?? '').split(',').map(Number);
  if (x === undefined || y === undefined || width === undefined || height === undefined) return undefined;
  if (![x, y, width, height].every((part) => part >= 0 && part <= 1)) return undefined;
  if (Math.min(width, height) < SMALLEST_REGION) return undefined;
  if (x + width > 1 || y + height > 1) return undefined;
  return { x, y, width, height };
}

function formatExample({ id, weight, region }: Example): string {
  const isUsual = weight === 1 || weight === LESS;
  const strength = isUsual ? '' : `*${String(Math.abs(weight))}`;
  const corners = region === undefined ? '' : `@${cornersOf(region).join(',')}`;
  return id + strength + corners;
}

/** Rounded towards the inside, so that the region never exceeds the picture. */
function cornersOf({ x, y, width, height }: Region): number[] {
  const fine = (value: number) => Math.floor(value * 1_000) / 1_000;
  return [fine(x), fine(y), fine(Math.min(width, 1 - x)), fine(Math.min(height, 1 - y))];
}

/** Keeps what may stand in a query as it is, so that an address can be read. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(3A|40|2C)/g, (escape) => decodeURIComponent(escape));
}

function number(text: string | null, min: number, max: number): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= min && value <= max ? value : undefined;
}
