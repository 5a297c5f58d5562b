import { Module, type DynamicModule } from '@nestjs/common';
import type { AnyConfigSlice } from './config-slice.ts';
import { loadConfig } from './load-config.ts';

/** Validates every configuration slice and provides it to the whole application. */
@Module({})
export class ConfigModule {
  static forRoot(
    slices: readonly AnyConfigSlice[],
    environment: Readonly<Record<string, string | undefined>> = process.env,
  ): DynamicModule {
    const loaded = loadConfig(slices, environment);
    return {
      module: ConfigModule,
      global: true,
      providers: [...loaded].map(([slice, value]) => ({ provide: slice, useValue: value })),
      exports: [...slices],
    };
  }
}
