import ChevronDown from 'lucide-react/icons/chevron-down';
import { useId } from 'react';
import css from './native-select.module.css';

interface Props {
  label: string;
  options: readonly { readonly id: string; readonly label: string }[];
  value: string;
  onChange: (id: string) => void;
}

/** Chooses one of a few with the list of the browser: for views that must load quickly. Others use `Select`. */
export function NativeSelect({ label, options, value, onChange }: Props) {
  const id = useId();
  return (
    <div className={css.field}>
      <label htmlFor={id}>{label}</label>
      <div className={css.frame}>
        <select id={id} value={value} onChange={({ target }) => onChange(target.value)}>
          {options.map((option) => (
            <option key={option.id} value={option.id}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown size={16} aria-hidden />
      </div>
    </div>
  );
}
