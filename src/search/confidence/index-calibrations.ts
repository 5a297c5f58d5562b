import { Injectable } from '@nestjs/common';
import { ImagesService } from '../../datasets/index.ts';
import { IndexRepository } from '../indexing/index.repository.ts';
import { calibrate, LEAST_QUERIES } from './calibrate.ts';
import { CalibrationPairs } from './calibration-pairs.ts';

/** An index is calibrated again once this share of the images, or their labels, has changed. */
const NOTABLE_SHARE = 0.02;

/** Keeps with each index what its scores mean. */
@Injectable()
export class IndexCalibrations {
  constructor(
    private readonly images: ImagesService,
    private readonly indexes: IndexRepository,
    private readonly pairs: CalibrationPairs,
  ) {}

  /** Calibrates an index that is complete, unless this has been done and little has changed since. */
  async update(indexId: number, signal?: AbortSignal): Promise<void> {
    const index = await this.indexes.get(indexId);
    const { datasetId, checkpoint, calibratedAt } = index;
    const count = await this.images.count(datasetId);
    if (calibratedAt !== undefined) {
      const changed = await this.images.countChangesAfter(datasetId, calibratedAt);
      if (changed <= NOTABLE_SHARE * count) return;
    }
    const calibration =
      count < LEAST_QUERIES ? undefined : calibrate(await this.pairs.collect(index, signal));
    signal?.throwIfAborted();
    await this.indexes.recordCalibration(indexId, calibration, checkpoint);
  }
}
