/** What the examples are about: a dataset and some of its images, by their external ids. */
export interface Subject {
  readonly dataset: string;
  /** At least three. */
  readonly images: readonly [string, string, string];
  readonly label: string;
}

/** As `lookalike demo` imports it. */
const DEMO: Subject = { dataset: 'stamps', images: ['6', '2', '30'], label: 'fruit' };

const DATASETS = `{
  datasets(first: 20) {
    nodes { name imageCount index { state } labels(first: 1) { nodes { name } } }
  }
}`;
const IMAGES = `query ($dataset: ID!) {
  images(dataset: $dataset, first: 3) { nodes { externalId } }
}`;

interface Dataset {
  readonly name: string;
  readonly imageCount: number;
  readonly index: { readonly state: string } | null;
  readonly labels: { readonly nodes: readonly { readonly name: string }[] };
}

/** Finds something to show in the examples: the demo data if they are there, otherwise another dataset. */
export async function findSubject(api: string): Promise<Subject> {
  try {
    const { datasets } = await ask<{ datasets: { nodes: readonly Dataset[] } }>(api, DATASETS);
    const large = datasets.nodes.filter(({ imageCount }) => imageCount >= DEMO.images.length);
    const isDemo = ({ name }: Dataset) => name === DEMO.dataset;
    const found = large.find(isDemo) ?? large.find(({ index }) => index !== null) ?? large[0];
    if (found === undefined || isDemo(found)) return DEMO;
    const { images } = await ask<{ images: { nodes: readonly { externalId: string }[] } }>(api, IMAGES, {
      dataset: found.name,
    });
    const [first, second, third] = images.nodes.map(({ externalId }) => externalId);
    if (first === undefined || second === undefined || third === undefined) return DEMO;
    return {
      dataset: found.name,
      images: [first, second, third],
      label: found.labels.nodes[0]?.name ?? DEMO.label,
    };
  } catch {
    // Whatever is wrong, the first operation that is run reports it better than a blank page.
    return DEMO;
  }
}

async function ask<Data>(api: string, query: string, variables = {}): Promise<Data> {
  const response = await fetch(api, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(3_000),
  });
  const { data } = (await response.json()) as { data: Data };
  return data;
}
