import type { ReactNode } from 'react';
import { Label } from 'react-aria-components/Label';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import css from './progress.module.css';

interface Props {
  label: string;
  hideLabel?: boolean;
  /** How far it is; null while that is not known. */
  value: number | null;
  max?: number;
  /** Part of the value that failed, shown in another colour. */
  failed?: number;
  /** Below the bar, such as the rate and the time left. */
  detail?: ReactNode;
}

/** How far something has come. */
export function Progress({ label, hideLabel, value, max = 1, failed = 0, detail }: Props) {
  const part = (amount: number) => `${max === 0 ? 0 : Math.min(100, (100 * amount) / max)}%`;
  return (
    <ProgressBar className={css.progress} value={value ?? 0} maxValue={max} isIndeterminate={value === null}>
      {({ valueText }) => (
        <>
          <div className={css.head}>
            <Label className={hideLabel ? 'hidden-but-read' : css.label}>{label}</Label>
            {value !== null && <span className={css.value}>{valueText}</span>}
          </div>
          <div className={css.rail}>
            {value === null ? (
              <span className={css.unknown} />
            ) : (
              <>
                <span className={css.done} style={{ width: part(value - failed) }} />
                {failed > 0 && <span className={css.failed} style={{ width: part(failed) }} />}
              </>
            )}
          </div>
          {detail !== undefined && <div className={css.detail}>{detail}</div>}
        </>
      )}
    </ProgressBar>
  );
}
