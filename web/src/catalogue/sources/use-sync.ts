import { useMutation } from '@apollo/client/react';
import { SyncSourceDocument } from '../../api/generated/graphql.ts';
import { showError } from '../../ui/overlays/toast.tsx';
import { jobStarted, refresh } from '../jobs/watch-jobs.ts';

/** Starts a synchronisation with a source. Why it could not begin stands at the source afterwards. */
export function useSync(name: string) {
  const [sync, { loading }] = useMutation(SyncSourceDocument, {
    onError: (error) => {
      showError(error);
      refresh(['Sources']);
    },
    onCompleted: ({ syncSource }) => jobStarted(syncSource),
  });
  return {
    isStarting: loading,
    /** `maxDelete`: the share of images that this run may remove. Resolves with whether it has begun. */
    sync: async (maxDelete?: number) => {
      const { data } = await sync({ variables: { name, maxDelete: maxDelete ?? null } });
      return data != null;
    },
  };
}
