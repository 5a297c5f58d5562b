import { useDatasets } from '../../api/use-datasets.ts';
import { count } from '../numbers.ts';
import { Select } from './select.tsx';

interface Props {
  label?: string;
  hideLabel?: boolean;
  /** The name of the dataset, or null. */
  value: string | null;
  onChange: (name: string) => void;
}

/** Chooses a dataset by its name. */
export function DatasetPicker({ label = 'Dataset', hideLabel = false, value, onChange }: Props) {
  const { datasets } = useDatasets();
  return (
    <Select
      label={label}
      hideLabel={hideLabel}
      // Without a dataset of this name, the placeholder asks for another.
      value={datasets?.some(({ name }) => name === value) ? value : null}
      onChange={onChange}
      isDisabled={datasets === undefined || datasets.length === 0}
      placeholder={datasets === undefined ? 'Loading…' : 'Choose a dataset'}
      options={(datasets ?? []).map(({ name, imageCount }) => ({
        id: name,
        label: name,
        note: count(imageCount),
      }))}
    />
  );
}
