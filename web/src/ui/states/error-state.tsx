import type { ReactNode } from 'react';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import Unplug from 'lucide-react/icons/unplug';
import { codedError } from '../../api/coded-error.ts';
import { Button } from '../actions/button.tsx';
import { classNames } from '../class-names.ts';
import css from './state.module.css';

/** Codes of the page, which no documentation explains. */
const OWN_CODES = ['UNREACHABLE', 'UNKNOWN', 'VIEW_NOT_LOADED'];

interface Props {
  /** Whatever was thrown, by Apollo Client or by our own code. */
  error: unknown;
  onRetry?: (() => void) | undefined;
  retryLabel?: string;
  /** Further things to do. */
  children?: ReactNode;
}

/** An error as a sentence and what to do. `codedError` words it. */
export function ErrorState({ error, onRetry, retryLabel = 'Try again', children }: Props) {
  const { code, title, message } = codedError(error);
  const Icon = code === 'UNREACHABLE' ? Unplug : TriangleAlert;
  return (
    <section className={css.state} role="alert">
      <span className={classNames(css.icon, css.bad)} aria-hidden>
        <Icon size={26} strokeWidth={1.6} />
      </span>
      <h2>{title}</h2>
      <p>{message}</p>
      <div className={css.actions}>
        {onRetry && <Button onPress={onRetry}>{retryLabel}</Button>}
        {children}
      </div>
      {!OWN_CODES.includes(code) && <code className={css.code}>{code}</code>}
    </section>
  );
}
