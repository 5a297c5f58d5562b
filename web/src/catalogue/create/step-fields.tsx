import { Field } from '../../ui/forms/field.tsx';
import { Select } from '../../ui/forms/select.tsx';
import { Switch } from '../../ui/forms/switch.tsx';
import { newTiming } from '../sources/timing.ts';
import { TimingFields } from '../sources/timing-fields.tsx';
import css from './create.module.css';
import { isLasting, NAME, type ImportPlan, type ImportSource } from './import-source.ts';

interface Props {
  source: ImportSource;
  plan: ImportPlan;
  onPlan: (plan: ImportPlan) => void;
}

const MODES = [
  { id: 'ADD', label: 'Add what is new, change nothing else' },
  { id: 'SYNC', label: 'Keep in step: add, change and remove' },
] as const;

/** Asks whether the dataset is kept in step, and whether its source is kept under a name for that. */
export function StepFields({ source, plan, onPlan }: Props) {
  const { mode, keep, dataset } = plan;
  const choose = (next: ImportPlan['mode']) =>
    onPlan({ ...plan, mode: next, keep: next === 'ADD' ? null : keep });
  return (
    <>
      <Select
        label="What becomes of the images that are there"
        value={mode}
        onChange={(id) => choose(id as ImportPlan['mode'])}
        options={MODES}
      />
      {mode === 'SYNC' && (
        <p className={css.note}>
          {isLasting(source)
            ? 'Images that this source brought before and has no longer are removed.'
            : 'Images that earlier uploads brought and this one has no longer are removed.'}{' '}
          What people have edited stays. If more than a tenth would be removed, nothing is.
        </p>
      )}
      {mode === 'SYNC' && isLasting(source) && (
        <Switch
          isSelected={keep !== null}
          onChange={(isKept) =>
            onPlan({ ...plan, keep: isKept ? { name: dataset, timing: newTiming() } : null })
          }
        >
          Keep this source under a name, to synchronise with it again
        </Switch>
      )}
      {keep !== null && (
        <>
          <Field
            label="Name of the source"
            value={keep.name}
            onChange={(name) => onPlan({ ...plan, keep: { ...keep, name } })}
            description="Lower-case letters, digits and hyphens."
            error={
              NAME.test(keep.name) || keep.name === ''
                ? undefined
                : 'Use lower-case letters, digits and hyphens, at most 63 of them.'
            }
          />
          <TimingFields
            timing={keep.timing}
            canWatch={source.kind !== 'url'}
            onChange={(timing) => onPlan({ ...plan, keep: { ...keep, timing } })}
          />
        </>
      )}
    </>
  );
}
