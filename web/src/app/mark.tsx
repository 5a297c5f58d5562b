/** Two pictures that overlap where they are alike. */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <circle cx="12" cy="16" r="10" fill="var(--accent)" />
      <circle cx="20" cy="16" r="10" fill="var(--less)" />
      <path d="M16 6.83a10 10 0 0 1 0 18.34a10 10 0 0 1 0-18.34z" fill="var(--ink)" />
    </svg>
  );
}
