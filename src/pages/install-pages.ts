import type { NestExpressApplication } from '@nestjs/platform-express';
import { JsonErrorFilter } from '../common/index.ts';
import { Pages } from './pages.ts';
import { ViewFilter } from './view.filter.ts';

/** Lets an application answer browsers, and errors as JSON. Call it before `init`, after the guards. */
export function installPages(app: NestExpressApplication): void {
  const pages = app.get(Pages);
  const errors = new JsonErrorFilter();
  app.use(pages.middleware);
  app.useGlobalFilters(errors, new ViewFilter(pages, errors));
}
