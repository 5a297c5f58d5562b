import { Fragment, useEffect, useState } from 'react';
import { Field } from '../../ui/forms/field.tsx';
import { toggled, withTest } from '../state/search-filters.ts';
import type { SearchControls } from '../state/use-search-state.ts';
import { FacetList } from './facet-list.tsx';
import css from './filters.module.css';
import type { AttributeFacet } from './use-facets.ts';

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
        <div className={type === 'DATE' ? css.dates : css.range}>
          {(['from', 'to'] as const).map((bound) => (
            <Fragment key={bound}>
              {type === 'DATE' && <span aria-hidden>{bound}</span>}
              <Bound
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
            </Fragment>
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
