import ChevronDown from 'lucide-react/icons/chevron-down';
import Check from 'lucide-react/icons/check';
import { Button } from 'react-aria-components/Button';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Select as AriaSelect, SelectValue } from 'react-aria-components/Select';
import menu from '../actions/menu.module.css';
import { classNames } from '../class-names.ts';
import field from './field.module.css';

export interface Option {
  readonly id: string;
  readonly label: string;
  /** Beside the label, such as a count. */
  readonly note?: string;
}

interface Props {
  label: string;
  hideLabel?: boolean;
  options: readonly Option[];
  value: string | null;
  onChange: (id: string) => void;
  placeholder?: string;
  isDisabled?: boolean;
}

/** Chooses one of several. */
export function Select({
  label,
  hideLabel,
  options,
  value,
  onChange,
  placeholder = 'Choose',
  isDisabled = false,
}: Props) {
  return (
    <AriaSelect
      className={field.field}
      value={value}
      onChange={(key) => key !== null && onChange(String(key))}
      placeholder={placeholder}
      isDisabled={isDisabled}
    >
      <Label className={classNames(field.label, hideLabel && 'hidden-but-read')}>{label}</Label>
      <Button className={classNames(field.input, field.select)}>
        <SelectValue className={field.value}>
          {({ isPlaceholder, selectedText, defaultChildren }) =>
            isPlaceholder ? defaultChildren : selectedText
          }
        </SelectValue>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className={menu.popover} style={{ minWidth: 'var(--trigger-width)' }}>
        <ListBox className={field.options} items={options}>
          {({ id, label: text, note }) => (
            <ListBoxItem id={id} textValue={text} className={menu.item}>
              <span>{text}</span>
              {note !== undefined && <span className={menu.note}>{note}</span>}
              {id === value && <Check size={15} className={menu.tick} aria-hidden />}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
