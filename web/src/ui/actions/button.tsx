import type { LucideIcon } from '../icon.ts';
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { Link } from 'wouter';
import css from './button.module.css';
import { classNames } from '../class-names.ts';

interface Look {
  /** `primary` for the one thing to do here, `quiet` by default, `plain` without a frame, `danger` for what cannot be taken back. */
  variant?: 'primary' | 'quiet' | 'plain' | 'danger';
  size?: 's' | 'm';
  icon?: LucideIcon;
  children: ReactNode;
}

export type ButtonProps = Look &
  Omit<AriaButtonProps, 'children' | 'className' | 'style'> & { ref?: Ref<HTMLButtonElement> };

/** Does something. While `isPending`, it shows so and cannot be pressed again. */
export function Button({ variant = 'quiet', size = 'm', icon: Icon, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={classNames(css.button, css[variant], css[size])}>
      {props.isPending === true ? (
        <span className={css.spinner} role="progressbar" aria-label="Working" />
      ) : (
        Icon && <Icon size={size === 's' ? 15 : 17} strokeWidth={1.9} aria-hidden />
      )}
      {children}
    </AriaButton>
  );
}

type LinkButtonProps = Look & { href: string } & Omit<
    AnchorHTMLAttributes<HTMLAnchorElement>,
    'children' | 'className'
  >;

/** Looks like a button and leads to another address. */
export function LinkButton({
  variant = 'quiet',
  size = 'm',
  icon: Icon,
  children,
  href,
  ...props
}: LinkButtonProps) {
  return (
    <Link {...props} href={href} className={classNames(css.button, css[variant], css[size])}>
      {Icon && <Icon size={size === 's' ? 15 : 17} strokeWidth={1.9} aria-hidden />}
      {children}
    </Link>
  );
}
