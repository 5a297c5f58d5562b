import Ellipsis from 'lucide-react/icons/ellipsis';
import FolderX from 'lucide-react/icons/folder-x';
import ImagePlus from 'lucide-react/icons/image-plus';
import ScanSearch from 'lucide-react/icons/scan-search';
import Trash from 'lucide-react/icons/trash-2';
import { type ReactNode, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import type { DatasetQuery, JobFieldsFragment } from '../api/generated/graphql.ts';
import { LinkButton } from '../ui/actions/button.tsx';
import { Menu } from '../ui/actions/menu.tsx';
import { BackLink } from '../ui/layout/back-link.tsx';
import { Tabs } from '../ui/layout/tabs.tsx';
import { View } from '../ui/layout/view.tsx';
import { count, counted } from '../ui/numbers.ts';
import { EmptyState } from '../ui/states/empty-state.tsx';
import { ErrorState } from '../ui/states/error-state.tsx';
import { Skeleton, SkeletonGrid } from '../ui/states/skeleton.tsx';
import { CATALOGUE, type Tab, datasetAddress } from './addresses.ts';
import css from './dataset-view.module.css';
import { DeleteDataset } from './delete-dataset.tsx';
import { ImageBrowser } from './images/image-browser.tsx';
import { IndexState } from './index-state.tsx';
import { IndexNotice } from './index-tab/index-notice.tsx';
import { IndexTab } from './index-tab/index-tab.tsx';
import { ActivityTab } from './jobs/activity-tab.tsx';
import { LiveJobs } from './jobs/live-job.tsx';
import { useActiveJobs } from './jobs/use-active-jobs.ts';
import { SourcesTab } from './sources/sources-tab.tsx';
import { useDataset } from './use-dataset.ts';

export type Dataset = NonNullable<DatasetQuery['dataset']>;

/** One dataset: its images, its index, what it is kept in step with, and what was done with it. */
export function DatasetView({ name, tab }: { name: string; tab: Tab }) {
  const { dataset, wasDeleted, error, refetch } = useDataset(name);
  const jobs = useActiveJobs(dataset?.id ?? '');

  useEffect(() => {
    document.title = `${name} · Catalogue · Lookalike`;
  }, [name]);

  if (dataset === undefined) {
    if (error !== undefined) return <ErrorState error={error} onRetry={() => void refetch()} />;
    return <Loading name={name} />;
  }
  if (dataset === null) {
    return (
      <EmptyState
        icon={FolderX}
        title={wasDeleted ? 'This dataset has been deleted' : 'There is no such dataset'}
      >
        <p>
          {wasDeleted
            ? `“${name}” was there a moment ago. It was deleted in another tab or by another program.`
            : `“${name}” may have been deleted, or the link may be incomplete.`}
        </p>
        <LinkButton href={CATALOGUE}>Show all datasets</LinkButton>
      </EmptyState>
    );
  }
  return <Loaded dataset={dataset} tab={tab} jobs={jobs} />;
}

interface LoadedProps {
  dataset: Dataset;
  tab: Tab;
  jobs: readonly JobFieldsFragment[];
}

function Loaded({ dataset, tab, jobs }: LoadedProps) {
  const [, navigate] = useLocation();
  const [isDeleting, setDeleting] = useState(false);
  const { name, imageCount, labels, index } = dataset;
  const canSearch = index !== null && index.state !== 'BUILDING';
  return (
    <View>
      <Head
        name={name}
        facts={
          <p className={css.facts}>
            <span>{counted(imageCount, 'image')}</span>
            <span>{counted(labels.totalCount, 'label')}</span>
            <IndexState index={index} imageCount={imageCount} />
          </p>
        }
      >
        {canSearch && (
          <LinkButton href={`/?in=${encodeURIComponent(name)}`} icon={ScanSearch}>
            Search
          </LinkButton>
        )}
        <LinkButton href={datasetAddress(name, 'add')} icon={ImagePlus}>
          Add pictures
        </LinkButton>
        <Menu
          label="More"
          icon={Ellipsis}
          items={[{ id: 'delete', label: 'Delete this dataset', icon: Trash, danger: true }]}
          onAction={() => setDeleting(true)}
        />
      </Head>
      <LiveJobs jobs={jobs} />
      <IndexNotice dataset={dataset} jobs={jobs} />
      <Tabs
        label={`Parts of ${name}`}
        selected={tab}
        onSelect={(id) => navigate(datasetAddress(name, id as Tab))}
        items={[
          {
            id: 'images',
            label: 'Images',
            count: count(imageCount),
            content: <ImageBrowser dataset={dataset} isGrowing={jobs.length > 0} />,
          },
          { id: 'index', label: 'Index', content: <IndexTab dataset={dataset} jobs={jobs} /> },
          { id: 'sources', label: 'Sources', content: <SourcesTab dataset={dataset} jobs={jobs} /> },
          { id: 'activity', label: 'Activity', content: <ActivityTab dataset={dataset} /> },
        ]}
      />
      <DeleteDataset dataset={dataset} isOpen={isDeleting} onClose={() => setDeleting(false)} />
    </View>
  );
}

function Loading({ name }: { name: string }) {
  return (
    <View>
      <Head name={name} facts={<Skeleton width="14rem" />} />
      <SkeletonGrid label="Loading the dataset" />
    </View>
  );
}

interface HeadProps {
  name: string;
  facts: ReactNode;
  /** What can be done with the dataset. */
  children?: ReactNode;
}

function Head({ name, facts, children }: HeadProps) {
  return (
    <header className={css.head}>
      <div className={css.title}>
        <BackLink href={CATALOGUE}>Catalogue</BackLink>
        <h1 className={css.name}>{name}</h1>
        {facts}
      </div>
      {children !== undefined && <div className={css.actions}>{children}</div>}
    </header>
  );
}
