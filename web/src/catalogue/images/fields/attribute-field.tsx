import type { AttributeType } from '../../../api/generated/graphql.ts';
import { Field } from '../../../ui/forms/field.tsx';
import { Select } from '../../../ui/forms/select.tsx';

interface Props {
  label: string;
  type: AttributeType;
  /** As it is written; empty if there is none. */
  value: string;
  onChange: (value: string) => void;
}

/** A field for the value of an attribute of a type. */
export function AttributeField({ label, type, value, onChange }: Props) {
  if (type === 'BOOLEAN') {
    return (
      <Select
        label={label}
        value={value === '' ? null : value}
        onChange={onChange}
        options={[
          { id: 'true', label: 'Yes' },
          { id: 'false', label: 'No' },
        ]}
      />
    );
  }
  // A time of day does not fit into a field for dates.
  const isDay = type === 'DATE' && (value === '' || /^\d{4}-\d\d-\d\d$/.test(value));
  return (
    <Field
      label={label}
      type={type === 'NUMBER' ? 'number' : isDay ? 'date' : 'text'}
      {...(type === 'NUMBER' && { step: 'any' })}
      {...(type === 'STRINGS' && { description: 'Separate them by commas.' })}
      value={value}
      onChange={onChange}
    />
  );
}
