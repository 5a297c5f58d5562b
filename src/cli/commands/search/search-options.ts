import type { CommonOptions } from '../../options.ts';
import type { SelectionOptions } from '../../selection.ts';

export interface SearchOptions extends CommonOptions, SelectionOptions {
  readonly k: number;
  readonly image?: string[];
  readonly id?: string[];
  readonly text?: string[];
  readonly minScore?: number;
  readonly minConfidence?: number;
  readonly collapseDuplicates?: boolean;
  readonly html?: string;
}
