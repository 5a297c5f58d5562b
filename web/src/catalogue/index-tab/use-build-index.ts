import { useMutation } from '@apollo/client/react';
import { BuildIndexDocument } from '../../api/generated/graphql.ts';
import { showError } from '../../ui/overlays/toast.tsx';
import { jobStarted } from '../jobs/watch-jobs.ts';

interface Options {
  model?: string;
  rebuild?: boolean;
  refit?: boolean;
}

/** Starts building the index of a dataset. */
export function useBuildIndex(datasetId: string) {
  const [build, { loading }] = useMutation(BuildIndexDocument, {
    onError: showError,
    onCompleted: ({ buildIndex }) => jobStarted(buildIndex),
  });
  return {
    isStarting: loading,
    build: (options: Options = {}) =>
      build({ variables: { input: { dataset: datasetId, rebuild: false, refit: false, ...options } } }),
  };
}
