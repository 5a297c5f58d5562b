import { useState } from 'react';
import type { AttributeType, ImageAttributeInput } from '../../../api/generated/graphql.ts';
import { Button } from '../../../ui/actions/button.tsx';
import { Field } from '../../../ui/forms/field.tsx';
import { Select } from '../../../ui/forms/select.tsx';
import { AttributeField } from './attribute-field.tsx';
import { nameProblem, readValue, TYPES } from './attribute-values.ts';
import css from './new-attribute.module.css';

interface Props {
  /** The attributes of the dataset, whose types are fixed. */
  known: readonly { name: string; type: AttributeType }[];
  action: string;
  isPending?: boolean;
  onAdd: (attribute: ImageAttributeInput & { type: AttributeType }) => void;
}

/** An attribute to set: one that the dataset has, or a new one. */
export function NewAttribute({ known, action, isPending = false, onAdd }: Props) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<AttributeType>('STRING');
  const [text, setText] = useState('');
  const fixed = known.find((each) => each.name === name.trim())?.type;
  const type = fixed ?? chosen;
  const value = readValue(text, type);
  const problem = nameProblem(name.trim());
  const isComplete = name.trim() !== '' && problem === undefined && value !== undefined;
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isComplete) return;
        onAdd({ name: name.trim(), value, type });
        setName('');
        setText('');
      }}
    >
      {known.length > 0 && (
        <div className={css.known} role="group" aria-label="Attributes of the dataset">
          {known.map((each) => (
            <Button
              key={each.name}
              size="s"
              aria-label={`Set ${each.name}`}
              onPress={() => {
                setName(each.name);
                setText('');
              }}
            >
              {each.name}
            </Button>
          ))}
        </div>
      )}
      <div className={css.fields}>
        <Field label="Attribute" placeholder="price" value={name} onChange={setName} error={problem} />
        <Select
          label="Kind"
          value={type}
          isDisabled={fixed !== undefined}
          onChange={(id) => {
            setChosen(id as AttributeType);
            setText('');
          }}
          options={TYPES}
        />
        <AttributeField label="Value" type={type} value={text} onChange={setText} />
      </div>
      <div>
        <Button type="submit" isDisabled={!isComplete} isPending={isPending}>
          {action}
        </Button>
      </div>
    </form>
  );
}
