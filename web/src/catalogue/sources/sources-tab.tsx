import type { JobFieldsFragment } from '../../api/generated/graphql.ts';
import type { Dataset } from '../dataset-view.tsx';
import { SourceList } from './source-list.tsx';
import css from './sources.module.css';
import { Verification } from './verification.tsx';

/** What a dataset is kept in step with, and whether its stored pictures are as they came. */
export function SourcesTab({ dataset, jobs }: { dataset: Dataset; jobs: readonly JobFieldsFragment[] }) {
  return (
    <div className={css.tab}>
      <SourceList dataset={dataset.name} />
      <Verification dataset={dataset} jobs={jobs} />
    </div>
  );
}
