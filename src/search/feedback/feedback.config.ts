import { configSlice, wholeNumber } from '../../config/index.ts';

export class FeedbackConfig extends configSlice(
  {
    title: 'Feedback',
    note: 'What people have said about hits with `recordFeedback`.',
  },
  {
    FEEDBACK_MAX_VERDICTS: wholeNumber({
      min: 100,
      max: 10_000_000,
      fallback: 100_000,
      meaning:
        'The number of verdicts that are kept for each dataset. The oldest ones are removed to make room for new ones.',
    }),
  },
) {}
