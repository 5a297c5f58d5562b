import { readdirSync, readFileSync } from 'node:fs';

// What Linux tells about a process. Everything is `NaN` on other systems, and once the process has ended.

/** Milliseconds that the threads of a process have had a processor, which other load does not change. */
export function processorMs(pid: number | undefined, threads: 'all' | 'main'): number {
  return orNaN(() => {
    const tasks = `/proc/${pid}/task`;
    const ids = threads === 'main' ? [String(pid)] : readdirSync(tasks);
    const nanoseconds = ids.map((id) =>
      Number(readFileSync(`${tasks}/${id}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
  });
}

/** Linux counts the time of processes in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** Seconds of the processor that a process has used, those of threads that have ended among them. */
export function processorSeconds(pid: number | undefined): number {
  return orNaN(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // What follows the name of the program, which may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  });
}

/** Megabytes of memory that a process holds now, or held at most. */
export function residentMegabytes(pid: number | undefined, when: 'now' | 'peak'): number {
  return orNaN(() => {
    const field = when === 'now' ? 'VmRSS' : 'VmHWM';
    const kilobytes = new RegExp(`${field}:\\s+(\\d+)`).exec(
      readFileSync(`/proc/${pid}/status`, 'utf8'),
    )?.[1];
    return Number(kilobytes) / 1024;
  });
}

function orNaN(read: () => number): number {
  try {
    return read();
  } catch {
    return Number.NaN;
  }
}
