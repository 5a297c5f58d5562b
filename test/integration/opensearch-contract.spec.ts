import { describeVectorIndex } from '../contracts/vector-index.contract.ts';
import { ClusterIndex } from '../fixtures/cluster-index.ts';
import { describeGraph } from './describe-graph.ts';

describeVectorIndex('OpenSearch (lucene)', () => ClusterIndex.make('opensearch'));

describeGraph('OpenSearch (three shards, routed by label)', () =>
  ClusterIndex.make('opensearch', { shards: 3, routeByLabel: true }),
);
