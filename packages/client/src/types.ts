import type {
  AddQueryPictureMutation,
  DatasetQuery,
  DecidedDuplicatesQuery,
  DatasetFieldsFragment,
  DeleteImagesMutation,
  DuplicatesQuery,
  EditFieldsFragment,
  EmbeddingQuery,
  ExplainQuery,
  FeedbackFieldsFragment,
  HitImageFieldsFragment,
  ImageFieldsFragment,
  ImagesQueryVariables,
  JobFailuresQuery,
  JobFieldsFragment,
  LabelsQuery,
  LabelsQueryVariables,
  ModelFieldsFragment,
  PreviewImportMutation,
  SearchBatchQuery,
  SearchFieldsFragment,
  SearchQueryVariables,
  SimilarImagesInput,
  StageFieldsFragment,
} from './generated/graphql.ts';

/** An image of a dataset. Its URLs are paths on the service: `client.addressOf` makes them complete. */
export type Image = ImageFieldsFragment;
/** An image with the attributes that were asked for. */
export type ImageWithAttributes = HitImageFieldsFragment;
export type Dataset = DatasetFieldsFragment;
/** A dataset with its attributes. */
export type DatasetDetails = NonNullable<DatasetQuery['dataset']>;
/** A label of a dataset. */
export type Label = NonNullable<LabelsQuery['dataset']>['labels']['nodes'][number];
export type EmbeddingModel = ModelFieldsFragment;
export type Embedding = EmbeddingQuery['embedding'];
/** How a score is divided among the parts of a query and of a hit. */
export type Explanation = ExplainQuery['explain'];
export type Job = JobFieldsFragment;
export type JobFailure = NonNullable<JobFailuresQuery['job']>['failures']['nodes'][number];
export type QueryPicture = AddQueryPictureMutation['addQueryPicture'];
export type ImportPreview = PreviewImportMutation['previewImport'];
/** What became of one image of `putImages` or `updateImages`. */
export type EditResult = EditFieldsFragment['results'][number];
/** What became of one image of `deleteImages`. */
export type DeleteResult = DeleteImagesMutation['deleteImages']['results'][number];
/** A pair of images about which somebody has decided. */
export type DecidedPair = DecidedDuplicatesQuery['decidedDuplicates']['nodes'][number];
/** Files on the service, waiting for their import. */
export type Stage = StageFieldsFragment;
export type DuplicateGroup = DuplicatesQuery['duplicates']['nodes'][number];

/** A verdict about a hit. */
export type Feedback = FeedbackFieldsFragment;

/** A page of hits, with facets if they were asked for. */
export type SearchPage = SearchFieldsFragment;
export type Hit = SearchPage['nodes'][number];
/** The hits of one search of a batch, or why there are none. */
export type BatchResult = SearchBatchQuery['similarImagesBatch'][number];

interface AttributesOption {
  /** The names of the attributes that images shall have in the answer; none by default. */
  readonly attributes?: readonly string[];
}

/** What to search with, and among what: the arguments of `similarImages`. */
export type Search = SimilarImagesInput & AttributesOption & RelatedOption;

interface RelatedOption {
  /** Asks for the `relation` of each hit to the picture, which makes the service decode pictures it has not compared yet. */
  readonly related?: boolean;
}

/** Which images to list. */
export type ImagesOptions = Omit<ImagesQueryVariables, 'dataset' | 'attributes'> & AttributesOption;

/** Which labels to list, and in which order. */
export type LabelsOptions = Omit<LabelsQueryVariables, 'dataset'>;

/** Compiles only if the operation `Search` passes on every argument of a search. */
export type SearchIsComplete = Covers<keyof SearchQueryVariables, keyof SimilarImagesInput>;
type Covers<All, Some extends All> = Some;

/** A job, or its id. */
export type JobRef = string | { readonly id: string };
