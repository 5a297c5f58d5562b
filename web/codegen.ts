import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'schema.gql',
  documents: 'web/src/**/*.graphql',
  generates: {
    'web/src/api/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        nonOptionalTypename: true,
        skipTypeNameForRoot: true,
        enumsAsTypes: true,
        avoidOptionals: { field: true },
        strictScalars: true,
        scalars: {
          AttributeValue: 'string | number | boolean | string[]',
          DateTime: 'string',
          Upload: 'File',
        },
      },
    },
  },
  silent: true,
};

export default config;
