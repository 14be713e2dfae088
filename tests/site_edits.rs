//! Builds of a site after edits: whatever is changed, added, taken away or renamed, the output is byte for byte that of a build from
//! nothing. The edits are drawn by a generator with a seed, so a failure can be repeated.
//!
//! That these edits need every kind of dependency is a test, too: generators that forget one of them are found out.

mod site_folder;

use std::collections::BTreeMap;
use std::path::Path;

use site_folder::{Site, files, text};

/// SplitMix64: few lines, the same numbers everywhere.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

const FOLDERS: &[&str] = &["", "posts/", "posts/", "posts/deep/", "notes/"];
const TAGS: &[&str] = &["red", "green", "blue"];
const WORDS: &[&str] = &["amber", "brook", "cedar", "delta", "ember", "fjord", "grove", "heath"];

/// A site and what its files say, as far as edits need to know.
struct Project {
    site: Site,
    draw: Draw,
    sources: BTreeMap<String, String>,
    made: usize,
}

impl Project {
    fn new(test: &str, seed: u64) -> Project {
        let site = Site::empty(test);
        let mut project = Project { site, draw: Draw(seed), sources: BTreeMap::new(), made: 0 };
        project.config();
        project.put("content/_index.md", "# Start\n\nSee [one](posts/one.md).\n");
        project.put("templates/part.html", "<i>part</i>");
        project.put("templates/shortcodes/badge.html", "<b>{{ args['0'] }}</b>");
        project.put(
            "templates/data.html",
            "{{ data.team.name }} {{ page.title }} {% include 'part.html' %} {{ page.content|safe }}",
        );
        project.put("data/team.toml", "name = \"first\"\n");
        project
            .put("content/posts/one.md", "---\ndate: 2024-01-01\ntemplate: data.html\n---\n# One\n\nText.\n");
        project.put("content/posts/box/index.md", "---\ntitle: Box\n---\n![](picture.svg) {{< badge x >}}\n");
        project.put("content/posts/box/picture.svg", "<svg/>");
        project.put("static/plain.txt", "plain");
        project.put("notes/a.md", "# Mounted\n");
        project.put("content/posts/one.de.md", "# Eins\n");
        for _ in 0..5 {
            project.add_page();
        }
        project
    }

    fn put(&mut self, name: &str, content: &str) {
        self.site.file(name, content);
        self.sources.insert(name.to_owned(), content.to_owned());
    }

    fn take(&mut self, name: &str) {
        self.site.remove(name);
        self.sources.remove(name);
    }

    /// Names of sources that begin and end so.
    fn named(&self, start: &str, end: &str) -> Vec<String> {
        let fits = |name: &&String| name.starts_with(start) && name.ends_with(end);
        self.sources.keys().filter(fits).cloned().collect()
    }

    fn pages(&self) -> Vec<String> {
        let mut pages = self.named("content/", ".md");
        pages.retain(|name| !name.ends_with("_index.md"));
        pages
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.draw.below(WORDS.len())]
    }

    fn config(&mut self) {
        let (title, paginate) = (self.word(), 2 + self.draw.below(3));
        let permalinks = if self.draw.chance(2) { "posts = \"/:year/:slug/\"\n" } else { "" };
        let text = format!(
            "title = \"{title}\"\nbase_url = \"https://example.org/\"\npaginate = {paginate}\nfeed_items = 3\n\
             taxonomies = [\"tags\"]\nmounts = [{{from = \"notes\", to = \"mounted\"}}]\n\
             [languages.de]\nname = \"Deutsch\"\n[permalinks]\n{permalinks}"
        );
        self.put("site.toml", &text);
    }

    /// Front matter and text of a document. Links may lead to documents that are not there (any more).
    fn document(&mut self, name: &str) -> String {
        let mut text = String::from("---\n");
        if !self.draw.chance(5) {
            text += &format!("title: {} {}\n", self.word(), self.word());
        }
        if !self.draw.chance(4) {
            text += &format!("date: 20{}-0{}-11\n", 10 + self.draw.below(14), 1 + self.draw.below(9));
        }
        text += &format!("tags: [{}]\n", self.draw.of(TAGS));
        match self.draw.below(9) {
            0 => text += "draft: true\n",
            1 => text += "weight: -1\n",
            2 => text += &format!("aliases: [/old-{}/]\n", self.made),
            3 => text += "template: data.html\n",
            4 => text += &format!("slug: {}-{}\n", self.word(), self.made),
            _ => {}
        }
        text += "---\n";
        text += &self.body(name);
        text
    }

    fn body(&mut self, name: &str) -> String {
        let pages = self.pages();
        let mut text = format!("Some {} and {}.\n\n", self.word(), self.word());
        if !pages.is_empty() && self.draw.chance(2) {
            let up = "../".repeat(name.matches('/').count() - 1);
            text += &format!("A [link]({up}{}).\n\n", self.draw.of(&pages).trim_start_matches("content/"));
        }
        if self.draw.chance(3) {
            text += &format!("{{{{< badge {} >}}}}\n", self.word());
        }
        text
    }

    fn add_page(&mut self) {
        self.made += 1;
        let folder = *self.draw.of(FOLDERS);
        let language = if self.draw.chance(5) { ".de" } else { "" };
        // Half of the translations have an original.
        let number =
            if language.is_empty() { self.made } else { self.made - self.draw.below(2).min(self.made) };
        let name = format!("content/{folder}page-{number}{language}.md");
        let document = self.document(&name);
        self.put(&name, &document);
    }

    /// One edit, and what it was.
    fn edit(&mut self) -> String {
        let pages = self.pages();
        let page = self.draw.of(&pages).clone();
        match self.draw.below(16) {
            0..3 => {
                let word = self.word();
                let changed = format!("{}\nMore {word}.\n", self.sources[&page]);
                self.put(&page, &changed);
                format!("text of {page}")
            }
            3 => {
                let document = self.document(&page);
                self.put(&page, &document);
                format!("other {page}")
            }
            4 => {
                self.add_page();
                format!("page {} is new", self.made)
            }
            5 if pages.len() > 4 => {
                self.take(&page);
                format!("{page} is gone")
            }
            6 => {
                self.made += 1;
                let (to, content) =
                    (format!("content/posts/moved-{}.md", self.made), self.sources[&page].clone());
                self.take(&page);
                self.put(&to, &content);
                format!("{page} is {to}")
            }
            7 => self.edit_or_remove("templates/part.html", "<i>WORD</i>"),
            8 => self.edit_or_remove("templates/page.html", "{{ page.title }} WORD {{ page.content|safe }}"),
            9 => {
                let badge = format!("<b>{{{{ args['0'] }}}} {}</b>", self.word());
                self.put("templates/shortcodes/badge.html", &badge);
                "the shortcode".into()
            }
            10 if self.draw.chance(2) => {
                let (word, other) = (self.word(), self.word());
                self.put("notes/a.md", &format!("# {word}\n\nWith {other}.\n"));
                "what is mounted".into()
            }
            10 => {
                let data = format!("name = \"{}\"\n", self.word());
                self.put("data/team.toml", &data);
                "data".into()
            }
            11 => {
                self.config();
                "the configuration".into()
            }
            12 => self.edit_or_remove("assets/style.css", "body { --name: WORD }"),
            13 => self.edit_or_remove("static/other/file.txt", "WORD"),
            14 => self.edit_or_remove("content/posts/box/picture.svg", "<svg><!-- WORD --></svg>"),
            _ => self
                .edit_or_remove("content/posts/_index.md", "---\ntitle: All WORD\n---\nOf [one](one.md).\n"),
        }
    }

    fn edit_or_remove(&mut self, name: &str, content: &str) -> String {
        let needed = name.ends_with("part.html");
        if self.sources.contains_key(name) && !needed && self.draw.chance(3) {
            self.take(name);
            return format!("{name} is gone");
        }
        let content = content.replace("WORD", self.word());
        self.put(name, &content);
        name.to_owned()
    }

    /// What a build from nothing gives for these sources.
    fn anew(&self) -> BTreeMap<String, Vec<u8>> {
        let other = Site(self.site.0.with_extension("anew"));
        let _ = std::fs::remove_dir_all(&other.0);
        for (name, content) in &self.sources {
            other.file(name, content);
        }
        copy_generator(&self.site.0, &other);
        other.build(&[]);
        other.output()
    }
}

/// A project's own generator is one of its sources.
fn copy_generator(from: &Path, to: &Site) {
    let own = from.join("generator");
    if own.is_dir() {
        for (name, content) in files(&own) {
            to.file(&format!("generator/{name}"), &text(&content));
        }
    }
}

/// The names of files that differ.
fn differences(left: &BTreeMap<String, Vec<u8>>, right: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names = left.keys().chain(right.keys()).filter(|name| left.get(*name) != right.get(*name));
    let mut names: Vec<String> = names.cloned().collect();
    names.dedup();
    names
}

/// Edits and builds, until the output is not that of a build from nothing: the edits up to then, and the files.
fn first_difference(project: &mut Project, steps: usize) -> Option<String> {
    project.site.build(&[]);
    let mut edits = Vec::new();
    for _ in 0..steps {
        edits.push(project.edit());
        project.site.build(&[]);
        let wrong = differences(&project.site.output(), &project.anew());
        if !wrong.is_empty() {
            return Some(format!("after {edits:#?}\nthese differ: {wrong:?}"));
        }
    }
    None
}

#[test]
fn a_build_after_edits_is_a_build_from_nothing() {
    for seed in [1, 2] {
        let mut project = Project::new(&format!("edits-{seed}"), seed);
        if let Some(difference) = first_difference(&mut project, 30) {
            panic!("seed {seed}: {difference}");
        }
    }
}

/// What a generator forgets, as a change of one of its files.
const FORGOTTEN: &[(&str, &str, &str)] = &[
    // Texts.
    ("page.ruff", "[card.hash, card.rel, ", "[card.rel, "),
    // Neighbours.
    ("page.ruff", " or known.near != near", ""),
    // Templates, and data in them.
    ("page.ruff", "card.template ?? \"\", reached]", "card.template ?? \"\"]"),
    // Where links lead.
    ("page.ruff", "get(links, name) != address", "false"),
    // What lists show of pages.
    ("lists.ruff", "and complete and not changed", "and complete"),
    // Which pages lists show.
    ("lists.ruff", "vars, list?.pages]", "vars]"),
    // Front matter that others see.
    ("build.ruff", "or not looks_alike(", "and not looks_alike("),
    // Copied files.
    ("output.ruff", " ${get(stamps[file.folder], file.rel)}", ""),
    // Settings.
    ("config.ruff", "sha256(to_json([config, ", "sha256(to_json([0, "),
    // The order and number of pages in feeds.
    ("feeds.ruff", "[feed.pages, get(feed, \"urls\")]", "[feed.out]"),
];

#[test]
fn the_edits_need_every_kind_of_dependency() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/site/generator");
    for (number, (file, remembers, forgets)) in FORGOTTEN.iter().enumerate() {
        let mut project = Project::new(&format!("forgets-{number}"), 3);
        for (name, content) in files(&shipped) {
            let mut content = text(&content);
            if name == *file {
                assert!(content.contains(remembers), "{file} has no {remembers:?}");
                content = content.replace(remembers, forgets);
            }
            project.site.file(&format!("generator/{name}"), &content);
        }
        let found = first_difference(&mut project, 80);
        assert!(found.is_some(), "no edit needs {remembers:?} in {file}");
    }
}
