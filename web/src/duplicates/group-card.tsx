import Images from 'lucide-react/icons/images';
import Split from 'lucide-react/icons/split';
import Check from 'lucide-react/icons/check';
import { type KeyboardEvent, type Ref, useState } from 'react';
import { Button } from '../ui/actions/button.tsx';
import { counted } from '../ui/numbers.ts';
import { showError } from '../ui/overlays/toast.tsx';
import { ComparedImage } from './compared-image.tsx';
import { bestOf, differencesOf, type Group } from './duplicate-groups.ts';
import css from './group-card.module.css';

export interface GroupActions {
  keepOne: (group: Group, id: string) => void;
  decide: (group: Group, decision: 'KEEP_ALL' | 'NOT_DUPLICATES') => void;
  /** Loads the images of a group that are not there yet. */
  complete: (group: Group) => Promise<Group>;
}

interface Props {
  ref: Ref<HTMLElement>;
  group: Group;
  /** Its place in the list, starting at 1, and the length of the list. */
  place: number;
  total: number;
  /** Whether Tab reaches it. */
  isCurrent: boolean;
  actions: GroupActions;
}

/** The images of a group side by side, and the decisions about them, each with its key. */
export function GroupCard({ ref, group, place, total, isCurrent, actions }: Props) {
  const [isPending, setPending] = useState(false);
  const { members, size, exact } = group;
  const best = bestOf(members);
  const differences = differencesOf(members);
  const missing = size - members.length;

  /** A decision is about all of the images, even those that are not shown yet. */
  const withAll = (act: (whole: Group) => void) => {
    if (isPending) return;
    setPending(true);
    actions
      .complete(group)
      .then(act, showError)
      .finally(() => setPending(false));
  };
  const keep = (id: string) => withAll((whole) => actions.keepOne(whole, id));
  const keepBest = () => withAll((whole) => actions.keepOne(whole, bestOf(whole.members).image.id));
  const decide = (decision: 'KEEP_ALL' | 'NOT_DUPLICATES') =>
    withAll((whole) => actions.decide(whole, decision));

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    const chosen = /^[1-9]$/.test(event.key) ? members[Number(event.key) - 1] : undefined;
    if (chosen !== undefined) keep(chosen.image.id);
    else if (event.key === 'k') decide('KEEP_ALL');
    else if (event.key === 'n') decide('NOT_DUPLICATES');
    else if (event.key === 'Enter' && event.target === event.currentTarget) keepBest();
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      const pictures = [...event.currentTarget.querySelectorAll<HTMLElement>('ul button')];
      const at = pictures.indexOf(document.activeElement as HTMLElement);
      const next = at === -1 ? 0 : at + (event.key === 'ArrowRight' ? 1 : -1);
      pictures[Math.max(0, Math.min(pictures.length - 1, next))]?.focus();
    } else return;
    event.preventDefault();
  };

  return (
    <section
      ref={ref}
      className={css.card}
      aria-label={`Group ${place} of ${total}: ${counted(size, 'image')}, ${kindOf(exact)}`}
      tabIndex={isCurrent ? 0 : -1}
      onKeyDown={onKeyDown}
      data-group={group.key}
    >
      <header className={css.head}>
        <p className={css.title}>
          <strong>{counted(size, 'image')}</strong> {kindOf(exact)}
        </p>
        <div className={css.actions}>
          <Button size="s" variant="primary" icon={Check} isPending={isPending} onPress={keepBest}>
            Keep the largest{' '}
            <kbd aria-hidden className={css.key}>
              ↵
            </kbd>
          </Button>
          <Button size="s" icon={Images} onPress={() => decide('KEEP_ALL')}>
            Keep all{' '}
            <kbd aria-hidden className={css.key}>
              k
            </kbd>
          </Button>
          <Button size="s" icon={Split} onPress={() => decide('NOT_DUPLICATES')}>
            Not duplicates{' '}
            <kbd aria-hidden className={css.key}>
              n
            </kbd>
          </Button>
        </div>
      </header>
      <ul className={css.images}>
        {members.map((member, index) => (
          <ComparedImage
            key={member.image.id}
            member={member}
            number={index + 1}
            isBest={member === best}
            differences={differences}
            onKeep={() => keep(member.image.id)}
          />
        ))}
      </ul>
      {missing > 0 && (
        <Button size="s" variant="plain" onPress={() => void actions.complete(group).catch(showError)}>
          Show {counted(missing, 'more image')}
        </Button>
      )}
    </section>
  );
}

function kindOf(exact: boolean): string {
  return exact ? 'with identical bytes' : 'that look the same';
}
