import type { CodegenConfig } from '@graphql-codegen/cli';

/** Types and documents for `src/operations`, from the schema of the service. Run by `npm run build`. */
const config: CodegenConfig = {
  schema: '../../schema.gql',
  documents: 'src/operations/*.graphql',
  generates: {
    'src/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, skipIndexFile: true },
      config: {
        documentMode: 'string',
        enumType: 'string-literal',
        enumsAsTypes: true,
        strictScalars: true,
        useTypeImports: true,
        immutableTypes: true,
        skipTypename: true,
        scalars: {
          AttributeValue: { input: '../scalars.ts#AttributeValue', output: '../scalars.ts#AttributeValue' },
          DateTime: 'string',
          Upload: { input: '../scalars.ts#UploadInput', output: 'never' },
        },
      },
    },
  },
};

export default config;
