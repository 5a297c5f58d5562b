import { Module } from '@nestjs/common';
import { DatasetsModule } from '../../datasets/index.ts';
import { JobsModule } from '../../jobs/index.ts';
import { SearchModule } from '../../search/index.ts';
import { NodesResolver } from './nodes.resolver.ts';

/** Finds objects of all apps by their ids. */
@Module({ imports: [DatasetsModule, JobsModule, SearchModule], providers: [NodesResolver] })
export class NodesModule {}
