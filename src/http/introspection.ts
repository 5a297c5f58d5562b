import { NoSchemaIntrospectionCustomRule, type ValidationRule } from 'graphql';
import type { ServerConfig } from './server.config.ts';

/** In production nobody is told the schema. */
export function introspectionRules({ NODE_ENV }: ServerConfig): readonly ValidationRule[] {
  return NODE_ENV === 'production' ? [NoSchemaIntrospectionCustomRule] : [];
}
