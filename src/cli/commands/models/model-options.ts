import { InvalidArgumentError } from 'commander';

export type Precision = 'int8' | 'float32';

export function precisionOption(value: string): Precision {
  if (value !== 'int8' && value !== 'float32') throw new InvalidArgumentError('Expected int8 or float32.');
  return value;
}

export function layoutOption(value: string): 'NCHW' | 'NHWC' {
  const layout = value.toUpperCase();
  if (layout !== 'NCHW' && layout !== 'NHWC') throw new InvalidArgumentError('Expected NCHW or NHWC.');
  return layout;
}

export function fitOption(value: string): 'crop' | 'stretch' {
  if (value !== 'crop' && value !== 'stretch') throw new InvalidArgumentError('Expected crop or stretch.');
  return value;
}

export function interpolationOption(value: string): 'bicubic' | 'bilinear' {
  if (value !== 'bicubic' && value !== 'bilinear') {
    throw new InvalidArgumentError('Expected bicubic or bilinear.');
  }
  return value;
}

export function scaleOption(value: string): 1 | 255 {
  if (value !== '1' && value !== '255') throw new InvalidArgumentError('Expected 1 or 255.');
  return value === '1' ? 1 : 255;
}

/** Numbers given one by one or separated by commas. */
export function numbersOption(value: string, earlier: readonly number[] = []): number[] {
  const more = value.split(',').map((text) => (text.trim() === '' ? NaN : Number(text)));
  if (!more.every(Number.isFinite))
    throw new InvalidArgumentError('Expected numbers, such as 0.485 0.456 0.406.');
  return [...earlier, ...more];
}
