import { ImageNotFoundError, LookalikeClient, type Hit } from '@lookalike/client';

const client = new LookalikeClient({ url: '/graphql' });

/** `<similar-products dataset="stamps" product="45">` shows what looks like the product with this external id. */
class SimilarProducts extends HTMLElement {
  static readonly observedAttributes = ['dataset', 'product'];
  private latest = new AbortController();

  attributeChangedCallback(): void {
    this.latest.abort();
    this.latest = new AbortController();
    void this.update(this.latest.signal);
  }

  disconnectedCallback(): void {
    this.latest.abort();
  }

  private async update(signal: AbortSignal): Promise<void> {
    const dataset = this.getAttribute('dataset');
    const externalId = this.getAttribute('product');
    if (dataset === null || externalId === null) return;
    const search = { by: { image: { dataset, externalId } }, datasets: [dataset], first: 6, minScore: 0.3 };
    try {
      const { nodes } = await client.search(search, { signal });
      this.show(nodes);
    } catch (error) {
      // A shop does without suggestions rather than show an error.
      this.replaceChildren();
      if (!signal.aborted && !(error instanceof ImageNotFoundError)) console.error(error);
    }
  }

  private show(hits: readonly Hit[]): void {
    const items = hits.map(({ image }) => {
      const picture = Object.assign(new Image(), {
        src: client.addressOf(image.thumbnailUrl),
        alt: image.fileName,
        height: 128,
      });
      const link = Object.assign(document.createElement('a'), { href: `#${image.externalId}` });
      link.append(picture);
      // With one page per product, this would be a link to it.
      link.addEventListener('click', () => this.setAttribute('product', image.externalId));
      const item = document.createElement('li');
      item.append(link);
      return item;
    });
    const heading = Object.assign(document.createElement('h2'), { textContent: 'Similar products' });
    const list = document.createElement('ul');
    list.append(...items);
    this.replaceChildren(...(items.length > 0 ? [heading, list] : []));
  }
}

customElements.define('similar-products', SimilarProducts);
