import { BAD_ROWS, DIALECTS } from './cases/tables.ts';
import { wildSuite } from './wild-suite.ts';

wildSuite([...DIALECTS, ...BAD_ROWS]);
