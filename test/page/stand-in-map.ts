import type { Page, Route } from 'playwright-core';

interface Label {
  readonly key: string;
  readonly name: string;
}

/** What the stand-in answers; tests may change it while the page is open. */
export interface StandInMap {
  /** The fields of `Dataset.map`, or null if there is none. */
  map: { stale: boolean; imageCount: number } | null;
  file: Buffer;
  /** Ids of images. */
  outliers: readonly { id: string; score: number }[];
  suspects: readonly { id: string; label: Label; agreement: number }[];
  /** Answers `buildMap`. */
  onBuild?: () => object;
}

interface Operation {
  operationName: string;
  query: string;
  variables: Record<string, unknown>;
}

const POINTS_URL = '/maps/stand-in';

/** Answers the fields of the map in place of the service; everything else goes on to it. */
export async function standInForMap(page: Page, serviceUrl: string, state: StandInMap): Promise<void> {
  const ask = async (query: string, variables: object) => {
    const response = await fetch(`${serviceUrl}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as { data: Record<string, unknown> };
  };
  const image = async (id: string): Promise<object | null> => {
    const { data } = await ask(
      `query ($id: ID!) {
        image(id: $id) { __typename id externalId width height thumbnailUrl labels { __typename key name } }
      }`,
      { id },
    );
    return data.image as object | null;
  };
  const dataset = async (name: unknown) => {
    const { data } = await ask(
      `query ($name: String!) {
        dataset(name: $name) { __typename id name imageCount index { __typename state indexed } }
      }`,
      { name },
    );
    return data.dataset as Record<string, unknown> | null;
  };

  const answers: Record<string, (variables: Record<string, unknown>) => Promise<object>> = {
    DatasetMap: async (variables) => ({
      dataset: {
        ...(await dataset(variables.dataset)),
        map: state.map && {
          __typename: 'DatasetMap',
          builtAt: '2026-11-28T09:00:00Z',
          pointsUrl: POINTS_URL,
          indexedCount: state.map.imageCount,
          ...state.map,
        },
      },
    }),
    MapOutliers: async (variables) => ({
      dataset: {
        ...(await dataset(variables.dataset)),
        map: {
          __typename: 'DatasetMap',
          outliers: await Promise.all(
            state.outliers
              .slice(0, Number(variables.first))
              .map(async ({ id, score }) => ({ __typename: 'MapOutlier', score, image: await image(id) })),
          ),
        },
      },
    }),
    SuspectLabels: async () => ({
      suspectLabels: {
        __typename: 'SuspectLabelConnection',
        totalCount: state.suspects.length,
        pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: null },
        edges: await Promise.all(
          state.suspects.map(async ({ id, label, agreement }, at) => ({
            __typename: 'SuspectLabelEdge',
            cursor: String(at),
            node: {
              __typename: 'SuspectLabel',
              agreement,
              neighbourLabel: { __typename: 'Label', ...label },
              image: await image(id),
            },
          })),
        ),
      },
    }),
    BuildMap: () => Promise.resolve({ buildMap: state.onBuild?.() ?? null }),
  };

  await page.route('**/graphql', async (route: Route) => {
    const operation = operationOf(route);
    const answer = operation && answers[operation.operationName];
    if (operation === undefined || answer === undefined) await route.continue();
    else await route.fulfill({ json: { data: await answer(operation.variables) } });
  });
  // Nobody tells how far the job is that `buildMap` has answered.
  if (state.onBuild !== undefined) await page.routeWebSocket('**/graphql', () => undefined);
  await page.route(`**${POINTS_URL}`, (route) =>
    route.fulfill({ body: state.file, contentType: 'application/octet-stream' }),
  );
}

function operationOf(route: Route): Operation | undefined {
  try {
    return route.request().postDataJSON() as Operation;
  } catch {
    return undefined;
  }
}
