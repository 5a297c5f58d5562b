import { configSlice, flag } from '../config/index.ts';

/** What browsers find beside the API. */
export class PagesConfig extends configSlice(
  { title: 'Pages', note: 'What the service shows to browsers, beside the API.' },
  {
    PAGE: flag({ fallback: true, meaning: 'Serves the page for people at `/`.' }),
    GRAPHIQL: flag({
      fallback: undefined,
      shownDefault: '`true`, in production `false`',
      meaning:
        'Serves GraphiQL, an editor for GraphQL operations, at `/graphiql`. It shows the schema, in production (`NODE_ENV=production`) too.',
    }),
    DOCS: flag({ fallback: true, meaning: 'Serves the documentation at `/docs`.' }),
  },
) {}
