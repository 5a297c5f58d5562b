import Monitor from 'lucide-react/icons/monitor';
import Moon from 'lucide-react/icons/moon';
import Sun from 'lucide-react/icons/sun';
import { IconButton } from '../ui/actions/icon-button.tsx';
import { useTheme } from './theme.ts';

const THEMES = {
  system: { icon: Monitor, words: 'as the system', next: 'light' },
  light: { icon: Sun, words: 'light', next: 'dark' },
  dark: { icon: Moon, words: 'dark', next: 'system' },
} as const;

/** Goes from the system's theme to the light one to the dark one. */
export function ThemeButton() {
  const [theme, setTheme] = useTheme();
  const { icon, words, next } = THEMES[theme];
  return (
    <IconButton
      label={`Theme: ${words}. Change to ${THEMES[next].words}`}
      icon={icon}
      onPress={() => setTheme(next)}
    />
  );
}
