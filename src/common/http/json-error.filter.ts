import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { publicError } from './error-body.ts';
import { httpStatusOf } from './http-status.ts';

/** Answers a failed HTTP request with `{ errors: [{ message, extensions: { code } }] }`. GraphQL formats its own. */
@Catch()
export class JsonErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType<string>() === 'graphql') throw error;
    const response = host.switchToHttp().getResponse<Response>();
    const body = publicError(error);
    const status = httpStatusOf(body.extensions.code);
    if (status === 500) {
      const { method, path } = host.switchToHttp().getRequest<Request>();
      this.logger.error(`${method} ${path} failed`, error instanceof Error ? error.stack : String(error));
    }
    if (response.headersSent) response.destroy();
    else response.status(status).json({ errors: [body] });
  }
}
