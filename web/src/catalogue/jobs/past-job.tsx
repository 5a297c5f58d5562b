import Ban from 'lucide-react/icons/ban';
import Check from 'lucide-react/icons/check';
import X from 'lucide-react/icons/x';
import { useState } from 'react';
import type { JobFieldsFragment } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { count } from '../../ui/numbers.ts';
import css from './activity-tab.module.css';
import { JobFailures } from './job-failures.tsx';
import { kindWords, outcome } from './job-words.ts';

const WHEN = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const ENDINGS: Record<string, { word: string; icon: typeof Check; look: string | undefined }> = {
  SUCCEEDED: { word: 'finished', icon: Check, look: css.good },
  FAILED: { word: 'failed', icon: X, look: css.bad },
  CANCELLED: { word: 'cancelled', icon: Ban, look: undefined },
};

/** A job that has ended: how, when, and with what failures. */
export function PastJob({ job }: { job: JobFieldsFragment }) {
  const [isOpen, setOpen] = useState(false);
  const { word, icon: Icon, look } = ENDINGS[job.state] ?? ENDINGS.SUCCEEDED!;
  const { name } = kindWords(job);
  const when = WHEN.format(new Date(job.finishedAt ?? job.createdAt));
  return (
    <div className={css.past}>
      <span className={classNames(css.mark, look)} aria-hidden>
        <Icon size={16} strokeWidth={2.2} />
      </span>
      <div>
        <p className={css.what}>
          {name} {word}
        </p>
        <p className={css.facts}>
          {outcome(job)} · {took(job)} · <time dateTime={job.finishedAt ?? job.createdAt}>{when}</time>
        </p>
        {job.error !== null && <p className={css.message}>{job.error.message}</p>}
      </div>
      {job.failed > 0 && (
        <div className={css.buttons}>
          <Button
            size="s"
            aria-expanded={isOpen}
            aria-label={`${isOpen ? 'Hide what' : `Show ${count(job.failed)}`} failed: ${name}, ${when}`}
            onPress={() => setOpen(!isOpen)}
          >
            {isOpen ? 'Hide' : `Show ${count(job.failed)} failed`}
          </Button>
        </div>
      )}
      {isOpen && <JobFailures jobId={job.id} />}
    </div>
  );
}

function took({ startedAt, finishedAt }: JobFieldsFragment): string {
  if (startedAt === null || finishedAt === null) return 'not started';
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000;
  if (seconds < 1) return 'under a second';
  if (seconds < 90) return `${count(Math.round(seconds))} s`;
  return `${count(Math.round(seconds / 60))} min`;
}
