import type { CommonOptions } from '../../options.ts';

export interface SearchOptions extends CommonOptions {
  readonly k: number;
  readonly image?: string[];
  readonly id?: string[];
  readonly label?: string[];
  readonly minScore?: number;
  readonly collapseDuplicates?: boolean;
  readonly html?: string;
}
