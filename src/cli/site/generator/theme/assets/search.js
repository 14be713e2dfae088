// Search over search.json, which is loaded with the first letter typed.
const form = document.querySelector("form.search");
const input = form.querySelector("input");
const list = form.querySelector("ol");
let index;

async function load() {
  index ??= fetch(form.dataset.index).then((answer) => answer.json());
  return index;
}

function score(page, words) {
  let total = 0;
  for (const word of words) {
    const at = [
      [page.title, 8],
      [page.terms.join(" "), 4],
      [page.summary, 2],
      [page.text, 1],
    ];
    const found = at.filter(([text]) => text.toLowerCase().includes(word));
    if (found.length === 0) return 0;
    total += found.reduce((sum, [, weight]) => sum + weight, 0);
  }
  return total;
}

function item(page) {
  const entry = document.createElement("li");
  const link = document.createElement("a");
  const text = document.createElement("span");
  link.href = page.url;
  link.textContent = page.title;
  text.textContent = page.summary;
  link.append(text);
  entry.append(link);
  return entry;
}

async function search() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const pages = words.length === 0 ? [] : await load();
  const found = pages
    .map((page) => [score(page, words), page])
    .filter(([points]) => points > 0)
    .sort((a, b) => b[0] - a[0])
    .slice(0, 8);
  list.replaceChildren(...found.map(([, page]) => item(page)));
  if (words.length > 0 && found.length === 0) {
    const entry = document.createElement("li");
    entry.className = "none";
    entry.textContent = "Nothing found";
    list.append(entry);
  }
  list.hidden = words.length === 0;
}

input.addEventListener("input", search);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  list.querySelector("a")?.click();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") list.hidden = true;
  if (event.key === "/" && document.activeElement !== input) {
    event.preventDefault();
    input.focus();
  }
});
document.addEventListener("click", (event) => {
  if (!form.contains(event.target)) list.hidden = true;
});
