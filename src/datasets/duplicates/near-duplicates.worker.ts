import { parentPort, workerData } from 'node:worker_threads';
import { groupAroundLeaders, type HashColumns } from './near-duplicates.ts';

const { columns, maxDistance } = workerData as { columns: HashColumns; maxDistance: number };
parentPort?.postMessage(groupAroundLeaders(columns, maxDistance));
