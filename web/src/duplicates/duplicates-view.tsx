import Copy from 'lucide-react/icons/copy';
import { EmptyState } from '../ui/empty-state.tsx';
import { View } from '../ui/view.tsx';

export default function DuplicatesView() {
  return (
    <View title="Duplicates">
      <EmptyState icon={Copy} title="Nothing here yet" />
    </View>
  );
}
