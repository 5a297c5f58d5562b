import { count } from '../../ui/numbers.ts';

interface Model {
  readonly name: string | null;
  readonly spec: string;
  readonly dimension: number;
  readonly precision: string;
}

const NAMED: Record<string, string> = { fast: 'Fast', best: 'Best' };

/** What people call a model: `Fast`, or its networks. */
export function modelName({ name, spec }: Pick<Model, 'name' | 'spec'>): string {
  return name === null ? spec : (NAMED[name] ?? name);
}

/** `efficientnet-lite0@128 · 128 dimensions · int8` */
export function modelFacts({ name, spec, dimension, precision }: Model): string {
  return [name === null ? null : spec, `${count(dimension)} dimensions`, precision]
    .filter(Boolean)
    .join(' · ');
}
