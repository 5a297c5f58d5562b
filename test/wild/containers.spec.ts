import { CONTAINERS } from './cases/containers.ts';
import { wildSuite } from './wild-suite.ts';

wildSuite(CONTAINERS);
