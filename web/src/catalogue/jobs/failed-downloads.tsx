import { useMutation, useQuery } from '@apollo/client/react';
import Download from 'lucide-react/icons/download';
import RotateCw from 'lucide-react/icons/rotate-cw';
import { useState } from 'react';
import {
  DownloadReportDocument,
  FailedDownloadsDocument,
  RetryFailedDownloadsDocument,
  type DownloadReportQuery,
} from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { count, counted } from '../../ui/numbers.ts';
import { showError } from '../../ui/overlays/toast.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { Skeleton } from '../../ui/states/skeleton.tsx';
import type { Dataset } from '../dataset-view.tsx';
import css from './activity-tab.module.css';
import { grouped } from './grouped.ts';
import { NextPage } from './next-page.tsx';
import { reasonWords } from './reasons.ts';
import { jobStarted } from './watch-jobs.ts';

interface Reason {
  readonly code: string;
  readonly urls: number;
  readonly hosts: readonly string[];
}

const SHOWN_HOSTS = 3;

/** The downloads of a dataset that failed, by reason, and how to try them again; nothing if none did. */
export function FailedDownloads({ dataset }: { dataset: Dataset }) {
  const { data, error, refetch } = useQuery(DownloadReportDocument, { variables: { dataset: dataset.id } });
  const [retry, { loading }] = useMutation(RetryFailedDownloadsDocument, {
    onError: showError,
    onCompleted: ({ retryFailedDownloads }) => jobStarted(retryFailedDownloads),
  });
  if (error !== undefined) return <ErrorState error={error} onRetry={() => void refetch()} />;
  const reasons = byReason(data?.downloadReport ?? []);
  if (reasons.length === 0) return null;
  const failed = reasons.reduce((sum, { urls }) => sum + urls, 0);
  const again = (codes: string[] | null) =>
    void retry({ variables: { dataset: dataset.id, reasons: codes } });
  return (
    <section className={css.part}>
      <div className={css.head}>
        <div>
          <h2>Failed downloads</h2>
          <p className={css.lead}>{counted(failed, 'picture')} could not be downloaded.</p>
        </div>
        <div className={css.actions}>
          <Button
            size="s"
            icon={Download}
            onPress={() => location.assign(`/datasets/${encodeURIComponent(dataset.name)}/downloads.csv`)}
          >
            All as CSV
          </Button>
          <Button size="s" variant="primary" icon={RotateCw} isPending={loading} onPress={() => again(null)}>
            Retry all {count(failed)}
          </Button>
        </div>
      </div>
      <ul className={css.reasons} aria-label="Reasons">
        {reasons.map((reason) => (
          <li key={reason.code}>
            <ReasonRow
              reason={reason}
              datasetId={dataset.id}
              isPending={loading}
              onRetry={() => again([reason.code])}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface RowProps {
  reason: Reason;
  datasetId: string;
  isPending: boolean;
  onRetry: () => void;
}

function ReasonRow({ reason: { code, urls, hosts }, datasetId, isPending, onRetry }: RowProps) {
  const [isOpen, setOpen] = useState(false);
  const words = reasonWords(code);
  const more = hosts.length - SHOWN_HOSTS;
  return (
    <div className={css.reason}>
      <div>
        <h3>
          {words} <span className={css.number}>{count(urls)}</span>
        </h3>
        <p className={css.hosts}>
          {hosts.slice(0, SHOWN_HOSTS).join(', ')}
          {more > 0 && ` and ${counted(more, 'other host')}`}
        </p>
      </div>
      <div className={css.buttons}>
        <Button
          size="s"
          variant="plain"
          aria-expanded={isOpen}
          aria-label={`${isOpen ? 'Hide' : 'Show'} the pictures: ${words}`}
          onPress={() => setOpen(!isOpen)}
        >
          {isOpen ? 'Hide' : 'Show'}
        </Button>
        <Button
          size="s"
          icon={RotateCw}
          isDisabled={isPending}
          aria-label={`Retry: ${words}`}
          onPress={onRetry}
        >
          Retry
        </Button>
      </div>
      {isOpen && <FailedUrls datasetId={datasetId} code={code} />}
    </div>
  );
}

function FailedUrls({ datasetId, code }: { datasetId: string; code: string }) {
  const { data, error, loading, refetch, fetchMore } = useQuery(FailedDownloadsDocument, {
    variables: { dataset: datasetId, reasons: [code] },
  });
  if (error !== undefined) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) {
    return (
      <div className={css.items} role="status" aria-label="Loading the addresses">
        <Skeleton height="4rem" />
      </div>
    );
  }
  const { edges, pageInfo, totalCount } = data.downloads;
  return (
    <div className={css.items}>
      <ul>
        {edges.map(({ node: { externalId, url, message, httpStatus } }) => (
          <li key={url}>
            <strong>{externalId}</strong> {url}
            <p>
              {httpStatus !== null && `HTTP ${httpStatus}: `}
              {message}
            </p>
          </li>
        ))}
      </ul>
      <NextPage pageInfo={pageInfo} loading={loading} fetchMore={fetchMore}>
        Show more of {count(totalCount)}
      </NextPage>
    </div>
  );
}

function byReason(report: DownloadReportQuery['downloadReport']): Reason[] {
  const failed = report.filter(({ state }) => state === 'FAILED');
  return grouped(failed, ({ reason }) => reason ?? 'UNKNOWN')
    .map(([code, rows]) => ({
      code,
      urls: rows.reduce((sum, { urls }) => sum + urls, 0),
      hosts: rows.sort((a, b) => b.urls - a.urls).map(({ host }) => host),
    }))
    .sort((a, b) => b.urls - a.urls);
}
