import Layers from 'lucide-react/icons/layers';
import RefreshCw from 'lucide-react/icons/refresh-cw';
import Shuffle from 'lucide-react/icons/replace';
import { useState } from 'react';
import type { JobFieldsFragment } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { bytes, count, counted } from '../../ui/numbers.ts';
import { EmptyState } from '../../ui/states/empty-state.tsx';
import type { Dataset } from '../dataset-view.tsx';
import { IndexState } from '../index-state.tsx';
import { Drift } from './drift.tsx';
import { Learning } from './learning.tsx';
import css from './index-tab.module.css';
import { ModelDialog } from './model-dialog.tsx';
import { modelFacts, modelName } from './model-words.ts';
import { OtherIndexes } from './other-indexes.tsx';
import { Quality } from './quality.tsx';
import { useBuildIndex } from './use-build-index.ts';

interface Props {
  dataset: Dataset;
  jobs: readonly JobFieldsFragment[];
}

const WHEN = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** The index of a dataset: its state, its model, how well it fits, and those beside it. */
export function IndexTab({ dataset, jobs }: Props) {
  const [isChoosing, setChoosing] = useState(false);
  const { build, isStarting } = useBuildIndex(dataset.id);
  const { index, imageCount } = dataset;
  const isBusy = jobs.some(({ kind }) => kind === 'BUILD_INDEX');
  const dialog = <ModelDialog dataset={dataset} isOpen={isChoosing} onClose={() => setChoosing(false)} />;

  if (index === null) {
    return (
      <EmptyState icon={Layers} title="There is no index yet">
        <p>
          {imageCount === 0
            ? 'Add pictures first. Then build an index, so that they can be searched.'
            : 'An index holds a vector for each image, so that searches find what looks alike.'}
        </p>
        <Button isDisabled={imageCount === 0 || isBusy} onPress={() => setChoosing(true)}>
          Choose a model
        </Button>
        {dialog}
      </EmptyState>
    );
  }

  return (
    <div className={css.tab}>
      <section className={css.card} aria-label="Current index">
        <div className={css.head}>
          <div>
            <p className={css.kicker}>
              <IndexState index={index} imageCount={imageCount} />
            </p>
            <h2 className={css.model}>{modelName(index.model)}</h2>
            <p className={css.facts}>{modelFacts(index.model)}</p>
          </div>
          <div className={css.actions}>
            <Button
              icon={RefreshCw}
              isDisabled={isBusy}
              isPending={isStarting}
              onPress={() => void build(index.pending === 0 ? { rebuild: true } : {})}
            >
              {index.pending === 0 ? 'Rebuild' : 'Bring up to date'}
            </Button>
            <Button icon={Shuffle} isDisabled={isBusy} onPress={() => setChoosing(true)}>
              Change the model
            </Button>
          </div>
        </div>
        <dl className={css.numbers}>
          <Figure
            name="In the index"
            value={count(index.indexed)}
            note={`of ${counted(imageCount, 'image')}`}
          />
          <Figure name="Changed since" value={count(index.pending)} note="not in the index yet" />
          <Figure name="On disk" value={bytes(index.bytes)} note="approximately" />
          <Figure name="Updated" value={WHEN.format(new Date(index.updatedAt))} small />
        </dl>
        {index.labelIds !== null && (
          <p className={css.facts}>Restricted to {counted(index.labelIds.length, 'label')}.</p>
        )}
      </section>
      {index.projection?.learning != null && (
        <Learning learning={index.projection.learning} strength={index.projection.strength} />
      )}
      {index.projection !== null && (
        <Drift
          projection={index.projection}
          isBusy={isBusy || isStarting}
          onRefit={() => void build({ refit: true })}
        />
      )}
      {index.state !== 'BUILDING' && <Quality dataset={dataset} />}
      <OtherIndexes dataset={dataset} isBusy={isBusy} />
      {dialog}
    </div>
  );
}

function Figure({
  name,
  value,
  note,
  small,
}: {
  name: string;
  value: string;
  note?: string;
  small?: boolean;
}) {
  return (
    <div className={css.figure}>
      <dt>{name}</dt>
      <dd>
        <span className={small ? css.small : css.value}>{value}</span>
        {note !== undefined && <span className={css.note}>{note}</span>}
      </dd>
    </div>
  );
}
