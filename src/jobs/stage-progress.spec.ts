import { describe, expect, it } from '@jest/globals';
import { JobStage } from './job.ts';
import { StageProgress } from './stage-progress.ts';

describe('StageProgress', () => {
  it('follows the items of a job that names no stages', () => {
    const progress = new StageProgress(0);
    expect(progress.progress(0, null)).toBe(0);
    expect(progress.progress(25, 100)).toBe(0.25);
    expect(progress.progress(100, 100)).toBe(1);
  });

  it('divides the whole among stages, within which items or a share count', () => {
    const progress = new StageProgress(0);
    progress.enter(JobStage.EMBEDDING, 0.5, 0);
    expect(progress.progress(50, 100)).toBe(0.25);
    progress.enter(JobStage.FITTING, 0.75, 100);
    expect(progress.progress(100, 100)).toBe(0.5);
    progress.showShare(0.5);
    expect(progress.progress(100, 100)).toBe(0.625);
    progress.countAgain(0);
    progress.enter(JobStage.WRITING, 1, 0);
    expect(progress.progress(0, 100)).toBe(0.75);
    expect(progress.progress(50, 100)).toBe(0.875);
    expect(progress.stage).toBe(JobStage.WRITING);
  });

  it('never falls: not with a larger total, a repeated stage or what an earlier run had done', () => {
    const progress = new StageProgress(0.3);
    expect(progress.progress(10, 100)).toBe(0.3);
    progress.enter(JobStage.WRITING, 0.8, 0);
    expect(progress.progress(90, 100)).toBeCloseTo(0.72);
    expect(progress.progress(90, 1_000)).toBeCloseTo(0.72);
    progress.enter(JobStage.BUILDING_GRAPH, 0.9, 90);
    progress.enter(JobStage.WRITING, 0.8, 90);
    expect(progress.progress(1_000, 1_000)).toBeGreaterThanOrEqual(0.8);
    progress.showShare(-1);
    expect(progress.progress(1_000, 1_000)).toBeGreaterThanOrEqual(0.8);
  });
});
