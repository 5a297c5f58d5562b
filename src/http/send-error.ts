import type { Response } from 'express';
import { publicError, type AppError } from '../common/index.ts';

/** Refuses a request before it has reached anything, and hangs up rather than read the rest of it. */
export function sendError(response: Response, error: AppError): void {
  response
    .status(error.status)
    .set('Connection', 'close')
    .json({ errors: [publicError(error)] });
}
