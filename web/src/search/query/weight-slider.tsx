import { useRef } from 'react';
import { Slider } from '../../ui/forms/slider.tsx';

interface Props {
  /** -1 to 1, but not 0. */
  weight: number;
  onChange: (weight: number) => void;
  onChangeEnd: () => void;
}

const STEP = 0.1;

/** How much an example counts, for or against. */
export function WeightSlider({ weight, onChange, onChangeEnd }: Props) {
  const before = useRef<number | undefined>(undefined);
  const change = (next: number) => {
    before.current ??= weight;
    // An example that counts for nothing is none, so zero is skipped in the direction of the movement.
    onChange(next === 0 ? -Math.sign(before.current) * STEP : next);
  };
  return (
    <Slider
      label={weight < 0 ? 'Less like this' : 'More like this'}
      value={weight}
      minValue={-1}
      maxValue={1}
      step={STEP}
      format={(value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`}
      onChange={change}
      onChangeEnd={() => {
        before.current = undefined;
        onChangeEnd();
      }}
    />
  );
}
