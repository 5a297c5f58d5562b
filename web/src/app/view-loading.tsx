import { SkeletonGrid } from '../ui/skeleton.tsx';
import { View } from '../ui/view.tsx';

export function ViewLoading() {
  return (
    <View>
      <SkeletonGrid label="Loading this view" />
    </View>
  );
}
