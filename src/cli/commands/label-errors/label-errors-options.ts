import type { CommonOptions } from '../../options.ts';

export interface LabelErrorsOptions extends CommonOptions {
  readonly first: number;
  readonly csv?: boolean;
  readonly html?: string;
}
