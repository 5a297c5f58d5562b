import { useEffect, useState } from 'react';
import { Field } from '../ui/field.tsx';
import { FacetList } from './facet-list.tsx';
import css from './filters.module.css';
import { toggled, withTest } from './search-filters.ts';
import type { AttributeFacet } from './use-facets.ts';
import type { SearchControls } from './use-search-state.ts';

interface Props {
  facet: AttributeFacet;
  controls: Pick<SearchControls, 'state' | 'update'>;
}

/** A filter by an attribute: its values with counts, or bounds for numbers and dates. */
export function AttributeFilter({ facet: { name, type, values }, controls: { state, update } }: Props) {
  const { attributes } = state;
  const test = attributes.find((one) => one.name === name);
  if (type === 'NUMBER' || type === 'DATE') {
    return (
      <fieldset className={css.group}>
        <legend className={css.title}>{name}</legend>
        <div className={css.range}>
          {(['from', 'to'] as const).map((bound) => (
            <Bound
              key={bound}
              label={`${name}, ${bound}`}
              placeholder={bound === 'from' ? 'from' : 'to'}
              type={type === 'DATE' ? 'date' : 'number'}
              value={test?.[bound] ?? ''}
              onCommit={(text) =>
                update({
                  attributes: withTest(attributes, name, { [bound]: text === '' ? undefined : text }),
                })
              }
            />
          ))}
        </div>
      </fieldset>
    );
  }
  const selected = test?.values ?? [];
  if (values.length === 0 && selected.length === 0) return null;
  return (
    <FacetList
      title={name}
      values={values}
      selected={selected}
      onToggle={(value) =>
        update({ attributes: withTest(attributes, name, { values: toggled(selected, value) }) })
      }
    />
  );
}

interface BoundProps {
  label: string;
  placeholder: string;
  type: 'number' | 'date';
  value: string;
  onCommit: (text: string) => void;
}

/** Searches once the field is left, or with Enter: half a number is none. */
function Bound({ label, placeholder, type, value, onCommit }: BoundProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const commit = () => text !== value && onCommit(text);
  return (
    <Field
      label={label}
      hideLabel
      type={type}
      placeholder={placeholder}
      {...(type === 'number' && { step: 'any' })}
      value={text}
      onChange={setText}
      onBlur={commit}
      onKeyDown={(event) => event.key === 'Enter' && commit()}
    />
  );
}
