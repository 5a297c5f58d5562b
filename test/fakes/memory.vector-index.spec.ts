import { describeVectorIndex } from '../contracts/vector-index.contract.ts';
import { MemoryVectorIndex } from './memory.vector-index.ts';

describeVectorIndex('the index in memory', async () => {
  const index = new MemoryVectorIndex();
  return { index, remove: () => index.close() };
});
