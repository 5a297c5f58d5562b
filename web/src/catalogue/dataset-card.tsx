import { useQuery } from '@apollo/client/react';
import ImageOff from 'lucide-react/icons/image-off';
import { Link } from 'wouter';
import {
  DatasetCoverDocument,
  type DatasetCardFragment,
  type JobFieldsFragment,
} from '../api/generated/graphql.ts';
import { counted } from '../ui/numbers.ts';
import { Progress } from '../ui/states/progress.tsx';
import { datasetAddress } from './addresses.ts';
import css from './dataset-card.module.css';
import { IndexState } from './index-state.tsx';
import { kindWords, progressFacts, progressOf } from './jobs/job-words.ts';
import { isLeaving } from './jobs/watch-jobs.ts';

interface Props {
  dataset: DatasetCardFragment;
  /** What is being done with it, if anything is. */
  job: JobFieldsFragment | undefined;
}

/** A dataset in the overview: a few pictures, its labels, and whether it can be searched. */
export function DatasetCard({ dataset, job }: Props) {
  const { name, imageCount, labels, index } = dataset;
  const others = labels.totalCount - labels.nodes.length;
  const isGoing = isLeaving(dataset.id);
  return (
    <article className={css.card}>
      {isGoing ? <NoCover /> : <Cover dataset={dataset} />}
      <div className={css.line}>
        <h2 className={css.name}>
          {isGoing ? (
            name
          ) : (
            <Link href={datasetAddress(name)} className={css.link}>
              {name}
            </Link>
          )}
        </h2>
        <span className={css.state}>
          <IndexState index={index} imageCount={imageCount} />
        </span>
      </div>
      <p className={css.facts}>
        {counted(imageCount, 'image')}
        {labels.totalCount > 0 && (
          <>
            {' · '}
            {labels.nodes.map((label) => label.name).join(', ')}
            {others > 0 && ` and ${counted(others, 'more label', 'more labels')}`}
          </>
        )}
      </p>
      {job !== undefined && (
        <Progress
          label={kindWords(job).doing}
          {...progressOf(job)}
          detail={progressFacts(job).slice(0, 3).join(' · ')}
        />
      )}
    </article>
  );
}

function Cover({ dataset }: { dataset: DatasetCardFragment }) {
  // Not kept: its pages are not those of a list that is browsed.
  const { data } = useQuery(DatasetCoverDocument, {
    variables: { dataset: dataset.id },
    fetchPolicy: 'no-cache',
  });
  const pictures = [...(data?.oldest.nodes ?? []), ...(data?.newest.nodes ?? [])].filter(
    ({ id }, index, all) => all.findIndex((each) => each.id === id) === index,
  );
  if (data !== undefined && pictures.length === 0) return <NoCover />;
  // Decorative: the link below says where it leads.
  return (
    <div className={css.cover} data-count={pictures.length} aria-hidden>
      {pictures.map(({ id, large, thumbnailUrl }, index) => (
        <img key={id} src={index === 0 ? large : thumbnailUrl} alt="" loading="lazy" decoding="async" />
      ))}
    </div>
  );
}

function NoCover() {
  return (
    <div className={css.empty} aria-hidden>
      <ImageOff size={28} strokeWidth={1.4} />
    </div>
  );
}
