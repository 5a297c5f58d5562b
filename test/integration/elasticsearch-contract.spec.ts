import { describeVectorIndex } from '../contracts/vector-index.contract.ts';
import { ClusterIndex, type ClusterIndexOptions } from '../fixtures/cluster-index.ts';
import { describeGraph } from './describe-graph.ts';

const make = (options: ClusterIndexOptions) => () => ClusterIndex.make('elasticsearch', options);

describeVectorIndex('Elasticsearch (int8_hnsw)', make({ indexType: 'int8_hnsw' }));

describeGraph('Elasticsearch (hnsw)', make({ indexType: 'hnsw' }));
describeGraph('Elasticsearch (bbq_hnsw)', make({ indexType: 'bbq_hnsw' }));
describeGraph('Elasticsearch (three shards)', make({ shards: 3 }));
describeGraph('Elasticsearch (three shards, routed by label)', make({ shards: 3, routeByLabel: true }));
