import { z } from 'zod';
import { configSlice } from '../config/index.ts';

export class SearchConfig extends configSlice({
  /** Where vectors are kept and searched. */
  VECTOR_INDEX: z
    .string()
    .refine((kind) => kind === 'embedded', 'expected one of: embedded')
    .default('embedded'),
}) {}
