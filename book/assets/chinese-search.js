// mdBook's index cuts text into words at spaces, so it cannot find a Chinese term, which has none.
// A query with Chinese characters is answered by looking for each of its parts in the stored text
// of every section instead; all other queries go to the index as before.
(function () {
    "use strict";
    if (typeof elasticlunr === "undefined") {
        return;
    }
    const chinese = /[\u3400-\u9fff\uf900-\ufaff]/;

    function substringSearch(index, query) {
        const parts = query.toLowerCase().split(/\s+/).filter(part => part !== "");
        const found = [];
        for (const [ref, doc] of Object.entries(index.documentStore.docs)) {
            const title = doc.title.toLowerCase();
            const text = title + "\n" + doc.body.toLowerCase();
            if (parts.every(part => text.includes(part))) {
                const inTitle = parts.filter(part => title.includes(part)).length;
                const uses = parts.reduce((sum, part) => sum + text.split(part).length - 1, 0);
                found.push({ ref, doc, score: 100 * inTitle + uses });
            }
        }
        return found.sort((a, b) => b.score - a.score);
    }

    const load = elasticlunr.Index.load;
    elasticlunr.Index.load = function (stored) {
        const index = load.call(this, stored);
        const searchWords = index.search;
        index.search = function (query, options) {
            return chinese.test(query)
                ? substringSearch(index, query)
                : searchWords.call(index, query, options);
        };
        return index;
    };
})();
