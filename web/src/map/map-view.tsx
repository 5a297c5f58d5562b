import Waypoints from 'lucide-react/icons/waypoints';
import { EmptyState } from '../ui/empty-state.tsx';
import { View } from '../ui/view.tsx';

export default function MapView() {
  return (
    <View title="Map">
      <EmptyState icon={Waypoints} title="Nothing here yet" />
    </View>
  );
}
