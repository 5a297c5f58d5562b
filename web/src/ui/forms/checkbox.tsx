import Check from 'lucide-react/icons/check';
import type { ReactNode } from 'react';
import { Checkbox as AriaCheckbox } from 'react-aria-components/Checkbox';
import css from './field.module.css';

interface Props {
  children: ReactNode;
  /** How many there are, at the end of the line. */
  count?: string | undefined;
  isSelected: boolean;
  isDisabled?: boolean;
  onChange: (isSelected: boolean) => void;
}

/** One of several that can be chosen together. */
export function Checkbox({ children, count, ...props }: Props) {
  return (
    <AriaCheckbox {...props} className={css.check}>
      <span className={css.box} aria-hidden>
        <Check size={13} strokeWidth={3.2} />
      </span>
      <span className={css.text}>{children}</span>
      {count !== undefined && <span className={css.count}>{count}</span>}
    </AriaCheckbox>
  );
}
