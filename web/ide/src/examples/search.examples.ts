import { referenceTo } from '../file-slots.ts';
import type { Subject } from '../subject.ts';
import type { ExampleGroup } from './example.ts';

export function searchExamples({
  dataset,
  images: [liked, alsoLiked, disliked],
  label,
}: Subject): ExampleGroup['examples'] {
  return [
    {
      title: 'By an image of the catalogue',
      note: 'Finds what looks like one of your images, which is not among its own hits.',
      query: `query SearchByImage(
  $dataset: ID!
  $image: String!
) {
  similarImages(
    by: { image: { dataset: $dataset, externalId: $image } }
    datasets: [$dataset]
    first: 5
  ) {
    nodes {
      rank
      score
      image {
        externalId
        fileName
        labels { name }
        url
      }
    }
    tookMs
  }
}`,
      variables: { dataset, image: liked },
    },
    {
      title: 'By an upload',
      note: 'Choose a picture in the panel Files, then run this.',
      query: `query SearchByUpload($picture: Upload!, $dataset: ID!) {
  similarImages(by: { upload: $picture }, datasets: [$dataset], first: 5) {
    nodes {
      rank
      score
      image { externalId fileName url }
    }
  }
}`,
      variables: { picture: referenceTo('picture'), dataset },
    },
    {
      title: 'By a part of an image',
      note: 'The region is given in fractions of the width and the height.',
      query: `query SearchByRegion($dataset: ID!, $image: String!, $region: RegionInput!) {
  similarImages(
    by: { image: { dataset: $dataset, externalId: $image } }
    region: $region
    datasets: [$dataset]
    first: 5
  ) {
    nodes { rank score image { externalId fileName } }
  }
}`,
      variables: { dataset, image: liked, region: { x: 0.25, y: 0.25, width: 0.5, height: 0.5 } },
    },
    {
      title: 'More like these, less like that',
      note: 'Combines several examples. A negative weight means "less like this".',
      query: `query SearchByExamples($dataset: ID!, $examples: [SearchExampleInput!]!) {
  similarImages(by: { examples: $examples }, datasets: [$dataset], first: 5) {
    nodes { rank score image { externalId fileName } }
  }
}`,
      variables: {
        dataset,
        examples: [
          { image: { dataset, externalId: liked } },
          { image: { dataset, externalId: alsoLiked }, weight: 0.5 },
          { image: { dataset, externalId: disliked }, weight: -0.3 },
        ],
      },
    },
    {
      title: 'With a filter and facets',
      note: 'Searches among some images only, and counts labels. Filters combine with and, or and not.',
      query: `query SearchWithFilter($dataset: ID!, $image: String!, $filter: ImageFilterInput) {
  similarImages(
    by: { image: { dataset: $dataset, externalId: $image } }
    datasets: [$dataset]
    filter: $filter
    facets: [{ labels: true }]
    minScore: 0.2
    first: 5
  ) {
    nodes { rank score image { externalId labels { name } } }
    facets { values { name count hitCount } }
  }
}`,
      variables: {
        dataset,
        image: liked,
        filter: { labels: [label] },
      },
    },
    {
      title: 'Keep a query picture',
      note: 'Keeps an upload for a while. Search with its id as often as you like, for instance from pages of hits.',
      query: `mutation AddQueryPicture($picture: Upload!) {
  addQueryPicture(input: { upload: $picture }) {
    id
    width
    height
    thumbnailUrl
    expiresAt
  }
}`,
      variables: { picture: referenceTo('picture') },
    },
    {
      title: 'By a query picture, page by page',
      note: 'Put in the id of a query picture. Pass the endCursor as "after" to get the next page.',
      query: `query SearchByQueryPicture($picture: ID!, $dataset: ID!, $after: String) {
  similarImages(by: { queryPictureId: $picture }, datasets: [$dataset], first: 5, after: $after) {
    edges {
      cursor
      node { rank score image { externalId fileName } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
      variables: { picture: 'the id of a query picture', dataset, after: null },
    },
    {
      title: 'Confidence and relation',
      note: 'Says how likely each hit shares a label with the image, and whether it is a copy of it.',
      query: `query SearchWithConfidence($dataset: ID!, $image: String!) {
  similarImages(
    by: { image: { dataset: $dataset, externalId: $image } }
    datasets: [$dataset]
    first: 5
  ) {
    nodes {
      rank
      score
      confidence
      relation { kind distance }
      image { externalId labels { name } }
    }
  }
}`,
      variables: { dataset, image: liked },
    },
    {
      title: 'Why a hit is like an image',
      note: 'Divides the score among the parts of both pictures. Open the address of a heat map to see it.',
      query: `query Explain($dataset: ID!, $image: String!, $hit: String!) {
  explain(
    by: { image: { dataset: $dataset, externalId: $image } }
    image: { dataset: $dataset, externalId: $hit }
  ) {
    score
    query { rows columns values heatMapUrl }
    hit { rows columns values heatMapUrl(overlay: true) }
  }
}`,
      variables: { dataset, image: liked, hit: alsoLiked },
    },
    {
      title: 'Say what a hit is worth',
      note: 'Keeps a verdict: RELEVANT, NOT_RELEVANT or CHOSEN. A later one about the same two images replaces it.',
      query: `mutation RecordFeedback($query: ImageRef!, $hit: ImageRef!, $verdict: Verdict!) {
  recordFeedback(input: { query: { image: $query }, image: $hit, verdict: $verdict }) {
    id
    verdict
    judgedAt
  }
}`,
      variables: {
        query: { dataset, externalId: liked },
        hit: { dataset, externalId: alsoLiked },
        verdict: 'RELEVANT',
      },
    },
  ];
}
