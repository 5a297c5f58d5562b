import { useState } from 'react';
import type { SourceFieldsFragment } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { count } from '../../ui/numbers.ts';
import { JobFailures } from '../jobs/job-failures.tsx';
import { isActive, outcome } from '../jobs/job-words.ts';
import css from './sources.module.css';
import { syncOutcome } from './sync-words.ts';

interface Props {
  job: NonNullable<SourceFieldsFragment['lastJob']>;
  source: string;
}

const WHEN = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const ENDINGS: Record<string, string> = { SUCCEEDED: 'In step', FAILED: 'Failed', CANCELLED: 'Cancelled' };

/** How the last run of a source has ended, with what failed in it. */
export function LastRun({ job, source }: Props) {
  const [isOpen, setOpen] = useState(false);
  if (isActive(job)) return <p className={css.facts}>Synchronising now.</p>;
  const { state, finishedAt, createdAt, failed, syncResult, error } = job;
  const when = finishedAt ?? createdAt;
  return (
    <div className={css.run}>
      <p>
        <strong>{ENDINGS[state]}</strong>
        {' · '}
        <time dateTime={when}>{WHEN.format(new Date(when))}</time>
        {' · '}
        {syncResult === null ? outcome(job) : syncOutcome({ ...syncResult, failed })}
      </p>
      {error !== null && <p className={css.problem}>{error.message}</p>}
      {failed > 0 && (
        <div>
          <Button
            size="s"
            aria-expanded={isOpen}
            aria-label={`${isOpen ? 'Hide what' : `Show ${count(failed)}`} failed: ${source}`}
            onPress={() => setOpen(!isOpen)}
          >
            {isOpen ? 'Hide' : `Show ${count(failed)} failed`}
          </Button>
        </div>
      )}
      {isOpen && <JobFailures jobId={job.id} />}
    </div>
  );
}
