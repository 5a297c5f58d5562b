import type { CommonOptions } from '../../options.ts';
import type { ExplainedRegion } from './parse-region.ts';

export interface ExplainOptions extends CommonOptions {
  readonly image?: string;
  readonly id?: string;
  readonly hit?: string;
  readonly hitId?: string;
  readonly region?: ExplainedRegion;
  readonly webp?: string;
}
