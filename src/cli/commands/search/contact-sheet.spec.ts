import { describe, expect, it } from '@jest/globals';
import { contactSheet } from './contact-sheet.ts';

const thumbnail = Buffer.from('bytes of a picture');

describe('contactSheet', () => {
  const page = contactSheet('Lookalike: stamps', [
    {
      query: { thumbnail, title: '<script>alert("x")</script>', notes: [] },
      hits: [
        { thumbnail, title: `1. "it's" & <b>`, notes: ['0.9', 'line\u202e\u0000'] },
        { title: '2. gone', notes: [] },
      ],
    },
  ]);

  it('has the pictures inside, and no script, link or other address', () => {
    expect(page.match(/<figure>/g)).toHaveLength(3);
    expect(page.match(/<img /g)).toHaveLength(2);
    expect(page).toContain(`src="data:image/webp;base64,${thumbnail.toString('base64')}"`);
    expect(page).not.toMatch(/<script|<link|https?:/);
    expect(page).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
  });

  it('escapes what comes from the catalogue and the command line', () => {
    expect(page).toContain('alt="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"');
    expect(page).toContain('<figcaption>1. &quot;it&#39;s&quot; &amp; &lt;b&gt;<span>');
    expect(page).toContain('<span>line��</span>');
  });

  it('says so beside a picture that has no hits', () => {
    const query = { thumbnail, title: 'query.jpg', notes: [] };
    const [, section] = contactSheet('Lookalike: stamps', [{ query, hits: [] }]).split('<section>');
    expect(section).toMatch(/<\/figure>\n<p>no hits<\/p>\n<\/section>/);
    expect(page).not.toContain('no hits');
  });

  it('follows the colour scheme of the browser', () => {
    expect(page).toContain('color-scheme: light dark');
    expect(page).toMatch(/background: light-dark\(/);
  });
});
