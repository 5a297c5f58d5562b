import { tryParseJSONC, useGraphiQL } from '@graphiql/react';
import { useEffect, useState } from 'react';

type Variables = Readonly<Record<string, unknown>>;

/** The variables as they stand in the editor (empty if they are no object), and a way to set one of them. */
export function useVariables(): [Variables, (name: string, value: unknown) => void] {
  const editor = useGraphiQL((state) => state.variableEditor);
  const [text, setText] = useState(() => editor?.getValue() ?? '');
  useEffect(() => {
    if (editor === undefined) return;
    setText(editor.getValue());
    const listening = editor.onDidChangeModelContent(() => setText(editor.getValue()));
    return () => listening.dispose();
  }, [editor]);

  const variables = variablesIn(text);
  const set = (name: string, value: unknown) =>
    editor?.setValue(JSON.stringify({ ...variables, [name]: value }, null, 2));
  return [variables, set];
}

function variablesIn(text: string): Variables {
  try {
    return tryParseJSONC(text) ?? {};
  } catch {
    return {};
  }
}
