import './app.module.ts';
import './cli/cli.errors.ts';
import { definedErrors, errorsPage } from './common/index.ts';
import { printPage } from './print-page.ts';

/** Prints the reference of all error codes as it follows from the code; `docs/errors.md` is this, committed. */
await printPage(errorsPage(definedErrors()));
