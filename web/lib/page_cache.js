// Rows of a long list by pages, as they were fetched: what is stale stays to be seen until what is new
// has come, what is far from where one looks is forgotten.

const MOST_PAGES = 30;

// load(offset, limit, signal) -> {items, total}; onChange() when rows or their number have come.
export function pageCache({ size, load, onChange, onError }) {
  const pages = new Map();  // by index: {items, promise or null, version}
  let total = 0;
  let version = 0;
  let abort = new AbortController();

  // The pages furthest from this one.
  function forget(near) {
    const far = [...pages.keys()].sort((a, b) => Math.abs(b - near) - Math.abs(a - near));
    while (pages.size > MOST_PAGES) pages.delete(far.shift());
  }

  async function fetchPage(index) {
    const { signal } = abort;
    const asked = version;
    const items = pages.get(index)?.items ?? [];
    const promise = load(index * size, size, signal);
    pages.set(index, { items, promise, version: asked });
    const current = () => pages.get(index)?.promise === promise;  // else another question was asked
    try {
      const answer = await promise;
      if (!current()) return;
      total = answer.total;
      pages.set(index, { items: answer.items, promise: null, version: asked });
      forget(index);
      onChange();
    } catch (error) {
      if (current()) pages.set(index, { items, promise: null, version: asked });
      if (!signal.aborted) onError(error);
    }
  }

  return {
    total: () => total,
    row: (i) => pages.get(Math.floor(i / size))?.items[i % size],
    // Rows first .. last are looked at: what of them is not known, or stale, is fetched.
    want(first, last) {
      for (let page = Math.floor(first / size); page * size < Math.max(last, 1); ++page) {
        const known = pages.get(page);
        if (!known || (known.version !== version && !known.promise)) fetchPage(page);
      }
    },
    stale() {
      ++version;
    },
    restart() {
      abort.abort();
      abort = new AbortController();
      ++version;
      pages.clear();
    },
    stop: () => abort.abort(),
  };
}
