const WHOLE = new Intl.NumberFormat('en-GB');
const SCORE = new Intl.NumberFormat('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const PERCENT = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 0 });
const BYTES = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });

/** `1,234` */
export function count(value: number): string {
  return WHOLE.format(value);
}

/** `1 image`, `1,234 images` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A cosine similarity: `0.87`. */
export function score(value: number): string {
  return SCORE.format(value).replace('-', '−');
}

/** A share or a probability: `87%`. */
export function percent(value: number): string {
  return PERCENT.format(value);
}

/** `831 kB`, `2.4 MB` */
export function bytes(value: number): string {
  const unit = value < 1e3 ? 'B' : value < 1e6 ? 'kB' : value < 1e9 ? 'MB' : 'GB';
  const divisor = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[unit];
  return `${BYTES.format(value / divisor)} ${unit}`;
}

/** `about 40 seconds`, `about 3 minutes` */
export function duration(seconds: number): string {
  if (seconds < 90) return `about ${counted(Math.max(1, Math.round(seconds)), 'second')}`;
  if (seconds < 90 * 60) return `about ${counted(Math.round(seconds / 60), 'minute')}`;
  return `about ${counted(Math.round(seconds / 3600), 'hour')}`;
}
