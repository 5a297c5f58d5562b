import { useMutation } from '@apollo/client/react';
import X from 'lucide-react/icons/x';
import { CancelJobDocument, type JobFieldsFragment } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { showError } from '../../ui/overlays/toast.tsx';
import { Progress } from '../../ui/states/progress.tsx';
import { kindWords, progressFacts, progressOf } from './job-words.ts';
import css from './live-job.module.css';

/** A job while it runs: how far it is, and a button to cancel it. */
export function LiveJob({ job }: { job: JobFieldsFragment }) {
  const [cancel, { loading }] = useMutation(CancelJobDocument, { onError: showError });
  const { doing, name } = kindWords(job);
  return (
    <div className={css.job}>
      <div className={css.progress}>
        <Progress label={doing} {...progressOf(job)} detail={progressFacts(job).join(' · ')} />
      </div>
      {job.kind !== 'DELETE_DATASET' && (
        <Button
          size="s"
          icon={X}
          isPending={loading}
          aria-label={`Cancel: ${name}`}
          onPress={() => void cancel({ variables: { id: job.id } })}
        >
          Cancel
        </Button>
      )}
    </div>
  );
}

/** The jobs of a dataset that run or wait, in a frame; nothing if there are none. */
export function LiveJobs({ jobs }: { jobs: readonly JobFieldsFragment[] }) {
  if (jobs.length === 0) return null;
  return (
    <section className={css.jobs} aria-label="What is running">
      {jobs.map((job) => (
        <LiveJob key={job.id} job={job} />
      ))}
    </section>
  );
}
