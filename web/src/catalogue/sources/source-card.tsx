import { useMutation } from '@apollo/client/react';
import Ellipsis from 'lucide-react/icons/ellipsis';
import GitCompare from 'lucide-react/icons/git-compare';
import Pencil from 'lucide-react/icons/pencil';
import RefreshCw from 'lucide-react/icons/refresh-cw';
import Trash from 'lucide-react/icons/trash-2';
import { useState } from 'react';
import { Link } from 'wouter';
import { RemoveSourceDocument, type SourceFieldsFragment } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { Menu } from '../../ui/actions/menu.tsx';
import { ConfirmDialog } from '../../ui/overlays/dialog.tsx';
import { showError, showToast } from '../../ui/overlays/toast.tsx';
import { datasetAddress } from '../addresses.ts';
import { isActive } from '../jobs/job-words.ts';
import { LiveJob } from '../jobs/live-job.tsx';
import { refresh } from '../jobs/watch-jobs.ts';
import { wasBraked } from './brake.ts';
import { LastRun } from './last-run.tsx';
import { PreviewDialog } from './preview-dialog.tsx';
import { SourceDialog } from './source-dialog.tsx';
import css from './sources.module.css';
import { timingWords } from './timing.ts';
import { useSync } from './use-sync.ts';

interface Props {
  source: SourceFieldsFragment;
  /** Whether it stands in the view of its dataset, which shows what is running. */
  isInDataset: boolean;
}

const WHEN = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** A source: what it reads, when it is synchronised with, how the last run went, and what can be done with it. */
export function SourceCard({ source, isInDataset }: Props) {
  const { name, datasetName, place, nextRunAt, problem, lastJob } = source;
  const [open, setOpen] = useState<'preview' | 'edit' | 'remove'>();
  const { sync, isStarting } = useSync(name);
  const close = () => setOpen(undefined);
  const [remove, { loading: isRemoving }] = useMutation(RemoveSourceDocument, {
    onError: showError,
    onCompleted: () => {
      close();
      showToast({ title: `The source ${name} was removed`, description: 'Its images stay.' });
      refresh(['Sources']);
    },
  });
  const isRunning = lastJob !== null && isActive(lastJob);
  return (
    <article className={css.card} aria-labelledby={`source-${name}`}>
      <div className={css.head}>
        <div className={css.title}>
          <h3 id={`source-${name}`}>{name}</h3>
          <p className={css.facts}>
            {place}
            {!isInDataset && (
              <>
                {' into '}
                <Link href={datasetAddress(datasetName)}>{datasetName}</Link>
              </>
            )}
          </p>
          <p className={css.facts}>
            {timingWords(source)}
            {nextRunAt !== null && (
              <>
                {' · next run '}
                <time dateTime={nextRunAt}>{WHEN.format(new Date(nextRunAt))}</time>
              </>
            )}
          </p>
        </div>
        <div className={css.actions}>
          <Button
            size="s"
            icon={GitCompare}
            aria-label={`Show what would change: ${name}`}
            isDisabled={isRunning}
            onPress={() => setOpen('preview')}
          >
            Show what would change
          </Button>
          <Button
            size="s"
            variant="primary"
            icon={RefreshCw}
            aria-label={`Synchronise now: ${name}`}
            isDisabled={isRunning}
            isPending={isStarting}
            onPress={() => void sync()}
          >
            Synchronise now
          </Button>
          <Menu
            label={`More: ${name}`}
            icon={Ellipsis}
            items={[
              { id: 'edit', label: 'Edit this source', icon: Pencil },
              { id: 'remove', label: 'Remove this source', icon: Trash, danger: true },
            ]}
            onAction={(id) => setOpen(id as 'edit' | 'remove')}
          />
        </div>
      </div>
      {problem !== null && (
        <div className={css.brake}>
          <p>The last attempt could not begin: {problem.message}</p>
        </div>
      )}
      {lastJob === null && <p className={css.facts}>It has not been synchronised with yet.</p>}
      {lastJob !== null &&
        (isRunning && !isInDataset ? <LiveJob job={lastJob} /> : <LastRun job={lastJob} source={name} />)}
      {wasBraked(lastJob) && (
        <div className={css.brake}>
          <p>
            The brake has stopped this run, because a broken export would look the same. If the images should
            go, remove them all the same; otherwise correct the source, and synchronise again.
          </p>
          <div>
            <Button size="s" variant="danger" onPress={() => setOpen('preview')}>
              Remove them all the same…
            </Button>
          </div>
        </div>
      )}
      <PreviewDialog source={source} isOpen={open === 'preview'} onClose={close} />
      {open === 'edit' && <SourceDialog source={source} onClose={close} />}
      <ConfirmDialog
        title={`Remove the source ${name}?`}
        action="Remove the source"
        danger
        isOpen={open === 'remove'}
        isPending={isRemoving}
        onConfirm={() => void remove({ variables: { name } })}
        onClose={close}
      >
        <p>
          The images that it has brought stay. Its options and its schedule are forgotten; this cannot be
          undone.
        </p>
      </ConfirmDialog>
    </article>
  );
}
