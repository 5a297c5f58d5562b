import type { ReactNode } from 'react';
import css from './view.module.css';

interface Props {
  /** The heading of the view; omit it if the view has its own. */
  title?: string;
  /** At the end of the line of the heading. */
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of a view: the margins, the heading, and what belongs beside it. */
export function View({ title, actions, children }: Props) {
  return (
    <div className={css.view}>
      {title !== undefined && (
        <div className={css.head}>
          <h1>{title}</h1>
          {actions !== undefined && <div className={css.actions}>{actions}</div>}
        </div>
      )}
      {children}
    </div>
  );
}
