import { z } from 'zod';
import { configSlice } from '../config/index.ts';

export class SearchConfig extends configSlice({
  /** Where vectors are kept and searched. */
  VECTOR_INDEX: z.enum(['embedded', 'elasticsearch', 'opensearch']).default('embedded'),
}) {}
