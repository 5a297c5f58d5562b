import Images from 'lucide-react/icons/images';
import { EmptyState } from '../ui/empty-state.tsx';
import { View } from '../ui/view.tsx';

export default function CatalogueView() {
  return (
    <View title="Catalogue">
      <EmptyState icon={Images} title="Nothing here yet" />
    </View>
  );
}
