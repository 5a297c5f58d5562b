import { Field } from '../../ui/forms/field.tsx';
import { Select } from '../../ui/forms/select.tsx';
import { Switch } from '../../ui/forms/switch.tsx';
import css from './sources.module.css';
import type { Timing } from './timing.ts';

interface Props {
  timing: Timing;
  /** A file at a URL cannot be watched. */
  canWatch: boolean;
  onChange: (timing: Timing) => void;
}

const HOW = [
  { id: 'told', label: 'Only when told' },
  { id: 'every', label: 'Again and again, after an interval' },
  { id: 'cron', label: 'At the times of a cron pattern' },
] as const;

/** Asks when the server synchronises by itself. */
export function TimingFields({ timing, canWatch, onChange }: Props) {
  const { how, every, cron, timeZone, watch } = timing;
  return (
    <>
      <Select
        label="Synchronise"
        value={how}
        onChange={(id) => onChange({ ...timing, how: id as Timing['how'] })}
        options={HOW}
      />
      {how === 'every' && (
        <Field
          label="Interval"
          value={every}
          onChange={(text) => onChange({ ...timing, every: text })}
          description="Minutes, hours or days, as in 30m, 6h or 1d."
        />
      )}
      {how === 'cron' && (
        <div className={css.pair}>
          <Field
            label="Cron pattern"
            value={cron}
            onChange={(text) => onChange({ ...timing, cron: text })}
            description="Minute, hour, day of the month, month, day of the week."
          />
          <Field
            label="Time zone"
            value={timeZone}
            onChange={(text) => onChange({ ...timing, timeZone: text })}
            description="As in Europe/Vienna; that of the server if empty."
          />
        </div>
      )}
      {canWatch && (
        <Switch isSelected={watch} onChange={(isOn) => onChange({ ...timing, watch: isOn })}>
          Watch it, and synchronise once changes have settled
        </Switch>
      )}
    </>
  );
}
