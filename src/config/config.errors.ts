import { errorsOf } from '../common/index.ts';

const defineError = errorsOf('Configuration');

export const configInvalid = defineError({
  code: 'CONFIG_INVALID',
  status: null,
  meaning: 'Some settings are invalid or contradict each other; the message lists all of them.',
  remedy: 'Correct the environment variables. docs/configuration.md describes them.',
  message: (problem: string, _keys: readonly string[]) => problem,
  details: (_problem, keys) => ({ keys }),
});
