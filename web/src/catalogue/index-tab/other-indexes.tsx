import { useMutation } from '@apollo/client/react';
import Trash from 'lucide-react/icons/trash-2';
import { useState } from 'react';
import { DropReplacedIndexesDocument } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { bytes, counted } from '../../ui/numbers.ts';
import { ConfirmDialog } from '../../ui/overlays/dialog.tsx';
import { showError, showToast } from '../../ui/overlays/toast.tsx';
import type { Dataset } from '../dataset-view.tsx';
import { refresh } from '../jobs/watch-jobs.ts';
import css from './index-tab.module.css';
import { modelFacts, modelName } from './model-words.ts';

const WORDS = { REPLACED: 'Replaced', BUILDING: 'Being built' } as const;

/** Indexes beside the one that answers: replaced ones, and one that is being built. Nothing if there are none. */
export function OtherIndexes({ dataset, isBusy }: { dataset: Dataset; isBusy: boolean }) {
  const [isAsking, setAsking] = useState(false);
  const [drop, { loading }] = useMutation(DropReplacedIndexesDocument, {
    onError: showError,
    onCompleted: ({ dropReplacedIndexes }) => {
      setAsking(false);
      showToast({ title: `${counted(dropReplacedIndexes, 'index', 'indexes')} deleted`, tone: 'good' });
      refresh(['Dataset']);
    },
  });
  const answers = dataset.index;
  if (answers === null) return null;
  const others = dataset.indexes.filter(
    ({ state, model }) => state === 'REPLACED' || (state === 'BUILDING' && model.id !== answers.model.id),
  );
  if (others.length === 0) return null;
  const droppable = others.filter(({ state }) => state === 'REPLACED' || !isBusy);
  const room = droppable.reduce((sum, index) => sum + index.bytes, 0);
  return (
    <section className={css.part} aria-label="Other indexes">
      <div className={css.head}>
        <h2>Other indexes</h2>
        {droppable.length > 0 && (
          <Button size="s" icon={Trash} onPress={() => setAsking(true)}>
            Delete {counted(droppable.length, 'index', 'indexes')}
          </Button>
        )}
      </div>
      <ul className={css.rows}>
        {others.map((index) => (
          <li key={`${index.model.id} ${index.updatedAt}`}>
            <div>
              <p className={css.name}>{modelName(index.model)}</p>
              <p className={css.facts}>{modelFacts(index.model)}</p>
            </div>
            <p className={css.facts}>
              {index.state === 'REPLACED' || isBusy ? WORDS[index.state as keyof typeof WORDS] : 'Abandoned'}{' '}
              · {counted(index.indexed, 'image')} · {bytes(index.bytes)}
            </p>
          </li>
        ))}
      </ul>
      <ConfirmDialog
        title={`Delete ${counted(droppable.length, 'index', 'indexes')}?`}
        action={`Delete ${counted(droppable.length, 'index', 'indexes')}`}
        danger
        isOpen={isAsking}
        isPending={loading}
        onConfirm={() => void drop({ variables: { dataset: dataset.id } })}
        onClose={() => setAsking(false)}
      >
        <p>
          This frees {bytes(room)}. Searches do not use them; to go back to one of these models, its index has
          to be built again.
        </p>
      </ConfirmDialog>
    </section>
  );
}
