import Plus from 'lucide-react/icons/plus';
import X from 'lucide-react/icons/x';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Button } from '../../../ui/actions/button.tsx';
import { Field } from '../../../ui/forms/field.tsx';
import css from './label-input.module.css';
import { withTyped } from './typed-label.ts';

interface Props {
  label: string;
  /** Names or keys of the chosen labels. */
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** What is written in the field, which counts as a chosen label: see `withTyped`. */
  text: string;
  onTextChange: (text: string) => void;
  /** Names of the labels that the dataset has, the commonest first. */
  known: readonly string[];
}

const SUGGESTED = 6;

/** Chooses labels: those of the dataset by a press, new ones by writing them. */
export function LabelInput({ label, value, onChange, text, onTextChange, known }: Props) {
  const wanted = text.trim();
  const add = (name: string) => {
    onChange(withTyped(value, name));
    onTextChange('');
  };
  const suggestions = known
    .filter((name) => !value.includes(name) && name.toLowerCase().includes(wanted.toLowerCase()))
    .slice(0, SUGGESTED);
  return (
    <div className={css.input}>
      {value.length > 0 && (
        <ul className={css.chips} aria-label={label}>
          {value.map((name) => (
            <li key={name} className={css.chip}>
              {name}
              <AriaButton
                className={css.remove}
                aria-label={`Remove the label ${name}`}
                onPress={() => onChange(value.filter((each) => each !== name))}
              >
                <X size={14} aria-hidden />
              </AriaButton>
            </li>
          ))}
        </ul>
      )}
      <div className={css.line}>
        <div className={css.field}>
          <Field
            label={`${label}: add`}
            hideLabel
            placeholder="Find or write a label"
            value={text}
            onChange={onTextChange}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              add(wanted);
            }}
          />
        </div>
        <Button icon={Plus} isDisabled={wanted === ''} onPress={() => add(wanted)}>
          Add
        </Button>
      </div>
      {suggestions.length > 0 && (
        <ul className={css.chips} aria-label="Labels of the dataset">
          {suggestions.map((name) => (
            <li key={name}>
              <AriaButton
                className={css.suggestion}
                aria-label={`Add the label ${name}`}
                onPress={() => add(name)}
              >
                {name}
              </AriaButton>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
