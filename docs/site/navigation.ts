/** The bar at the top. */
export const nav = [
  { text: 'Tutorial', link: '/tutorial' },
  {
    text: 'Guides',
    link: '/import',
    activeMatch: '/(import|api|filters|products|ides|clients|models|clusters|operations|cli)',
  },
  { text: 'Reference', link: '/schema', activeMatch: '/(schema|errors|configuration)' },
];

/** The list at the side, the same on all pages. */
export const sidebar = {
  '/': [
    {
      text: 'Start here',
      items: [
        { text: 'What it is', link: '/' },
        { text: 'Tutorial', link: '/tutorial' },
      ],
    },
    {
      text: 'Guides',
      items: [
        { text: 'Importing your catalogue', link: '/import' },
        { text: 'Searching, and the API', link: '/api' },
        { text: 'Filters', link: '/filters' },
        { text: 'Products', link: '/products' },
        { text: 'Clients', link: '/clients' },
        { text: 'GraphQL editors', link: '/ides' },
        { text: 'Models', link: '/models' },
        { text: 'Clusters', link: '/clusters' },
        { text: 'Operations', link: '/operations' },
        { text: 'Command line', link: '/cli' },
      ],
    },
    {
      text: 'Reference',
      items: [
        { text: 'API', link: '/schema' },
        { text: 'Settings', link: '/configuration' },
        { text: 'Errors', link: '/errors' },
        { text: 'Benchmarks', link: '/benchmarks' },
        { text: 'Comparison', link: '/comparison' },
      ],
    },
    {
      text: 'How it is built',
      items: [
        { text: 'Architecture', link: '/architecture' },
        { text: 'Decisions', link: '/adr/README' },
      ],
    },
  ],
};
