import { useEffect, useState } from 'react';
import { useLabels } from '../api/use-labels.ts';
import { DatasetPicker } from '../ui/forms/dataset-picker.tsx';
import { Field } from '../ui/forms/field.tsx';
import { Select } from '../ui/forms/select.tsx';
import { Slider } from '../ui/forms/slider.tsx';
import { Switch } from '../ui/forms/switch.tsx';
import { count } from '../ui/numbers.ts';
import css from './duplicate-filters.module.css';
import { bitsAlike } from './duplicate-groups.ts';
import { LARGEST_DISTANCE, type DuplicatesState } from './duplicates-address.ts';

const ALL = '';

interface Props {
  dataset: string;
  state: DuplicatesState;
  onChange: (patch: Partial<DuplicatesState>) => void;
}

/** Where to look for duplicates, and how alike they must be. */
export function DuplicateFilters({ dataset, state, onChange }: Props) {
  const [typed, setTyped] = useState('');
  const chosen = state.label === undefined ? [] : [state.label];
  const { labels, others, total } = useLabels(dataset, { contains: typed, chosen });
  const [distance, setDistance] = useState(state.maxDistance);
  useEffect(() => setDistance(state.maxDistance), [state.maxDistance]);
  return (
    <div className={css.filters}>
      <DatasetPicker value={dataset} onChange={(name) => onChange({ dataset: name, label: undefined })} />
      {(total > labels.length || typed !== '') && (
        <Field type="search" label="Find a label" value={typed} onChange={setTyped} />
      )}
      <Select
        label="Label"
        options={[
          { id: ALL, label: 'All labels' },
          ...[...others, ...labels].map(({ key, name, imageCount }) => ({
            id: key,
            label: name,
            note: count(imageCount),
          })),
        ]}
        value={state.label ?? ALL}
        onChange={(key) => onChange({ label: key === ALL ? undefined : key })}
        isDisabled={labels.length === 0 && typed === ''}
      />
      {!state.exact && (
        <Slider
          label="Likeness"
          value={LARGEST_DISTANCE - distance}
          minValue={0}
          maxValue={LARGEST_DISTANCE}
          step={1}
          format={(value) => bitsAlike(LARGEST_DISTANCE - value)}
          onChange={(value) => setDistance(LARGEST_DISTANCE - value)}
          onChangeEnd={(value) => onChange({ maxDistance: LARGEST_DISTANCE - value })}
        />
      )}
      <Switch isSelected={state.exact} onChange={(exact) => onChange({ exact })}>
        Identical files only
      </Switch>
    </div>
  );
}
