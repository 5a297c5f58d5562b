import { CONFIG_SLICES } from './app.module.ts';
import { configurationPage, PLATFORM_VARIABLES } from './config/index.ts';
import { printPage } from './print-page.ts';

/** Prints the reference of all settings as it follows from the code; `docs/configuration.md` is this, committed. */
await printPage(configurationPage(CONFIG_SLICES, PLATFORM_VARIABLES));
