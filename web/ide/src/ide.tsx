import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { buildSchema } from 'graphql';
import { useMemo } from 'react';
import 'graphiql/setup-workers/vite';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import sdl from '../../../schema.gql?raw';
import { EditorColours } from './editor-colours.tsx';
import { examplesFor } from './examples.ts';
import type { Example } from './examples/example.ts';
import { examplesPlugin } from './examples-panel.tsx';
import { createFetcher } from './fetcher.ts';
import { FileSlots } from './file-slots.ts';
import { filesPlugin } from './files-panel.tsx';
import { Links } from './links.tsx';
import { hasBeenUsed, ownStorage } from './own-storage.ts';
import type { Subject } from './subject.ts';

// The schema that this editor was built with is that of the service. It is known before the service has been
// asked, and in production too, where the service does not tell it.
const schema = buildSchema(sdl);
const slots = new FileSlots();

/** GraphiQL with examples, files for uploads, and subscriptions. */
export function Ide({ subject }: { readonly subject: Subject }) {
  const { fetcher, plugins, first, examples } = useMemo(() => {
    const groups = examplesFor(subject);
    const files = filesPlugin(slots);
    const list = examplesPlugin(groups, files);
    return {
      fetcher: createFetcher(slots),
      plugins: [list, files, HISTORY_PLUGIN],
      examples: list,
      first: hasBeenUsed() ? {} : asInitial(groups[0].examples[0]),
    };
  }, [subject]);

  return (
    <GraphiQL
      fetcher={fetcher}
      schema={schema}
      plugins={plugins}
      visiblePlugin={examples}
      storage={ownStorage}
      {...first}
      defaultEditorToolsVisibility="variables"
      defaultTheme={chosenTheme()}
    >
      <GraphiQL.Logo>
        <Links />
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <EditorColours />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

function asInitial({ query, variables }: Example): { initialQuery: string; initialVariables: string } {
  return { initialQuery: query, initialVariables: JSON.stringify(variables, null, 2) };
}

/** What was chosen on the page; the system's preference if nothing was. */
function chosenTheme(): 'light' | 'dark' | null {
  const theme = ownStorage.getItem('theme');
  return theme === 'light' || theme === 'dark' ? theme : null;
}
