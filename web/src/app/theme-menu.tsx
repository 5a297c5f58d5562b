import Monitor from 'lucide-react/icons/monitor';
import Moon from 'lucide-react/icons/moon';
import Sun from 'lucide-react/icons/sun';
import { Menu } from '../ui/menu.tsx';
import { type Theme, useTheme } from './theme.ts';

const THEMES = [
  { id: 'system', label: 'As the system', icon: Monitor },
  { id: 'light', label: 'Light', icon: Sun },
  { id: 'dark', label: 'Dark', icon: Moon },
] as const;

export function ThemeMenu() {
  const [theme, setTheme] = useTheme();
  const { icon } = THEMES.find(({ id }) => id === theme)!;
  return (
    <Menu
      label="Theme"
      icon={icon}
      items={THEMES}
      selected={theme}
      onAction={(id) => setTheme(id as Theme)}
    />
  );
}
