import './app.module.ts';
import './cli/cli.errors.ts';
import { definedErrors, errorsPage } from './common/index.ts';

/** Prints the reference of all error codes as it follows from the code; `docs/errors.md` is this, committed. */
process.stdout.write(errorsPage(definedErrors()));
