import { skipToken, useMutation, useQuery } from '@apollo/client/react';
import { ADD_QUERY_PICTURE, SEARCH } from './operations.ts';

export function App() {
  const [add, added] = useMutation(ADD_QUERY_PICTURE, { onError: () => undefined });
  const picture = added.data?.addQueryPicture;
  const search = useQuery(SEARCH, picture ? { variables: { id: picture.id } } : skipToken);
  const error = added.error ?? search.error;
  const hits = search.data?.similarImages;
  const more = () => search.fetchMore({ variables: { after: hits?.pageInfo.endCursor ?? undefined } });

  return (
    <main>
      <h1>Search by picture</h1>
      <input
        type="file"
        accept="image/*"
        aria-label="Picture"
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file) void add({ variables: { file } });
        }}
      />
      {picture && <img src={picture.thumbnailUrl} alt="Your picture" height={96} />}
      {error && <p role="alert">{error.message}</p>}
      {(added.loading || search.loading) && <p>Searching …</p>}
      <ul>
        {hits?.edges.map(({ node: { score, image } }) => (
          <li key={image.id}>
            <img src={image.thumbnailUrl} alt={image.fileName} />
            {score.toFixed(3)}
          </li>
        ))}
      </ul>
      {hits?.pageInfo.hasNextPage && <button onClick={() => void more()}>More</button>}
    </main>
  );
}
