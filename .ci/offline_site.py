"""Take out of rendered pages what they would fetch from other sites: Quarto puts require.js and jQuery of a content network into every page with a table, and no page of ours uses them.

Quarto runs this after rendering (`post-render` in _quarto.yml) in its project folder, with the rendered files in QUARTO_PROJECT_OUTPUT_FILES, one a line.
By hand: python .ci/offline_site.py PAGE.html …
It ends with 1 where something is left that can't be taken out without a loss, such as a picture at another address.
"""
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

ELSEWHERE = re.compile(r"\s*(https?:)?//", re.IGNORECASE)
FETCHED = {"stylesheet", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "icon"}  # what <link rel=…> is fetched for; a canonical address is not
SHOWN = {"img": "src", "iframe": "src", "embed": "src", "object": "data", "video": "src", "audio": "src", "source": "src", "track": "src", "input": "src"}
GLUE = re.compile(r"\s*define\(\s*['\"]jquery['\"]")  # tells require.js about jQuery, and fails without it


class Page(HTMLParser):
    "Finds in a page what is fetched from elsewhere: stretches of text that can go, and addresses that can't."

    def __init__(self, text: str):
        super().__init__(convert_charrefs=False)
        self.lines = [0, *(match.end() for match in re.finditer("\n", text))]  # where each line begins
        self.text, self.cuts, self.kept = text, [], []
        self.feed(text)
        self.close()

    def here(self) -> int:
        "Where in the text the parser is."
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words, start = dict(attrs), self.here()
        after = start + len(self.get_starttag_text() or "")
        if tag == "script":
            end = re.compile(r"</script\s*>", re.IGNORECASE).search(self.text, after)
            inside = self.text[after:end.start() if end else None]
            if ELSEWHERE.match(words.get("src") or "") or GLUE.match(inside): self.cuts.append((start, end.end() if end else len(self.text)))
        elif tag == "link":
            if ELSEWHERE.match(words.get("href") or "") and FETCHED & set((words.get("rel") or "").lower().split()): self.cuts.append((start, after))
        elif ELSEWHERE.match(words.get(SHOWN.get(tag, "")) or ""): self.kept.append(words[SHOWN[tag]])

    handle_startendtag = handle_starttag


def offline(text: str) -> tuple[str, list[str]]:
    "A page without what it would fetch from elsewhere, and the addresses that are left."
    page, parts, position = Page(text), [], 0
    for start, end in page.cuts:
        parts.append(text[position:start])
        position = end
    return "".join([*parts, text[position:]]), page.kept


def main() -> None:
    listed = os.environ.get("QUARTO_PROJECT_OUTPUT_FILES", "").splitlines()
    pages = [path for path in map(Path, sys.argv[1:] or listed) if path.suffix == ".html"]
    changed, left = 0, []
    for path in pages:
        before = path.read_bytes().decode("utf-8")
        after, kept = offline(before)
        left += [f"{path}: fetches {address}" for address in kept]
        if after != before: path.write_bytes(after.encode("utf-8"))
        changed += after != before
    for line in left: print(line, file=sys.stderr)
    print(f"offline: {changed} of {len(pages)} pages changed, {len(left)} problems")
    sys.exit(bool(left))


if __name__ == "__main__": main()
