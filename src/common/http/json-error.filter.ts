import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { errorMediaType } from './error-media-type.ts';
import { codedError, logFault, publicError } from './error-body.ts';

/** Answers a failed HTTP request with `{ errors: [{ message, extensions: { code } }] }`. GraphQL formats its own. */
@Catch()
export class JsonErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType<string>() === 'graphql') throw error;
    const response = host.switchToHttp().getResponse<Response>();
    const request = host.switchToHttp().getRequest<Request>();
    logFault(this.logger, `${request.method} ${request.path}`, error);
    if (response.headersSent) response.destroy();
    else {
      response
        .status(codedError(error).status)
        .type(errorMediaType(request))
        .send(JSON.stringify({ errors: [publicError(error)] }));
    }
  }
}
