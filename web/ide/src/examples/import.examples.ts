import { referenceTo } from '../file-slots.ts';
import type { Subject } from '../subject.ts';
import type { ExampleGroup } from './example.ts';

export function importExamples({ dataset }: Subject): ExampleGroup['examples'] {
  return [
    {
      title: 'Preview an import',
      note: 'Counts what an import would bring. Choose an annotation file (COCO, CSV, JSONL …) in the panel Files.',
      query: `mutation PreviewImport($annotations: Upload!) {
  previewImport(input: { dataset: "my-catalogue", annotations: $annotations }) {
    format
    images
    labels
    existing
    columns
    locations { urls paths }
    hosts { host urls }
  }
}`,
      variables: { annotations: referenceTo('annotations') },
    },
    {
      title: 'Import annotations',
      note: 'Starts a job that downloads the pictures of an annotation file. The id is what "Watch a job" needs.',
      query: `mutation Import($annotations: Upload!) {
  importDataset(input: { dataset: "my-catalogue", annotations: $annotations }) {
    id
    state
    total
  }
}`,
      variables: { annotations: referenceTo('annotations') },
    },
    {
      title: 'Import a folder of the server',
      note: 'The folder must be below one of IMPORT_ROOTS, which the server sets. Its subfolders become labels.',
      query: `mutation ImportFolder($path: String!) {
  importDataset(input: { dataset: "my-catalogue", directoryPath: $path }) {
    id
    state
  }
}`,
      variables: { path: 'stamps/images' },
    },
    {
      title: 'Build the index',
      note: 'Brings the index up to date. Other models are listed by "Models".',
      query: `mutation BuildIndex($dataset: ID!, $model: String) {
  buildIndex(input: { dataset: $dataset, model: $model }) {
    id
    kind
    state
  }
}`,
      variables: { dataset, model: null },
    },
    {
      title: 'Watch a job',
      note: 'A subscription, over WebSocket: the job now and after each change, until it has ended.',
      query: `subscription WatchJob($id: ID!) {
  jobProgress(id: $id) {
    id
    kind
    state
    done
    failed
    total
    itemsPerSecond
    secondsLeft
    error { code message }
  }
}`,
      variables: { id: 'Job:1' },
    },
    {
      title: 'Jobs',
      note: 'All jobs, newest first, with what failed.',
      query: `query Jobs {
  jobs(first: 5) {
    nodes {
      id
      kind
      state
      done
      failed
      total
      createdAt
      failures(first: 3) { nodes { item code message } }
    }
    totalCount
  }
}`,
      variables: {},
    },
    {
      title: 'Models',
      note: 'What an index can be built with.',
      query: `query Models {
  embeddingModels {
    name
    spec
    dimension
    isDefault
  }
}`,
      variables: {},
    },
  ];
}
