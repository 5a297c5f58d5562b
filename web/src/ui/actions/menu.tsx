import Check from 'lucide-react/icons/check';
import type { ReactElement } from 'react';
import { Menu as AriaMenu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { classNames } from '../class-names.ts';
import type { LucideIcon } from '../icon.ts';
import { IconButton } from './icon-button.tsx';
import css from './menu.module.css';

export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly icon?: LucideIcon;
  /** Deletes something, or cannot be taken back. */
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** Leads to this address instead of calling `onAction`. */
  readonly href?: string;
}

interface Props {
  /** Names the menu, and the button if it has only an icon. */
  label: string;
  /** The icon of the button that opens it… */
  icon?: LucideIcon;
  size?: 's' | 'm';
  /** …or a button of your own: a `Button`. */
  trigger?: ReactElement;
  items: readonly MenuEntry[];
  /** The id of the entry with a tick, if the menu chooses one of several. */
  selected?: string;
  onAction?: (id: string) => void;
}

/** A button that opens a list of things to do. */
export function Menu({ label, icon, size, trigger, items, selected, onAction }: Props) {
  return (
    <MenuTrigger>
      {trigger ?? <IconButton label={label} icon={icon!} size={size ?? 'm'} />}
      <Popover className={css.popover} placement="bottom end">
        <AriaMenu
          aria-label={label}
          className={css.menu}
          items={items}
          {...(selected !== undefined && { selectionMode: 'single', selectedKeys: [selected] })}
          disabledKeys={items.filter(({ disabled }) => disabled).map(({ id }) => id)}
          onAction={(key) => onAction?.(String(key))}
        >
          {({ id, label: text, icon: Icon, danger, href }) => (
            <MenuItem
              id={id}
              textValue={text}
              className={classNames(css.item, danger && css.danger)}
              {...(href && { href })}
            >
              {Icon && <Icon size={16} strokeWidth={1.8} aria-hidden />}
              <span>{text}</span>
              {selected === id && <Check size={15} className={css.tick} aria-hidden />}
            </MenuItem>
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
