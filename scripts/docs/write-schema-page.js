// Prints the reference of the API as it follows from schema.gql, with every description, or writes it to a file.
// docs/schema.md is this, committed:
//
//     npm run docs:schema
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  getNamedType,
} from 'graphql';
import prettier from 'prettier';

const schema = buildSchema(readFileSync(fileURLToPath(new URL('../../schema.gql', import.meta.url)), 'utf8'));
const types = Object.values(schema.getTypeMap())
  .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
  .sort((a, b) => (a.name < b.name ? -1 : 1));
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];

const KINDS = [
  ['Objects', (type) => isObjectType(type) && !isPlumbing(type)],
  ['Inputs', isInputObjectType],
  ['Enums', isEnumType],
  ['Interfaces and unions', (type) => isInterfaceType(type) || isUnionType(type)],
  ['Scalars', isScalarType],
  ['Connections', isPlumbing],
];

const page = [
  '# API reference',
  'Every operation and type of the GraphQL API, as [schema.gql](../schema.gql) describes them. `npm run docs:schema` writes this page; edit the descriptions in the code instead. The [API guide](api.md) shows how they work together.',
  ...['Queries', 'Mutations', 'Subscriptions'].flatMap((title, at) => [
    `## ${title}`,
    ...Object.values(roots[at].getFields()).flatMap((field) => operation(roots[at], field)),
  ]),
  ...KINDS.flatMap(([title, belongs]) => [
    `## ${title}`,
    ...types.filter((type) => !roots.includes(type) && belongs(type)).flatMap(section),
  ]),
].join('\n\n');
const options = await prettier.resolveConfig(fileURLToPath(import.meta.url));
const formatted = await prettier.format(page, { ...options, parser: 'markdown' });
const [file] = process.argv.slice(2);
if (file === undefined) process.stdout.write(formatted);
else writeFileSync(file, formatted);

/** Connections and their edges are all alike. */
function isPlumbing({ name }) {
  return /(?:Connection|Edge)$/.test(name);
}

function operation(root, field) {
  return [
    `### ${root.name}.${field.name}`,
    text(field.description),
    `Returns ${typeText(field.type)}.`,
    ...(field.args.length === 0 ? [] : [table('argument', field.args)]),
  ].filter((part) => part !== '');
}

function section(type) {
  return [`### ${type.name}`, text(type.description), ...membersOf(type)].filter((part) => part !== '');
}

function membersOf(type) {
  if (isEnumType(type)) {
    const rows = type.getValues().map(({ name, description }) => `| \`${name}\` | ${cell(description)} |`);
    return [`| value | meaning |\n| - | - |\n${rows.join('\n')}`];
  }
  if (isUnionType(type)) return [`One of ${type.getTypes().map(typeText).join(', ')}.`];
  if (isScalarType(type)) return type.specifiedByURL ? [`Specified at <${type.specifiedByURL}>.`] : [];
  const implemented = isInputObjectType(type) ? [] : type.getInterfaces();
  return [
    ...(type.isOneOf ? ['Exactly one field must be given.'] : []),
    ...(implemented.length === 0 ? [] : [`Implements ${implemented.map(typeText).join(', ')}.`]),
    table('field', Object.values(type.getFields()), true),
  ];
}

function table(title, members) {
  const rows = members.map((member) => {
    const given = member.args?.length
      ? `(${member.args.map(({ name, type }) => `${name}: ${type}`).join(', ')})`
      : '';
    const fallback =
      member.defaultValue === undefined ? '' : ` Default: \`${literal(member.defaultValue)}\`.`;
    const deprecated = member.deprecationReason ? ` Deprecated: ${member.deprecationReason}` : '';
    const notes = (member.args ?? [])
      .filter(({ description }) => description)
      .map(({ name, description }) => ` \`${name}\`: ${description}`)
      .join('');
    const meaning = `${cell(member.description)}${cell(notes)}${fallback}${cell(deprecated)}`;
    return `| \`${member.name}${given}\` | ${typeText(member.type)} | ${meaning} |`;
  });
  return `| ${title} | type | meaning |\n| - | - | - |\n${rows.join('\n')}`;
}

/** The type as it is written, linked to its section. */
function typeText(type) {
  const named = getNamedType(type);
  const written = `\`${type}\``;
  return isSpecifiedScalarType(named) ? written : `[${written}](#${named.name.toLowerCase()})`;
}

function literal(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function text(description) {
  return (description ?? '').trim();
}

function cell(description) {
  return (description ?? '')
    .trim()
    .replaceAll('\n', ' ')
    .replaceAll('|', String.raw`\|`);
}
