import { useQuery } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { DuplicateLabelsDocument } from '../api/generated/graphql.ts';
import { DatasetPicker } from '../ui/dataset-picker.tsx';
import { count } from '../ui/numbers.ts';
import { Select } from '../ui/select.tsx';
import { Slider } from '../ui/slider.tsx';
import { Switch } from '../ui/switch.tsx';
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
  const { data } = useQuery(DuplicateLabelsDocument, { variables: { dataset } });
  const labels = data?.dataset?.labels ?? [];
  const [distance, setDistance] = useState(state.maxDistance);
  useEffect(() => setDistance(state.maxDistance), [state.maxDistance]);
  return (
    <div className={css.filters}>
      <DatasetPicker value={dataset} onChange={(name) => onChange({ dataset: name, label: undefined })} />
      <Select
        label="Label"
        options={[
          { id: ALL, label: 'All labels' },
          ...labels.map(({ key, name, imageCount }) => ({ id: key, label: name, note: count(imageCount) })),
        ]}
        value={state.label ?? ALL}
        onChange={(key) => onChange({ label: key === ALL ? undefined : key })}
        isDisabled={labels.length === 0}
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
