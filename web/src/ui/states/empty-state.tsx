import type { ReactNode } from 'react';
import type { LucideIcon } from '../icon.ts';
import css from './state.module.css';

interface Props {
  icon: LucideIcon;
  title: string;
  /** What this place is for, and what to do: a sentence and a button. */
  children?: ReactNode;
}

/** Says why there is nothing here, and what to do. */
export function EmptyState({ icon: Icon, title, children }: Props) {
  return (
    <section className={css.state}>
      <span className={css.icon} aria-hidden>
        <Icon size={26} strokeWidth={1.6} />
      </span>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
