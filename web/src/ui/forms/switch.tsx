import type { ReactNode } from 'react';
import { Switch as AriaSwitch } from 'react-aria-components/Switch';
import css from './field.module.css';

interface Props {
  children: ReactNode;
  isSelected: boolean;
  isDisabled?: boolean;
  onChange: (isSelected: boolean) => void;
}

/** Turns something on or off at once. */
export function Switch({ children, ...props }: Props) {
  return (
    <AriaSwitch {...props} className={css.check}>
      <span className={css.text} style={{ whiteSpace: 'normal' }}>
        {children}
      </span>
      <span className={css.track} aria-hidden />
    </AriaSwitch>
  );
}
