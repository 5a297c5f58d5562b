import { useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { UndecideDuplicatesDocument } from '../api/generated/graphql.ts';
import { Button } from '../ui/actions/button.tsx';
import { counted } from '../ui/numbers.ts';
import { Dialog } from '../ui/overlays/dialog.tsx';
import { showError } from '../ui/overlays/toast.tsx';
import { ErrorState } from '../ui/states/error-state.tsx';
import { Skeleton } from '../ui/states/skeleton.tsx';
import css from './decided-dialog.module.css';
import type { DecidedGroup } from './decided-groups.ts';
import { useDecidedGroups } from './use-decided-groups.ts';

/** Pictures of a group that are shown. */
const SHOWN = 6;

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
      <DecidedGroups dataset={dataset} onTakenBack={onTakenBack} />
    </Dialog>
  );
}

function DecidedGroups({ dataset, onTakenBack }: Pick<Props, 'dataset' | 'onTakenBack'>) {
  const { groups, error, isLoading, reload, more } = useDecidedGroups(dataset);
  const [undecide] = useMutation(UndecideDuplicatesDocument);
  const [pending, setPending] = useState<string>();
  if (error !== undefined) return <ErrorState error={error} onRetry={() => void reload()} />;
  if (groups === undefined) return <Skeleton height="6rem" />;
  if (groups.length === 0) {
    return <p className={css.note}>Nothing yet. “Keep all” and “Not duplicates” are kept here.</p>;
  }
  const takeBack = async ({ key, images }: DecidedGroup) => {
    setPending(key);
    try {
      await undecide({ variables: { images: images.map(({ id }) => ({ id })) } });
      await reload();
      onTakenBack();
    } catch (failure) {
      showError(failure);
    } finally {
      setPending(undefined);
    }
  };
  return (
    <>
      <p className={css.note}>These groups are not asked about again. The latest decision comes first.</p>
      <ul className={css.groups} aria-label="Decisions">
        {groups.map((group) => (
          <li key={group.key} className={css.group}>
            <div className={css.pictures}>
              {group.images.slice(0, SHOWN).map(({ id, thumbnailUrl, externalId }) => (
                <img key={id} src={thumbnailUrl} alt={externalId} title={externalId} loading="lazy" />
              ))}
              {group.images.length > SHOWN && (
                <span className={css.rest}>+{group.images.length - SHOWN}</span>
              )}
            </div>
            <span className={css.text}>
              {counted(group.images.length, 'image')},{' '}
              {group.decision === 'KEEP_ALL' ? 'all kept' : 'not duplicates'}
            </span>
            <Button
              size="s"
              isPending={pending === group.key}
              aria-label={`Take back: ${namesOf(group)}`}
              onPress={() => void takeBack(group)}
            >
              Take back
            </Button>
          </li>
        ))}
      </ul>
      {more !== undefined && (
        <Button size="s" variant="plain" isPending={isLoading} onPress={more}>
          Show earlier decisions
        </Button>
      )}
    </>
  );
}

/** `a and b`, or `a, b and 3 others` */
function namesOf({ images }: DecidedGroup): string {
  const [first, second, ...others] = images.map(({ externalId }) => externalId);
  return others.length === 0
    ? `${first} and ${second}`
    : `${first}, ${second} and ${counted(others.length, 'other')}`;
}
