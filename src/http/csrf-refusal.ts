import { GraphQLError } from 'graphql';
import type { AppError } from '../common/index.ts';
import { csrfBlocked } from './http.errors.ts';

/** `CSRF_BLOCKED` if Apollo refused a request for that reason, which only its message tells. */
export function csrfRefusal(error: unknown): AppError | undefined {
  const isRefusal = error instanceof GraphQLError && error.message.includes('Cross-Site Request Forgery');
  return isRefusal ? csrfBlocked() : undefined;
}
