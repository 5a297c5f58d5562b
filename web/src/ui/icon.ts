import type { ComponentType, SVGProps } from 'react';

/** An icon of lucide-react, imported one by one: `import Search from 'lucide-react/icons/search'`. */
export type LucideIcon = ComponentType<SVGProps<SVGSVGElement> & { size?: string | number }>;
