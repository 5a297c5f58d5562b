import { useMutation } from '@apollo/client/react';
import ThumbsDown from 'lucide-react/icons/thumbs-down';
import ThumbsUp from 'lucide-react/icons/thumbs-up';
import { useState } from 'react';
import { codedError } from '../../api/coded-error.ts';
import { DeleteFeedbackDocument, RecordFeedbackDocument, type Verdict } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import css from './hit-view.module.css';
import { isSingle, type SearchState } from '../state/search-state.ts';

interface Given {
  readonly id: string;
  readonly verdict: Verdict;
}

/** Thumbs for a hit of a search with one picture. Pressing the same one again takes it back. */
export function FeedbackButtons({ imageId, state }: { imageId: string; state: SearchState }) {
  const [record, recording] = useMutation(RecordFeedbackDocument);
  const [remove, removing] = useMutation(DeleteFeedbackDocument);
  const [given, setGiven] = useState<Given | undefined>(undefined);
  const [example] = state.examples;
  const error = recording.error ?? removing.error;
  if (example === undefined || !isSingle(state) || example.id === imageId) return null;
  const { id, region } = example;
  const query = id.startsWith('Image:') ? { image: { id } } : { queryPictureId: id };

  const judge = async (verdict: Verdict) => {
    if (given?.verdict === verdict) {
      await remove({ variables: { ids: [given.id] } });
      setGiven(undefined);
      return;
    }
    const input = { query, image: { id: imageId }, verdict, ...(region !== undefined && { region }) };
    const { data } = await record({ variables: { input } });
    if (data != null) setGiven(data.recordFeedback);
  };
  const thumb = (verdict: Verdict, icon: typeof ThumbsUp, label: string) => (
    <Button
      icon={icon}
      size="s"
      variant={given?.verdict === verdict ? 'primary' : 'quiet'}
      aria-pressed={given?.verdict === verdict}
      isDisabled={recording.loading || removing.loading}
      onPress={() => {
        // The error is shown below.
        judge(verdict).catch(() => undefined);
      }}
    >
      {label}
    </Button>
  );
  return (
    <section aria-label="Is this a good hit?">
      <h3 className={css.heading}>Is this a good hit?</h3>
      <div className={css.thumbs}>
        {thumb('RELEVANT', ThumbsUp, 'Good hit')}
        {thumb('NOT_RELEVANT', ThumbsDown, 'Bad hit')}
      </div>
      <p role="status" className={css.judged}>
        {error !== undefined && codedError(error).message}
        {error === undefined &&
          given !== undefined &&
          'Thank you. That is kept, and measured by evaluations.'}
      </p>
    </section>
  );
}
