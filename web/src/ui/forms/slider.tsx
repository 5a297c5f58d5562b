import type { CSSProperties } from 'react';
import { Label } from 'react-aria-components/Label';
import { Slider as AriaSlider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components/Slider';
import css from './field.module.css';

interface Props {
  label: string;
  value: number;
  minValue: number;
  maxValue: number;
  step: number;
  /** How the value is shown and read. */
  format: (value: number) => string;
  onChange: (value: number) => void;
  /** Once it has been let go. */
  onChangeEnd?: (value: number) => void;
}

/** Chooses a number within bounds; what is at its right is kept. */
export function Slider({ label, format, value, minValue, maxValue, ...props }: Props) {
  const at = (value - minValue) / (maxValue - minValue);
  return (
    <AriaSlider
      {...props}
      value={value}
      minValue={minValue}
      maxValue={maxValue}
      onChange={(next) => props.onChange(next)}
      onChangeEnd={(next) => props.onChangeEnd?.(next)}
      className={css.slider}
    >
      <Label className={css.label}>{label}</Label>
      <SliderOutput className={css.output}>{format(value)}</SliderOutput>
      <SliderTrack className={css.rail} style={{ '--at': at } as CSSProperties}>
        <SliderThumb className={css.thumb} />
      </SliderTrack>
    </AriaSlider>
  );
}
