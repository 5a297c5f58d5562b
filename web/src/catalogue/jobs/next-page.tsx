import type { ReactNode } from 'react';
import { Button } from '../../ui/actions/button.tsx';

interface Props {
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
  loading: boolean;
  fetchMore: (options: { variables: { after?: string | null } }) => Promise<unknown>;
  /** What the button says. */
  children: ReactNode;
}

/** The button below a list that fetches its next page. Nothing if there is none. */
export function NextPage({ pageInfo: { hasNextPage, endCursor }, loading, fetchMore, children }: Props) {
  if (!hasNextPage) return null;
  return (
    <div>
      <Button
        size="s"
        isPending={loading}
        onPress={() => void fetchMore({ variables: { after: endCursor } })}
      >
        {children}
      </Button>
    </div>
  );
}
