import { useQuery, useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { DecidedDuplicatesDocument, UndecideDuplicatesDocument } from '../api/generated/graphql.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { counted } from '../ui/numbers.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { showError } from '../ui/toast.tsx';
import css from './decided-dialog.module.css';

const PAIRS = 20;

interface Props {
  dataset: string;
  isOpen: boolean;
  onClose: () => void;
  onTakenBack: () => void;
}

/** The decisions that are kept in the catalogue, to look at and to take back. */
export function DecidedDialog({ dataset, isOpen, onClose, onTakenBack }: Props) {
  return (
    <Dialog title="Decided before" size="side" isOpen={isOpen} onClose={onClose}>
      <DecidedPairs dataset={dataset} onTakenBack={onTakenBack} />
    </Dialog>
  );
}

function DecidedPairs({ dataset, onTakenBack }: Pick<Props, 'dataset' | 'onTakenBack'>) {
  const [shown, setShown] = useState(PAIRS);
  const { data, error, refetch } = useQuery(DecidedDuplicatesDocument, {
    variables: { dataset, first: Math.min(100, shown) },
    fetchPolicy: 'no-cache',
  });
  const [undecide] = useMutation(UndecideDuplicatesDocument);
  const [pending, setPending] = useState<string>();
  if (error !== undefined) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height="6rem" />;
  const { nodes, totalCount } = data.decidedDuplicates;
  if (totalCount === 0) {
    return <p className={css.note}>Nothing yet. “Keep all” and “Not duplicates” are kept here.</p>;
  }
  const takeBack = async (key: string, images: { id: string }[]) => {
    setPending(key);
    try {
      await undecide({ variables: { images } });
      await refetch();
      onTakenBack();
    } catch (failure) {
      showError(failure);
    } finally {
      setPending(undefined);
    }
  };
  return (
    <>
      <p className={css.note}>{counted(totalCount, 'pair')} that will not be asked about again.</p>
      <ul className={css.pairs}>
        {nodes.map(({ image, other, decision }) => {
          const key = `${image.id} ${other.id}`;
          return (
            <li key={key} className={css.pair}>
              <div className={css.pictures}>
                {[image, other].map(({ id, thumbnailUrl, externalId }) => (
                  <img key={id} src={thumbnailUrl} alt={externalId} loading="lazy" />
                ))}
              </div>
              <span className={css.text}>
                {decision === 'KEEP_ALL' ? 'Kept, all of them' : 'Not duplicates'}
              </span>
              <Button
                size="s"
                isPending={pending === key}
                aria-label={`Take back: ${image.externalId} and ${other.externalId}`}
                onPress={() => void takeBack(key, [{ id: image.id }, { id: other.id }])}
              >
                Take back
              </Button>
            </li>
          );
        })}
      </ul>
      {data.decidedDuplicates.pageInfo.hasNextPage && shown < 100 && (
        <Button size="s" variant="plain" onPress={() => setShown(shown + 40)}>
          Show more
        </Button>
      )}
    </>
  );
}
