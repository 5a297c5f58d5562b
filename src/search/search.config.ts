import { configSlice, oneOf } from '../config/index.ts';

export class SearchConfig extends configSlice(
  { title: 'Vector index' },
  {
    VECTOR_INDEX: oneOf(['embedded', 'elasticsearch', 'opensearch'], {
      fallback: 'embedded',
      meaning: 'Where vectors are stored and searched: in this process or on a cluster.',
    }),
  },
) {}
