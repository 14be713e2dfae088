//! Sites with mistakes in them: what earlier builds wrote and no source makes any more is removed, builds that were killed leave
//! nothing behind, and each mistake is told once, with its place.

mod site_folder;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use site_folder::{Site, files, ruff, text};

const PLAIN: &str = "title = \"T\"\nbase_url = \"https://a.org/\"\n";

/// Names of files that builds write beside their places.
fn hidden(site: &Site, folder: &str) -> Vec<String> {
    files(&site.0.join(folder))
        .into_keys()
        .filter(|name| name.contains("/.") || name.starts_with('.'))
        .collect()
}

/// Builds into other folders, and builds with errors, do not make a site forget what it wrote.
#[test]
fn what_earlier_builds_wrote_is_removed() {
    let site = Site::bare("stale", PLAIN);
    let (one, again) = (site.path("one"), site.path("content/../one/"));
    site.file("content/a.md", "# A\n");
    site.file("content/moving.md", "---\nurl: /moved/\naliases: [/five/]\n---\ntext\n");
    site.build(&["--output", &one]);
    assert!(site.0.join("one/moved/index.html").exists() && site.0.join("one/five/index.html").exists());
    site.build(&[]);
    site.file("content/bad.md", "---\ndate: someday\n---\n");
    site.file("site.toml", &format!("{PLAIN}paginate = 3\n"));
    site.remove("content/moving.md");
    assert_eq!(site.run("build", &["--output", &again]).status.code(), Some(1));
    site.remove("content/bad.md");
    let printed = site.build(&["--output", &again]);
    assert!(printed.contains("2 removed"), "{printed}");
    site.build(&[]);
    let clean = site.path("clean");
    site.build(&["--clean", "--output", &clean]);
    assert!(
        files(&site.0.join("one")) == files(&site.0.join("clean")),
        "what was built before is still there"
    );
    assert!(site.output() == files(&site.0.join("clean")), "what was built before is still there");
}

/// Whenever a build is killed, the next one leaves what a build from nothing gives: no half-made files, nothing of pages that are gone.
#[test]
fn what_a_killed_build_left_is_removed() {
    let site = Site::bare("killed", PLAIN);
    for number in 0..300 {
        site.file(&format!("content/posts/p{number}.md"), &format!("---\ntags: [t{number}]\n---\ntext\n"));
    }
    for wait in [150, 300, 450] {
        let mut build = Command::new(env!("CARGO_BIN_EXE_ruff"));
        let build = build.args(["site", "build", &site.path("")]).stdout(Stdio::null()).spawn();
        let mut build = build.expect("the program was built");
        std::thread::sleep(Duration::from_millis(wait));
        let _ = build.kill();
        let _ = build.wait();
    }
    // As a kill between writing and renaming leaves it, whether or not one of these hit such a moment.
    site.file("public/posts/p1/.index.html.123-4-56.tmp", "half");
    if !site.0.join(".ruff-site.json.building").exists() {
        site.file(".ruff-site.json.building", "{\"output\":\"elsewhere\",\"files\":[]}");
    }
    for number in 2..300 {
        site.remove(&format!("content/posts/p{number}.md"));
    }
    site.build(&[]);
    assert!(hidden(&site, "public").is_empty(), "{:?}", hidden(&site, "public"));
    let incremental = site.output();
    std::fs::remove_dir_all(site.0.join("public")).expect("it was built");
    site.build(&["--clean"]);
    assert!(incremental == site.output(), "{:?}", incremental.keys());
    site.file("public/posts/p1/.index.html.123-4-56.tmp", "half");
    site.file("public/posts/.own", "not of a build");
    site.build(&["--clean"]);
    assert_eq!(hidden(&site, "public"), ["posts/.own"]);
}

/// The second of two builds that are killed knows of the first one's files only from what that one said it makes.
#[test]
fn two_killed_builds_are_cleaned_up_after() {
    let site = Site::bare("killed-twice", PLAIN);
    site.file("content/a.md", "text\n");
    site.file("public/gone/index.html", "made by the first");
    site.file(".ruff-site.json.building", "{\"output\":\"public\",\"files\":[\"gone/index.html\"]}");
    // It stops in the middle: the template of the page never ends by itself, so what it said is there to be read.
    site.file(
        "templates/page.html",
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
    );
    let mut build = Command::new(env!("CARGO_BIN_EXE_ruff"));
    let build = build.args(["site", "build", &site.path("")]).stdout(Stdio::null()).spawn();
    let mut build = build.expect("the program was built");
    let said = || std::fs::read_to_string(site.0.join(".ruff-site.json.building")).unwrap_or_default();
    let begun = Instant::now();
    while !said().contains("a/index.html") && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = build.kill();
    let _ = build.wait();
    site.file("templates/page.html", "{{ page.title }}");
    site.build(&[]);
    let output = site.output();
    assert!(
        output.contains_key("a/index.html") && !output.contains_key("gone/index.html"),
        "{:?}",
        output.keys()
    );
}

#[test]
fn addresses_stay_within_the_site() {
    let site = Site::bare("within", PLAIN);
    site.file("content/url.md", "---\ntitle: x\nurl: /../../evil2/\n---\n");
    site.file("content/alias.md", "---\naliases:\n  - /old/\n  - ../../up/\n---\n");
    site.file("content/number.md", "---\ntitle: x\naliases: [5]\n---\n");
    site.file("content/address.md", "---\nurl: 5\n---\n");
    site.file("content/fine.md", "---\nurl: /a..b/...c/\naliases: [old..er]\n---\n");
    site.fails(
        "build",
        &[
            "url.md:3: 'url' leads out of the site with '..' in '/../../evil2/'; write it from the root of the site, like /notes/first/",
            "alias.md:2: 'aliases' leads out of the site with '..' in '../../up/'; write it from the root",
            "number.md:3: 'aliases' must be a list of addresses like [/old/], not one with int (5)",
            "address.md:2: 'url' must be an address like /notes/first/, not int (5)",
            "4 errors",
        ],
    );
    assert!(
        site.0.join("public/a..b/...c/index.html").exists()
            && site.0.join("public/old..er/index.html").exists()
    );
    assert!(!site.0.join("public/evil2").exists() && !site.0.join("public/number").exists());
}

#[test]
fn front_matter_has_the_types_that_the_generator_reads() {
    let site = Site::bare("types", PLAIN);
    for (name, lines) in [
        ("weight", "weight: abc"),
        ("tags", "tags: 5"),
        ("title", "title: [1, 2]"),
        ("deep", "tags: [[a]]"),
        ("slug", "slug: {a: 1}"),
        ("draft", "draft: maybe"),
        ("template", "template: 3"),
        ("summary", "summary: [a]"),
        ("description", "description: [5]"),
        ("date", "date: [2020]"),
    ] {
        site.file(&format!("content/{name}.md"), &format!("---\nown: 1\n{lines}\n---\ntext\n"));
    }
    site.file(
        "content/fine.md",
        "---\ntitle: 2024\nweight: -1.5\ntags: [1984, a]\nslug: 7\ndraft: false\nown: [1]\nsummary:\n---\n",
    );
    site.fails(
        "build",
        &[
            "weight.md:3: 'weight' must be a number, not string (\"abc\")",
            "tags.md:3: 'tags' must be a list of names, not int (5)",
            "title.md:3: 'title' must be a text, not array",
            "deep.md:3: 'tags' must be a list of names, not one with array",
            "slug.md:3: 'slug' must be a text, not dict",
            "draft.md:3: 'draft' must be true or false, not string (\"maybe\")",
            "template.md:3: 'template' must be the name of a template, not int (3)",
            "summary.md:3: 'summary' must be a text, not array",
            "description.md:3: 'description' must be a text, not array",
            "date.md:3: 'date' must be a date like 2026-01-31 or 2026-01-31T09:30:00Z, not array",
            "10 errors",
        ],
    );
    assert!(site.read("7/index.html").contains("2024"));
}

/// A link to a page that failed is not one more mistake, and each broken link is told once, in the line that has it.
#[test]
fn a_check_tells_each_mistake_once() {
    let site = Site::bare("once", &format!("{PLAIN}[languages.de]\nname = \"Deutsch\"\n"));
    site.file("content/de/a.md", "---\ntitle: x\n---\n\n{{< nonsense >}}\n");
    site.file("content/a.md", "---\ntitle: Ende\n---\nmodern\n\n[de](de/a.md) [b](b.md) [c](/c/)\n");
    site.file("content/b.md", "---\ndate: someday\n---\n");
    site.file("content/c/index.md", "---\ntags: 5\n---\n");
    let ran = site.run("check", &[]);
    let told = text(&ran.stderr);
    assert!(!told.contains("broken link") && told.contains("3 errors"), "{told}");
    for name in ["content/de/a.md", "content/b.md", "content/c/index.md"] {
        site.file(name, "# Fine\n");
    }
    site.file(
        "content/a.md",
        "---\ntitle: here\n---\nnowhere here\n\n[x](nowhere/here.md) [x](nowhere/here.md)\n",
    );
    site.file(
        "templates/page.html",
        "<a href=\"/lost/\">a</a> <a href=\"https://a.org/lost/\">b</a> {{ page.content|safe }}",
    );
    let ran = site.run("check", &[]);
    let told = text(&ran.stderr);
    assert_eq!(told.matches("nowhere/here.md").count(), 1, "{told}");
    assert!(told.contains("content/a.md:6: broken link: nowhere/here.md"), "{told}");
    assert_eq!(
        told.matches("content/a.md: broken link: /lost/ (not in its text: look at its template)").count(),
        1,
        "{told}"
    );
    assert!(!told.contains("https://a.org/lost/"), "{told}");
}

/// A broken template is one mistake, however many pages are made with it; what only one page does wrong names the page.
#[test]
fn a_mistake_of_a_template_is_told_once() {
    let site = Site::bare("template", PLAIN);
    for number in 0..5 {
        site.file(&format!("content/p{number}.md"), &format!("---\nwrong: {}\n---\ntext\n", number == 3));
    }
    let told = || {
        let ran = site.run("build", &[]);
        assert_eq!(ran.status.code(), Some(1));
        text(&ran.stderr)
    };
    let template = site.path("templates/page.html");
    site.file("templates/page.html", "one\n{% if %}");
    assert_eq!(
        told(),
        format!("{template}:2: Template parse error: unexpected end of block (5 pages)\n1 error\n")
    );
    site.file("templates/page.html", "{% include 'part.html' %}");
    site.file("templates/part.html", "{{ page.none.of.it }}");
    let (part, undefined) = (site.path("templates/part.html"), told());
    assert!(undefined.starts_with(&format!("{part}:1: Template error: undefined value")), "{undefined}");
    assert!(undefined.ends_with("(5 pages)\n1 error\n"), "{undefined}");
    site.file("templates/page.html", "{% if page.params.wrong %}{{ page.none.of.it }}{% endif %}");
    let one = told();
    assert!(one.contains("content/p3.md: template page.html: ") && one.ends_with("\n1 error\n"), "{one}");
    assert!(!one.contains("pages)"), "{one}");
}

#[test]
fn settings_are_checked_and_errors_name_their_file() {
    let site = Site::bare("checked", PLAIN);
    site.file("content/blog/a.md", "# A\n");
    let entry = "site.toml: an entry of the menu has a 'title' and a 'url', both texts, not";
    for (settings, parts) in [
        (
            "[permalinks]\nblog = \"/:yaer/:slug/\"\n",
            &[
                "[permalinks] 'blog' has ':yaer', which is not one of :year, :month, :day, :slug, :title, :section",
            ][..],
        ),
        ("[[menu]]\ntitle = 3\nurl = \"/\"\n", &[entry]),
        ("[[menu]]\ntitle = \"A\"\n", &[entry]),
        ("[languages.de]\nmenu = [{ title = \"A\" }]\n", &[entry]),
        ("base_url = \"http://a b/\"\n", &["site.toml: base_url: "]),
        (
            "base_url = \"a.org\"\n",
            &["site.toml: base_url: 'a.org' is not the address of a site, like https://"],
        ),
        ("base_url = \"https://\"\n", &["'https://' is not the address of a site"]),
        ("base_url = \"https://a.org/?x=1\"\n", &["'https://a.org/?x=1' is not the address of a site"]),
        ("mounts = [{ from = \"nowhere\", to = \"x\" }]\n", &["site.toml: mounts: there is no "]),
        ("titel = \"T\"\n", &["site.toml: unknown setting 'titel', not one of title, description, "]),
    ] {
        site.file("site.toml", settings);
        site.fails("build", parts);
    }
    site.file("site.toml", "[permalinks]\nblog = \"/:section/x-:title/\"\n");
    site.build(&[]);
    assert!(site.0.join("public/blog/x-a/index.html").exists());
    let ran = site.run("build", &["--base-url", "http://a b/"]);
    assert!(text(&ran.stderr).starts_with("--base-url: "), "{}", text(&ran.stderr));
}

#[test]
fn what_is_no_site_is_left_alone() {
    let folder = Site::empty("no-site");
    folder.file("notes.txt", "text");
    for command in ["build", "check", "serve"] {
        folder.fails(command, &["is no site: there is no site.toml in it"]);
        let mut here = Command::new(env!("CARGO_BIN_EXE_ruff"));
        let ran =
            here.args(["site", command]).current_dir(&folder.0).output().expect("the program was built");
        assert_eq!(ran.status.code(), Some(1));
        assert!(text(&ran.stderr).starts_with(". is no site: "), "{}", text(&ran.stderr));
    }
    for path in ["", "TYPO"] {
        let ran = ruff(&["site", "eject", &folder.path(path)]);
        assert_eq!(ran.status.code(), Some(5));
        assert!(text(&ran.stderr).contains("is no site: "), "{}", text(&ran.stderr));
    }
    assert_eq!(files(&folder.0).into_keys().collect::<Vec<_>>(), ["notes.txt"]);
    assert!(!folder.0.join("TYPO").exists());
}

#[cfg(unix)]
#[test]
fn an_output_that_cannot_be_looked_through_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::bare("unreadable", PLAIN);
    site.file("content/a.md", "# A\n");
    site.file("public/closed/file", "");
    let closed = site.0.join("public/closed");
    let allow = |mode| std::fs::set_permissions(&closed, PermissionsExt::from_mode(mode));
    allow(0o000).expect("it is ours");
    // Some users may read everything.
    if std::fs::read_dir(&closed).is_err() {
        let ran = site.run("build", &[]);
        let told = text(&ran.stderr);
        assert!(ran.status.code() == Some(1) && told.starts_with("The output "), "{told}");
        assert!(told.contains("closed") && !told.contains("Call stack"), "{told}");
    }
    allow(0o755).expect("it is ours");
}

#[test]
fn an_output_that_is_no_folder_is_refused() {
    let site = Site::bare("no-folder", PLAIN);
    site.file("content/a.md", "# A\n");
    site.file("taken", "a file");
    for output in ["taken", "taken/below"] {
        let ran = ruff(&["site", "build", &site.path(""), "--output", &site.path(output)]);
        let told = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(5), "{told}");
        assert!(
            told.contains("[cli]")
                && told.contains("taken', which is no folder")
                && !told.contains("site.ruff"),
            "{told}"
        );
        assert!(told.contains("= help: choose another folder with --output"), "{told}");
    }
    assert_eq!(std::fs::read_to_string(site.0.join("taken")).expect("it is there"), "a file");
}

#[test]
fn feeds_are_complete_when_all_pages_failed() {
    let site = Site::bare("feeds", PLAIN);
    site.file("content/a.md", "---\ndate: 2020-01-01\n---\n{{< nonsense >}}\n");
    site.fails("build", &["a.md:4: there is no shortcode 'nonsense'", "1 error"]);
    assert!(site.read("feed.xml").contains("<channel>") && site.read("atom.xml").contains("<feed"));
}
