import { useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from '@graphiql/react';
import BookOpenText from 'lucide-react/icons/book-open-text';
import type { Example, ExampleGroup } from './examples/example.ts';
import { referencesIn } from './file-slots.ts';

/** The list of examples. One that takes files opens the panel where they are chosen. */
export function examplesPlugin(groups: readonly ExampleGroup[], files: GraphiQLPlugin): GraphiQLPlugin {
  return {
    title: 'Examples',
    icon: () => <BookOpenText strokeWidth={1.75} aria-hidden />,
    content: () => <ExamplesPanel groups={groups} files={files} />,
  };
}

interface Props {
  readonly groups: readonly ExampleGroup[];
  readonly files: GraphiQLPlugin;
}

function ExamplesPanel({ groups, files }: Props) {
  const open = useOpenExample(files);
  return (
    <section className="panel" aria-labelledby="examples-title">
      <h2 id="examples-title">Examples</h2>
      {groups.map(({ title, examples }) => (
        <div key={title} className="panel-group">
          <h3>{title}</h3>
          <ul>
            {examples.map((example) => (
              <li key={example.title}>
                <button type="button" className="example" onClick={() => open(example)}>
                  <span className="example-title">{example.title}</span>
                  <span className="example-note">{example.note}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

/** Opens an example in the tab that has it already, or in the current tab if that is empty, or in a new one. */
function useOpenExample(files: GraphiQLPlugin): (example: Example) => void {
  const actions = useGraphiQLActions();
  const tabs = useGraphiQL((state) => state.tabs);
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);

  return (example) => {
    const at = tabs.findIndex(({ query }) => query === example.query);
    if (at >= 0) actions.changeTab(at);
    else {
      if (queryEditor?.getValue().trim() !== '') actions.addTab();
      queryEditor?.setValue(example.query);
      variableEditor?.setValue(JSON.stringify(example.variables, null, 2));
    }
    if (referencesIn(example.variables).length > 0) actions.setVisiblePlugin(files);
    queryEditor?.focus();
  };
}
