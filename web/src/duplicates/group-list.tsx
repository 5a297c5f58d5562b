import Copy from 'lucide-react/icons/copy';
import CopyCheck from 'lucide-react/icons/copy-check';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../ui/actions/button.tsx';
import { count, counted } from '../ui/numbers.ts';
import { EmptyState } from '../ui/states/empty-state.tsx';
import { ErrorState } from '../ui/states/error-state.tsx';
import { Progress } from '../ui/states/progress.tsx';
import { LARGEST_DISTANCE, type DuplicatesState } from './duplicates-address.ts';
import { GroupCard } from './group-card.tsx';
import css from './group-list.module.css';
import { GroupsLoading } from './groups-loading.tsx';
import { useDecisions } from './use-decisions.ts';
import { useGroups } from './use-groups.ts';

interface Props {
  dataset: string;
  state: DuplicatesState;
  onChange: (patch: Partial<DuplicatesState>) => void;
}

/** The groups that are left to decide about. Arrow keys move between them. */
export function GroupList({ dataset, state, onChange }: Props) {
  const source = useGroups(dataset, state);
  const { reload, shift, loadMore, complete } = source;
  const { decided, keepOne, decide, undoLast } = useDecisions({ shift, onFailure: reload });
  const [current, setCurrent] = useState(0);
  const cards = useRef(new Map<string, HTMLElement>());
  /** The group to focus as soon as it is there, by its key or its place. */
  const wanted = useRef<string | number | undefined>(undefined);

  const groups = useMemo(
    () => source.groups?.filter(({ key }) => !decided.has(key)),
    [source.groups, decided],
  );
  const doneHere = (source.groups?.length ?? 0) - (groups?.length ?? 0);
  const left = source.total - doneHere;
  const isUsedUp = groups?.length === 0 && left > 0;

  useEffect(() => {
    if (!isUsedUp) return;
    if (source.hasMore) void loadMore();
    else reload();
  }, [isUsedUp, source.hasMore, loadMore, reload]);

  // The keys work as soon as the groups are there, unless the focus is on something else.
  const isThere = groups !== undefined && groups.length > 0;
  useEffect(() => {
    const focused = document.activeElement;
    if (isThere && (focused === null || focused === document.body || focused.id === 'main'))
      wanted.current ??= 0;
  }, [isThere]);

  useEffect(() => {
    if (wanted.current === undefined || groups === undefined) return;
    const place =
      typeof wanted.current === 'number'
        ? Math.min(wanted.current, groups.length - 1)
        : groups.findIndex(({ key }) => key === wanted.current);
    const card = cards.current.get(groups[place]?.key ?? '');
    if (card === undefined) return;
    wanted.current = undefined;
    setCurrent(place);
    card.focus({ preventScroll: place === 0 });
  });

  const actions = useMemo(() => {
    const next = (key: string) => {
      wanted.current = Math.max(0, groups?.findIndex((group) => group.key === key) ?? 0);
    };
    return {
      complete,
      keepOne: (...args: Parameters<typeof keepOne>) => {
        next(args[0].key);
        keepOne(...args);
      },
      decide: (...args: Parameters<typeof decide>) => {
        next(args[0].key);
        decide(...args);
      },
    };
  }, [groups, complete, keepOne, decide]);

  const undo = () => {
    const group = undoLast();
    if (group !== undefined) wanted.current = group.key;
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const isUndo = event.key === 'u' || (event.key === 'z' && (event.ctrlKey || event.metaKey));
    if (isUndo) undo();
    else if (event.key === 'ArrowDown') move(current + 1);
    else if (event.key === 'ArrowUp') move(current - 1);
    else return;
    event.preventDefault();
  };

  const move = (place: number) => {
    const group = groups?.[Math.max(0, Math.min(groups.length - 1, place))];
    if (group === undefined) return;
    setCurrent(groups!.indexOf(group));
    cards.current.get(group.key)?.focus();
    if (place >= groups!.length - 2) void loadMore();
  };

  if (source.error !== undefined) return <ErrorState error={source.error} onRetry={reload} />;
  if (groups === undefined || isUsedUp) return <GroupsLoading comparison={source.comparison} />;
  if (groups.length === 0) {
    return (
      <div tabIndex={-1} onKeyDown={onKeyDown} className={css.none} ref={doneHere > 0 ? takeFocus : null}>
        <NoneLeft state={state} doneHere={doneHere} onChange={onChange} onUndo={undo} />
      </div>
    );
  }
  return (
    <>
      <div className={css.progress}>
        <Progress
          label={`${counted(left, 'group')} to decide about`}
          value={doneHere}
          max={Math.max(1, source.total)}
          detail={doneHere > 0 ? `${count(doneHere)} decided just now` : undefined}
        />
        <p className={css.keys}>
          <kbd>↑</kbd> <kbd>↓</kbd> group <kbd>←</kbd> <kbd>→</kbd> picture <kbd>1</kbd>–<kbd>9</kbd> keep
          only that one <kbd>k</kbd> keep all <kbd>n</kbd> not duplicates <kbd>u</kbd> undo
        </p>
      </div>
      <p role="status" className="hidden-but-read">
        {counted(left, 'group')} left
      </p>
      <div role="group" aria-label="Groups of duplicates" className={css.groups} onKeyDown={onKeyDown}>
        {groups.map((group, index) => (
          <GroupCard
            key={group.key}
            ref={(element) => {
              if (element === null) cards.current.delete(group.key);
              else cards.current.set(group.key, element);
            }}
            group={group}
            place={index + 1}
            total={left}
            isCurrent={index === Math.min(current, groups.length - 1)}
            actions={actions}
          />
        ))}
      </div>
      {source.hasMore && (
        <div className={css.more}>
          <Button isPending={source.isLoadingMore} onPress={() => void loadMore()}>
            Show more groups
          </Button>
        </div>
      )}
    </>
  );
}

/** So that the keys still work when no group is left. */
function takeFocus(element: HTMLElement | null): void {
  element?.focus();
}

interface NoneProps {
  state: DuplicatesState;
  doneHere: number;
  onChange: Props['onChange'];
  onUndo: () => void;
}

function NoneLeft({ state, doneHere, onChange, onUndo }: NoneProps) {
  if (doneHere > 0) {
    return (
      <EmptyState icon={CopyCheck} title="All of them are decided">
        <p>{counted(doneHere, 'group')} done. What has been decided is not asked again.</p>
        <Button onPress={onUndo}>Undo the last one</Button>
      </EmptyState>
    );
  }
  const canLookFurther = state.exact || state.maxDistance < LARGEST_DISTANCE;
  return (
    <EmptyState icon={Copy} title="No duplicates">
      <p>
        {state.exact
          ? 'No two files here have the same bytes. Copies that were scaled or saved again may still look the same.'
          : 'No two pictures here look the same, apart from those that have been decided about.'}
      </p>
      {canLookFurther && (
        <Button onPress={() => onChange(state.exact ? { exact: false } : { maxDistance: LARGEST_DISTANCE })}>
          {state.exact ? 'Look for pictures that look the same' : 'Allow larger differences'}
        </Button>
      )}
    </EmptyState>
  );
}
