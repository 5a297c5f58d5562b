import { Button, type ButtonProps } from 'react-aria-components/Button';
import { Tooltip, TooltipTrigger } from 'react-aria-components/Tooltip';
import { classNames } from '../class-names.ts';
import type { LucideIcon } from '../icon.ts';
import css from './button.module.css';

interface Props extends Omit<ButtonProps, 'children' | 'className' | 'style' | 'aria-label'> {
  /** What it does: its accessible name and its tooltip. */
  label: string;
  icon: LucideIcon;
  size?: 's' | 'm';
  /** On top of a picture, or wherever the frame of a button helps. */
  solid?: boolean;
}

/** A button of an icon alone. */
export function IconButton({ label, icon: Icon, size = 'm', solid = false, ...props }: Props) {
  return (
    <TooltipTrigger delay={500}>
      <Button
        {...props}
        aria-label={label}
        className={classNames(css.icon, size === 's' && css.iconS, solid && css.solid)}
      >
        <Icon size={size === 's' ? 16 : 19} strokeWidth={1.8} aria-hidden />
      </Button>
      <Tooltip className={css.tip} offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}
