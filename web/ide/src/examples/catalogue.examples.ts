import { referenceTo } from '../file-slots.ts';
import type { Subject } from '../subject.ts';
import type { ExampleGroup } from './example.ts';

export function catalogueExamples({ dataset, images: [image], label }: Subject): ExampleGroup['examples'] {
  return [
    {
      title: 'Datasets',
      note: 'What the service holds, with labels, attributes and the state of the index.',
      query: `query Datasets {
  datasets(first: 10) {
    nodes {
      id
      name
      imageCount
      labels(first: 10, orderBy: IMAGE_COUNT) { totalCount nodes { name imageCount } }
      attributes { name type }
      index { state indexed pending model { name } }
    }
  }
}`,
      variables: {},
    },
    {
      title: 'Images, filtered',
      note: 'Filters take labels by name or key, and attributes.',
      query: `query Images($dataset: ID!, $filter: ImageFilterInput) {
  images(dataset: $dataset, filter: $filter, first: 10) {
    nodes {
      id
      externalId
      fileName
      labels { name }
      attributes { name value }
      thumbnailUrl(width: 128)
    }
    pageInfo { hasNextPage endCursor }
    totalCount
  }
}`,
      variables: { dataset, filter: { labels: [label] } },
    },
    {
      title: 'Put images',
      note: 'Creates images, or replaces those with the same external ids. Searches find them at once.',
      query: `mutation PutImages($dataset: ID!, $images: [PutImageInput!]!) {
  putImages(dataset: $dataset, images: $images) {
    results {
      ... on EditedImage { edit searchable image { id externalId url } }
      ... on ImageRejection { code message }
    }
  }
}`,
      variables: {
        dataset,
        images: [
          {
            externalId: 'my-picture',
            upload: referenceTo('picture'),
            attributes: [{ name: 'price', value: 4.5 }],
          },
        ],
      },
    },
    {
      title: 'Change labels and attributes',
      note: 'Without the picture, so nothing is computed again.',
      query: `mutation UpdateImages($dataset: ID!, $images: [UpdateImageInput!]!) {
  updateImages(dataset: $dataset, images: $images) {
    results {
      ... on EditedImage { edit image { externalId labels { name } attributes { name value } } }
      ... on ImageRejection { code message }
    }
  }
}`,
      variables: {
        dataset,
        images: [
          {
            image: { externalId: image },
            attributes: [
              { name: 'price', value: 5 },
              { name: 'title', value: 'A plain example' },
            ],
          },
        ],
      },
    },
    {
      title: 'Images by attributes',
      note: 'Finds what "Change labels and attributes" has changed: by a number, and by a part of a text.',
      query: `query ImagesByAttributes($dataset: ID!, $filter: ImageFilterInput!) {
  images(dataset: $dataset, filter: $filter) {
    nodes { externalId attributes { name value } }
    totalCount
  }
}`,
      variables: {
        dataset,
        filter: {
          and: [
            { attribute: { name: 'price', gte: 1, lt: 10 } },
            { attribute: { name: 'title', contains: 'example' } },
          ],
        },
      },
    },
    {
      title: 'Delete images',
      note: 'Deletes what "Put images" has created.',
      query: `mutation DeleteImages($images: [ImageRef!]!) {
  deleteImages(images: $images) {
    results {
      ... on DeletedImage { id }
      ... on ImageRejection { code message }
    }
  }
}`,
      variables: { images: [{ dataset, externalId: 'my-picture' }] },
    },
    {
      title: 'Duplicates',
      note: 'Groups of images that are the same file or look the same, the largest first.',
      query: `query Duplicates($dataset: ID!) {
  duplicates(dataset: $dataset, maxDistance: 8, first: 5) {
    nodes {
      size
      exact
      images(first: 5) { nodes { distance image { externalId fileName url } } }
    }
    totalCount
  }
}`,
      variables: { dataset },
    },
    {
      title: 'Wrong labels',
      note: 'Images whose neighbours have other labels, the most suspicious first. The first request may take a while.',
      query: `query SuspectLabels($dataset: ID!) {
  suspectLabels(dataset: $dataset, first: 5) {
    nodes {
      confidence
      agreement
      neighbourLabel { name }
      image { externalId labels { name } url }
    }
    totalCount
  }
}`,
      variables: { dataset },
    },
  ];
}
