import { errorClass, type LookalikeError } from './lookalike-error.ts';

/** The service did not answer: it is not running, or the network is down. `cause` is what `fetch` threw. */
export const ServiceUnreachableError = /* @__PURE__ */ errorClass('SERVICE_UNREACHABLE');
export type ServiceUnreachableError = LookalikeError<'SERVICE_UNREACHABLE'>;

/** Something other than Lookalike answered, such as a proxy or another service; `status` is its HTTP status. */
export const AnswerUnreadableError = /* @__PURE__ */ errorClass('ANSWER_UNREADABLE');
export type AnswerUnreadableError = LookalikeError<'ANSWER_UNREADABLE'>;
