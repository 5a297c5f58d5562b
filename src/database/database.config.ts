import { z } from 'zod';
import { configSlice, setting } from '../config/index.ts';

/** Where the data lives. */
export class DatabaseConfig extends configSlice(
  { title: 'Data' },
  {
    LOOKALIKE_DATA_DIR: setting(z.string().default('./data'), {
      meaning: 'The folder where everything is kept. It must be on a local disk.',
      values: 'a path',
    }),
  },
) {}
