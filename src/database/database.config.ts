import { z } from 'zod';
import { configSlice } from '../config/index.ts';

/** Where the data lives. */
export class DatabaseConfig extends configSlice({
  LOOKALIKE_DATA_DIR: z.string().default('./data'),
}) {}
