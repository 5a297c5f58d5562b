import { type FormEvent, useEffect, useState } from 'react';
import { Button } from '../../ui/actions/button.tsx';
import { MAX_TEXT } from '../state/search-state.ts';
import css from './text-form.module.css';

interface Props {
  /** The words that are searched with. */
  text?: string | undefined;
  /** Called with undefined to search without words. */
  onText: (text: string | undefined) => void;
}

/** Words to search with. */
export function TextForm({ text = '', onText }: Props) {
  const [words, setWords] = useState(text);
  useEffect(() => setWords(text), [text]);
  const asked = words.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onText(asked === '' ? undefined : asked);
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <input
        type="search"
        aria-label="Words that describe a picture"
        placeholder="words: red coat"
        maxLength={MAX_TEXT}
        value={words}
        onChange={({ target }) => setWords(target.value)}
      />
      {asked !== text && (
        <Button size="s" type="submit">
          Search
        </Button>
      )}
    </form>
  );
}
