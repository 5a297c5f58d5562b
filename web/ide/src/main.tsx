import { createRoot } from 'react-dom/client';
import { findSubject } from './subject.ts';
import { Ide } from './ide.tsx';
import './ide.css';

const root = document.getElementById('root');
if (root === null) throw new Error('The document has no #root.');
// The examples are about a dataset that exists, so the editor waits a moment to learn one.
const subject = await findSubject('/graphql');
createRoot(root).render(<Ide subject={subject} />);
