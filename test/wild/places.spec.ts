import { FOLDERS } from './cases/folders.ts';
import { PATHS } from './cases/paths.ts';
import { wildSuite } from './wild-suite.ts';

wildSuite([...PATHS, ...FOLDERS]);
