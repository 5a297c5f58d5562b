import { CATALOGUES, TOOLS } from './cases/tools.ts';
import { wildSuite } from './wild-suite.ts';

wildSuite([...TOOLS, ...CATALOGUES]);
