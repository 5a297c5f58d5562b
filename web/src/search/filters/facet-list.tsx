import { useState } from 'react';
import { Checkbox } from '../../ui/forms/checkbox.tsx';
import { count, counted } from '../../ui/numbers.ts';
import css from './filters.module.css';
import type { FacetValue } from './use-facets.ts';

interface Props {
  title: string;
  values: readonly FacetValue[];
  /** How many values there are, if `values` may be the commonest only. */
  total?: number;
  /** Is told what is looked for, if `values` may be the commonest only. */
  onFind?: (text: string) => void;
  selected: readonly string[];
  onToggle: (value: string) => void;
}

const SHOWN = 7;
/** From this many on, they can be searched by name. */
const MANY = 15;

/** Values to choose from, with the number of images that have each. */
export function FacetList({ title, values, total = values.length, onFind, selected, onToggle }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const missing = selected
    .filter((value) => !values.some((one) => one.value === value))
    .map((value) => ({ value, name: value, count: 0 }));
  const all = [...missing, ...values];
  const wanted = typed.trim().toLowerCase();
  const found = all.filter((one) => `${one.name}\n${one.value}`.toLowerCase().includes(wanted));
  const shown =
    isOpen || typed !== ''
      ? found
      : all.filter(({ value }, index) => index < SHOWN || selected.includes(value));
  return (
    <fieldset className={css.group}>
      <legend className={css.title}>{title}</legend>
      {(values.length >= MANY || typed !== '') && (
        <input
          type="search"
          className={css.find}
          aria-label={`Find in ${title}`}
          placeholder="Find"
          value={typed}
          onChange={({ target }) => {
            setTyped(target.value);
            onFind?.(target.value);
          }}
        />
      )}
      {shown.map(({ value, name, count: images }) => (
        <Checkbox
          key={value}
          isSelected={selected.includes(value)}
          count={count(images)}
          onChange={() => onToggle(value)}
        >
          {name}
        </Checkbox>
      ))}
      {typed === '' && all.length > SHOWN && (
        <button type="button" className={css.more} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Show fewer' : showMore(all.length, total)}
        </button>
      )}
    </fieldset>
  );
}

function showMore(values: number, total: number): string {
  return total > values ? `Show the ${count(values)} commonest` : `Show all ${counted(values, 'value')}`;
}
