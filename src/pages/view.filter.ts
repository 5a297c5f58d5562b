import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Pages } from './pages.ts';

/**
 * Shows the page at addresses that no route answers, so that links to its views can be opened. Routes that do
 * not find something throw an `AppError`, which stays what it is.
 */
@Catch(NotFoundException)
export class ViewFilter implements ExceptionFilter {
  constructor(
    private readonly pages: Pages,
    private readonly otherwise: ExceptionFilter,
  ) {}

  async catch(error: NotFoundException, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    try {
      if (await this.pages.serveView(http.getRequest<Request>(), http.getResponse<Response>())) return;
    } catch (fault) {
      this.otherwise.catch(fault, host);
      return;
    }
    this.otherwise.catch(error, host);
  }
}
