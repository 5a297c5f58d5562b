import { NoSchemaIntrospectionCustomRule, type ValidationRule } from 'graphql';
import type { ServerConfig } from './server.config.ts';

/** In production, the schema is not revealed. */
export function introspectionRules(config: ServerConfig): readonly ValidationRule[] {
  return hidesSchema(config) ? [NoSchemaIntrospectionCustomRule] : [];
}

/** The error without the names of the schema that graphql-js suggests for misspelt ones, in production. */
export function withoutHints<Shown extends { readonly message: string }>(
  error: Shown,
  config: ServerConfig,
): Shown {
  if (!hidesSchema(config)) return error;
  return { ...error, message: error.message.replace(/ ?Did you mean .+\?$/s, '') };
}

function hidesSchema({ NODE_ENV }: ServerConfig): boolean {
  return NODE_ENV === 'production';
}
