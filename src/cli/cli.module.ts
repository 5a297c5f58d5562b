import { Module } from '@nestjs/common';
import { DatasetsCommand } from './commands/datasets.command.ts';
import { DownloadsCommand } from './commands/downloads.command.ts';
import { DuplicatesCommand } from './commands/duplicates.command.ts';
import { EmbedCommand } from './commands/embed.command.ts';
import { EvaluateCommand } from './commands/evaluate.command.ts';
import {
  ImportAnnotationsCommand,
  ImportCommand,
  ImportDirectoryCommand,
  ImportImaterialistCommand,
} from './commands/import.command.ts';
import { IndexCommand } from './commands/index.command.ts';
import { JobsCommand } from './commands/jobs.command.ts';
import {
  ModelsAddCommand,
  ModelsCommand,
  ModelsListCommand,
  ModelsPullCommand,
  ModelsRemoveCommand,
} from './commands/models.command.ts';
import { SearchCommand } from './commands/search.command.ts';
import { ServeCommand } from './commands/serve.command.ts';

/** The commands. Each opens the apps by itself, so that help and usage errors need none of them. */
@Module({
  providers: [
    ImportCommand,
    ImportAnnotationsCommand,
    ImportDirectoryCommand,
    ImportImaterialistCommand,
    IndexCommand,
    SearchCommand,
    EmbedCommand,
    EvaluateCommand,
    DatasetsCommand,
    DownloadsCommand,
    DuplicatesCommand,
    JobsCommand,
    ModelsCommand,
    ModelsPullCommand,
    ModelsAddCommand,
    ModelsListCommand,
    ModelsRemoveCommand,
    ServeCommand,
  ],
})
export class CliModule {}
