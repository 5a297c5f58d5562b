import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { openUpload, uploadError, uploadTooManyFiles } from '../../../common/index.ts';
import { UploadLimitsConfig } from '../../../config/index.ts';
import { Stages } from '../../stages/stages.service.ts';
import { StagedFileInput, StageType } from './stage.type.ts';

const MAX_FILES = 50;

@Resolver(() => StageType)
export class StagesResolver {
  constructor(
    private readonly stages: Stages,
    private readonly limits: UploadLimitsConfig,
  ) {}

  @Query(() => StageType, { description: 'A stage by its id, until it has expired or its import has ended.' })
  async stage(@Args('id', { type: () => ID }) id: string): Promise<StageType> {
    return this.stages.get(id);
  }

  @Mutation(() => StageType, {
    description:
      'Creates an empty stage, to fill it with `stageFiles` and to import it with `importDataset`. It is removed when its import has ended, or when nothing has been added for a while.',
  })
  async createStage(): Promise<StageType> {
    return this.stages.create();
  }

  @Mutation(() => StageType, {
    description: `Adds files to a stage, at most ${MAX_FILES} in a request. One with a path that the stage already has replaces it.`,
  })
  async stageFiles(
    @Args('stage', { type: () => ID }) stage: string,
    @Args('files', { type: () => [StagedFileInput] }) files: StagedFileInput[],
    @Context('signal') signal: AbortSignal,
  ): Promise<StageType> {
    if (files.length > MAX_FILES) throw uploadTooManyFiles(MAX_FILES);
    const maxBytes = Math.max(this.limits.MAX_ANNOTATIONS_BYTES, this.limits.MAX_UPLOAD_BYTES);
    try {
      return await this.stages.add(
        stage,
        files.map(({ path, upload }) => ({
          path,
          open: async () => {
            signal.throwIfAborted();
            return openUpload(upload, maxBytes);
          },
        })),
      );
    } catch (error) {
      if (signal.aborted) throw error;
      throw uploadError(error, maxBytes);
    }
  }

  @Mutation(() => Boolean, { description: 'Removes a stage and its files without importing them.' })
  async discardStage(@Args('id', { type: () => ID }) id: string): Promise<boolean> {
    await this.stages.discard(id);
    return true;
  }
}
