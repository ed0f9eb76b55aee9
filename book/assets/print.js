// Puts the title of each chapter above its printed pages: a chapter becomes a section whose pages
// have a name, and the pages of that name the title at their head.
"use strict";

{
  const main = document.querySelector("main");
  const titles = main ? [...main.querySelectorAll(":scope > h1")] : [];
  // A page of another name begins a new sheet by itself: with mdBook's own break it would be two.
  if (titles.length > 0) {
    main.querySelectorAll(':scope > div[style*="break-before"]').forEach((sheet) => sheet.remove());
  }
  const rules = titles.map((title, number) => {
    const section = document.createElement("section");
    section.style.page = `chapter-${number}`;
    title.before(section);
    for (let next = title; next && next !== titles[number + 1]; next = section.nextSibling) {
      section.append(next);
    }
    const text = JSON.stringify(title.textContent.trim());
    const font = '10pt "Open Sans", sans-serif';
    return `@page chapter-${number} { @top-center { content: ${text}; font: ${font}; } }`;
  });
  const style = document.createElement("style");
  style.textContent = rules.join("\n");
  document.head.append(style);
}
