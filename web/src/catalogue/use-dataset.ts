import { useQuery } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { DatasetDocument, DatasetIsThereDocument } from '../api/generated/graphql.ts';

/** A dataset that somebody else deletes is missed after this time at the latest, or when the tab is shown again. */
const POLL_MS = 5_000;

/** A dataset by its name: undefined until it is known, null if there is none. */
export function useDataset(name: string) {
  const { data, error, refetch } = useQuery(DatasetDocument, { variables: { name } });
  const { refetch: look } = useQuery(DatasetIsThereDocument, {
    variables: { name },
    pollInterval: POLL_MS,
    skipPollAttempt: () => document.hidden,
  });
  useEffect(() => {
    const onShown = () => {
      if (!document.hidden) look().catch(() => undefined);
    };
    document.addEventListener('visibilitychange', onShown);
    return () => document.removeEventListener('visibilitychange', onShown);
  }, [look]);

  const dataset = data?.dataset;
  const [wasThere, setWasThere] = useState(false);
  if (dataset && !wasThere) setWasThere(true);
  return { dataset, wasDeleted: dataset === null && wasThere, error, refetch };
}
