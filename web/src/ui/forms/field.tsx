import type { HTMLInputTypeAttribute, ReactNode } from 'react';
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField, type TextFieldProps } from 'react-aria-components/TextField';
import { classNames } from '../class-names.ts';
import css from './field.module.css';

interface Props extends Omit<TextFieldProps, 'children' | 'className' | 'style' | 'type'> {
  label: string;
  /** Read by screen readers only. */
  hideLabel?: boolean;
  /** What to write, below the field. */
  description?: ReactNode;
  /** What is wrong and how to mend it; makes the field invalid. */
  error?: string | undefined;
  placeholder?: string;
  type?: HTMLInputTypeAttribute;
  inputMode?: 'text' | 'decimal' | 'numeric' | 'search' | 'url';
  /** Text of several lines. */
  lines?: number;
  /** For numbers and dates. */
  step?: string;
}

/** A field for text, a number or a date. */
export function Field({ label, hideLabel, description, error, placeholder, lines, step, ...props }: Props) {
  return (
    <TextField {...props} className={css.field} isInvalid={error !== undefined}>
      <Label className={classNames(css.label, hideLabel && 'hidden-but-read')}>{label}</Label>
      {lines === undefined ? (
        <Input className={css.input} placeholder={placeholder} step={step} />
      ) : (
        <TextArea className={css.input} rows={lines} placeholder={placeholder} />
      )}
      {description !== undefined && (
        <Text slot="description" className={css.description}>
          {description}
        </Text>
      )}
      <FieldError className={css.error}>{error}</FieldError>
    </TextField>
  );
}
