import { fileURLToPath } from 'node:url';
import { Module, type DynamicModule } from '@nestjs/common';
import { ServerConfig } from '../http/index.ts';
import { Pages } from './pages.ts';
import { PagesConfig } from './pages.config.ts';

/** Where the build puts the sites, seen from `src/pages` and from `dist/pages`. */
const BUILT = fileURLToPath(new URL('../../dist', import.meta.url));

/** The page, GraphiQL and the documentation. `installPages` brings them before the routes of the API. */
@Module({})
export class PagesModule {
  static forRoot(folder = BUILT): DynamicModule {
    return {
      module: PagesModule,
      providers: [
        {
          provide: Pages,
          inject: [PagesConfig, ServerConfig],
          useFactory: ({ PAGE, GRAPHIQL, DOCS }: PagesConfig, { NODE_ENV }: ServerConfig) =>
            new Pages(folder, { page: PAGE, graphiql: GRAPHIQL ?? NODE_ENV !== 'production', docs: DOCS }),
        },
      ],
      exports: [Pages],
    };
  }
}
