import { View } from '../ui/view.tsx';

export function SearchView() {
  return <View title="Search">.</View>;
}
