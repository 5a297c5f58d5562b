import { useMonaco } from '@graphiql/react';
import { useEffect } from 'react';

interface Colours {
  readonly paper: string;
  readonly accent: string;
  readonly veil: string;
  readonly argument: string;
  readonly key: string;
  readonly text: string;
  readonly number: string;
  readonly comment: string;
}

const LIGHT: Colours = {
  paper: '#ffffff',
  accent: '#0b6168',
  veil: '#0b61681a',
  argument: '8a4a12',
  key: '0b6168',
  text: '2d6a35',
  number: 'a0431c',
  comment: '5d6b70',
};
const DARK: Colours = {
  paper: '#1b2427',
  accent: '#7fd3d8',
  veil: '#7fd3d81f',
  argument: 'e8b07a',
  key: '7fd3d8',
  text: '9fd6a2',
  number: 'f0a583',
  comment: '93a1a6',
};

/** Gives the editors the colours of the page: redefines the two themes that GraphiQL uses. Shows nothing. */
export function EditorColours() {
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => {
    if (monaco === undefined) return;
    for (const [name, base, colours] of [
      ['graphiql-LIGHT', 'vs', LIGHT],
      ['graphiql-DARK', 'vs-dark', DARK],
    ] as const) {
      monaco.editor.defineTheme(name, {
        base,
        inherit: true,
        colors: editorColours(colours),
        rules: [
          { token: 'argument.identifier.gql', foreground: colours.argument },
          { token: 'keyword.gql', foreground: colours.key },
          { token: 'string.key.json', foreground: colours.key },
          { token: 'string.value.json', foreground: colours.text },
          { token: 'string.gql', foreground: colours.text },
          { token: 'number', foreground: colours.number },
          { token: 'comment', foreground: colours.comment },
        ],
      });
    }
  }, [monaco]);
  return null;
}

function editorColours({ paper, accent, veil }: Colours): Record<string, string> {
  const clear = '#ffffff00';
  return {
    'editor.background': clear,
    'scrollbar.shadow': clear,
    'editorWidget.background': paper,
    'editorHoverWidget.background': paper,
    'editorSuggestWidget.background': paper,
    'editorSuggestWidget.selectedBackground': veil,
    'editorSuggestWidget.selectedForeground': accent,
    'editorSuggestWidget.highlightForeground': accent,
    'quickInput.background': paper,
    'quickInputList.focusBackground': veil,
    'menu.background': paper,
    'menu.selectionBackground': veil,
    'menu.selectionForeground': accent,
    'list.hoverBackground': veil,
    'list.highlightForeground': accent,
    'textLink.foreground': accent,
    'textLink.activeForeground': accent,
    'editorLink.activeForeground': accent,
    'toolbar.hoverBackground': veil,
    focusBorder: accent,
  };
}
