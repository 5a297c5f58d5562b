import { View } from '../ui/layout/view.tsx';
import { SkeletonGrid } from '../ui/states/skeleton.tsx';

export function ViewLoading() {
  return (
    <View>
      <SkeletonGrid label="Loading this view" />
    </View>
  );
}
