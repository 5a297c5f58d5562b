import { useMutation, useQuery } from '@apollo/client/react';
import ShieldCheck from 'lucide-react/icons/shield-check';
import {
  JobHistoryDocument,
  VerifyDatasetDocument,
  type JobFieldsFragment,
} from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { showError } from '../../ui/overlays/toast.tsx';
import type { Dataset } from '../dataset-view.tsx';
import { isActive } from '../jobs/job-words.ts';
import { PastJob } from '../jobs/past-job.tsx';
import { jobStarted } from '../jobs/watch-jobs.ts';
import css from './sources.module.css';

/** Checks the stored pictures of a dataset, and shows how the last check went. */
export function Verification({ dataset, jobs }: { dataset: Dataset; jobs: readonly JobFieldsFragment[] }) {
  const { data } = useQuery(JobHistoryDocument);
  const [verify, { loading }] = useMutation(VerifyDatasetDocument, {
    onError: showError,
    onCompleted: ({ verifyDataset }) => jobStarted(verifyDataset),
  });
  const last = data?.jobs.edges
    .map(({ node }) => node)
    .find((job) => job.kind === 'VERIFY_FILES' && job.datasetId === dataset.id && !isActive(job));
  return (
    <section className={css.card} aria-label="Stored pictures">
      <div className={css.head}>
        <div className={css.title}>
          <h2>Stored pictures</h2>
          <p className={css.facts}>
            A check reads each file and compares it with its digest. What is damaged or missing is fetched
            again from where it came from.
          </p>
        </div>
        <div className={css.actions}>
          <Button
            size="s"
            icon={ShieldCheck}
            isPending={loading}
            isDisabled={dataset.imageCount === 0 || jobs.some(({ kind }) => kind === 'VERIFY_FILES')}
            onPress={() => void verify({ variables: { dataset: dataset.id } })}
          >
            Check all pictures
          </Button>
        </div>
      </div>
      {last !== undefined && <PastJob job={last} />}
    </section>
  );
}
