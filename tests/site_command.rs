//! `ruff site`: new sites are complete and without broken links, the same bytes for any number of workers and after any edit, and a
//! page with an error is named while the others are built.

mod site_folder;

use site_folder::{Site, ruff, text};

#[test]
fn a_new_site_is_complete() {
    let site = Site::new("new");
    site.build(&[]);
    for name in [
        "index.html",
        "404.html",
        "about/index.html",
        "posts/index.html",
        "posts/first-post/index.html",
        "posts/a-bundle/index.html",
        "posts/a-bundle/picture.svg",
        "bundle/index.html",
        "tags/index.html",
        "tags/writing/index.html",
        "categories/notes/index.html",
        "feed.xml",
        "atom.xml",
        "sitemap.xml",
        "robots.txt",
        "search.json",
    ] {
        assert!(!site.read(name).is_empty(), "{name}");
    }
    let assets: Vec<String> = site.output().into_keys().filter(|name| name.starts_with("assets/")).collect();
    assert!(assets.len() == 2 && assets.iter().all(|name| name.split('.').count() == 3), "{assets:?}");
    let checked = site.run("check", &[]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let again = ruff(&["site", "new", &site.path("")]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("is not empty"));
}

#[test]
fn the_output_does_not_depend_on_workers_or_on_who_has_the_generator() {
    let site = Site::new("workers");
    site.build(&["--workers", "1"]);
    let reference = site.output();
    for words in [["--workers", "2"], ["--workers", "4"], ["--park", "portable"]] {
        site.build(&[&words[..], &["--clean"]].concat());
        assert!(site.output() == reference, "{words:?}");
    }
    assert!(site.run("eject", &[]).status.success());
    assert_eq!(site.run("eject", &[]).status.code(), Some(2));
    site.build(&["--clean"]);
    assert!(site.output() == reference, "the ejected generator does something else");
    site.file("generator/theme/templates/404.html", "own");
    site.build(&[]);
    assert_eq!(site.read("404.html"), "own");
}

#[test]
fn code_is_coloured_unless_the_site_says_otherwise() {
    let site = Site::new("highlight");
    site.file("content/code.md", "# Code\n\n```rust\nfn f() {}\n```\n\n```nosuchlanguage\nfn f() {}\n```\n");
    site.build(&[]);
    let page = site.read("code/index.html");
    assert_eq!(page.matches("<span class=\"hl-keyword\">").count(), 1, "{page}");
    assert!(page.contains("fn f() {}"), "an unknown language stays as it is: {page}");
    site.file("site.toml", "title = \"Plain\"\nbase_url = \"https://example.org/\"\nhighlight = false\n");
    site.build(&[]);
    assert!(!site.read("code/index.html").contains("hl-"));
}

/// A build after edits gives what a build from nothing gives.
#[test]
fn only_what_changed_is_rendered_and_the_result_is_that_of_a_clean_build() {
    let site = Site::new("incremental");
    site.file("templates/special.html", "<p>{{ page.title }} {% include 'part.html' %}</p>");
    site.file("templates/part.html", "one");
    site.file("content/special.md", "---\ntitle: Special\ntemplate: special.html\n---\n");
    site.build(&[]);
    let same = || {
        let after = site.output();
        site.build(&["--clean"]);
        assert!(site.output() == after, "a clean build differs");
    };
    assert!(site.build(&[]).contains("\n0 rendered, "));
    site.file("templates/part.html", "two");
    assert!(site.build(&[]).contains("\n1 rendered, "));
    assert!(site.read("special/index.html").contains("two"));
    same();
    site.file("content/about.md", "# About\n\nNew words.\n");
    assert!(site.build(&[]).contains("\n1 rendered, "));
    same();
    site.file("content/posts/2026-03-01-third.md", "A post. [About](../about.md)\n");
    assert!(site.read("posts/a-bundle/index.html").contains("rel=\"prev\""));
    site.build(&[]);
    assert!(site.read("posts/a-bundle/index.html").contains("rel=\"next\""));
    same();
    // The page that another one links to moves: that one changes, too.
    site.file("content/about.md", "---\nurl: /who/\n---\n# About\n");
    let printed = site.build(&[]);
    assert!(printed.contains("removed"), "{printed}");
    assert!(site.read("posts/third/index.html").contains("href=\"/who/\""));
    assert!(!site.0.join("public/about").exists());
    same();
    site.remove("content/posts/2026-03-01-third.md");
    site.build(&[]);
    same();
    // An output that went missing is made again.
    std::fs::remove_file(site.0.join("public/who/index.html")).expect("it was built");
    assert!(site.build(&[]).contains("\n1 rendered, "));
}

#[test]
fn pages_with_errors_are_named_and_the_others_are_built() {
    let site = Site::new("errors");
    site.file("content/good.md", "# Good\n");
    site.file("content/later.md", "old text\n");
    site.build(&[]);
    site.file("content/later.md", "---\ntitle: x\n---\n\n{{< nonsense >}}\n");
    site.file("content/front.md", "---\na: 1\ntitle: [x\n---\n");
    site.file("content/date.md", "---\ndate: someday\n---\n");
    site.file("content/template.md", "---\ntemplate: nowhere.html\n---\n");
    site.file("content/endless.md", "---\ntemplate: endless.html\n---\n");
    site.file("templates/endless.html", "{% include 'endless.html' %}");
    site.file("content/twice.md", "a");
    site.file("content/twice/index.md", "b");
    site.file("content/new.md", "# New\n");
    site.fails(
        "build",
        &[
            "later.md:5: there is no shortcode 'nonsense'",
            "front.md:3: YAML parse error",
            "date.md:2: 'someday' is no date",
            "template.md:1: there is no template 'nowhere.html'",
            "endless.md: template endless.html",
            "already becomes /twice/",
            "6 errors",
        ],
    );
    assert!(site.read("later/index.html").contains("old text"), "the last good output stays");
    assert!(site.read("new/index.html").contains("New"));
    assert!(!site.output().keys().any(|name| name.ends_with(".part")));
}

/// Of two makers of one file the first keeps it, and the error names both.
#[test]
fn nothing_replaces_another_page_in_silence() {
    let site = Site::bare("places", "title = \"T\"\nbase_url = \"https://a.org/\"\n");
    site.file("content/posts/a.md", "---\nslug: same\ntags: [x]\ndate: 2020-01-01\n---\nfirst\n");
    site.file("content/posts/b.md", "---\nslug: same\n---\nsecond\n");
    site.file("content/empty.md", "---\nslug: \"\"\n---\n");
    site.file("content/++.md", "plus\n");
    site.file("content/tags.md", "not the tags\n");
    site.file("content/feed.md", "---\nurl: /feed.xml\n---\nnot a feed\n");
    site.file("content/posts.md", "not the posts\n");
    site.file("content/moved.md", "---\naliases: [/posts/same/]\n---\n");
    site.file("content/two/_index.md", "one text");
    site.file("content/two/README.md", "another text");
    site.file("static/moved/index.html", "static");
    site.file("content/fine.md", "fine");
    site.fails(
        "build",
        &[
            "content/posts/b.md: ",
            "content/posts/a.md already becomes /posts/same/",
            "content/empty.md:2: '' has no letter or digit",
            "content/++.md:1: '++' has no letter or digit",
            "content/tags.md: the list of tags already becomes /tags/",
            "content/feed.md: the RSS feed already becomes /feed.xml",
            "content/posts.md: the list of ",
            "content/moved.md: alias /posts/same/: ",
            "already becomes /two/",
            "static/moved/index.html: ",
            "content/moved.md already becomes /moved/",
            "9 errors",
        ],
    );
    assert!(site.read("posts/same/index.html").contains("first"));
    assert!(site.read("tags/index.html").contains("/tags/x/"));
    assert!(site.read("feed.xml").contains("<rss"));
    assert!(site.read("posts/index.html").contains("/posts/same/"));
    assert!(site.read("fine/index.html").contains("fine"));
}

#[test]
fn terms_that_signs_tell_apart_have_pages_of_their_own() {
    let site = Site::bare("terms", "title = \"T\"\n");
    site.file("content/a.md", "---\ntags: [\"C++\", \"C#\", C, \"++\", \"..\", \"♥\", \"Two words\"]\n---\n");
    site.file("content/b.md", "---\ntags: [two-words]\n---\n");
    site.build(&[]);
    for slug in ["c", "c-plus-plus", "c-sharp", "plus-plus", "u2e-u2e", "u2665"] {
        let list = site.read(&format!("tags/{slug}/index.html"));
        assert!(list.contains("href=\"/a/\"") && !list.contains("href=\"/b/\""), "{slug}");
    }
    let merged = site.read("tags/two-words/index.html");
    assert!(merged.contains("href=\"/a/\"") && merged.contains("href=\"/b/\""));
    assert_eq!(site.read("tags/index.html").matches("/tags/").count(), 7);
    assert!(site.run("check", &[]).status.success());
}

#[test]
fn a_clean_build_removes_what_no_source_makes_any_more() {
    let site = Site::new("clean");
    site.build(&[]);
    site.file("public/CNAME", "a.org");
    site.remove("content/about.md");
    let printed = site.build(&["--clean"]);
    assert!(printed.contains("removed"), "{printed}");
    assert!(!site.0.join("public/about").exists());
    assert_eq!(site.read("CNAME"), "a.org", "what no build made stays");
}

#[test]
fn the_output_cannot_replace_sources() {
    let site = Site::new("output");
    let above = site.0.parent().expect("it is in a folder").to_string_lossy().into_owned();
    let (root, content) = (site.path(""), site.path("content"));
    for output in
        [root.as_str(), &content, &format!("{content}/out"), &above, "/", &format!("{root}/x/../static")]
    {
        let ran = site.run("build", &["--output", output]);
        assert_eq!(ran.status.code(), Some(2), "{output}: {}", text(&ran.stdout));
        assert!(text(&ran.stderr).contains("would replace"), "{}", text(&ran.stderr));
    }
    assert!(site.0.join("content/about.md").exists());
    assert!(site.run("build", &["--output", &format!("{root}/elsewhere")]).status.success());
}

#[test]
fn addresses_are_percent_encoded() {
    let site = Site::bare("encoded", "title = \"T\"\nbase_url = \"https://a.org/\"\n");
    site.file("content/straße.md", "---\ndate: 2020-01-01\ntags: [Größe]\n---\n[x](<ein bild.png>)\n");
    site.file("content/ein bild.png", "png");
    site.build(&[]);
    for (name, part) in [
        ("sitemap.xml", "<loc>https://a.org/stra%C3%9Fe/</loc>"),
        ("search.json", "\"url\":\"/stra%C3%9Fe/\""),
        ("feed.xml", "<link>https://a.org/stra%C3%9Fe/</link>"),
        ("atom.xml", "href=\"https://a.org/stra%C3%9Fe/\""),
        ("index.html", "href=\"/stra%C3%9Fe/\""),
        ("tags/index.html", "href=\"/tags/gr%C3%B6%C3%9Fe/\""),
        ("straße/index.html", "href=\"/ein%20bild.png\""),
    ] {
        assert!(site.read(name).contains(part), "{part} is missing in {name}:\n{}", site.read(name));
    }
    let checked = site.run("check", &[]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
}

/// Errors name the line of the file, and of front matter the line of the name.
#[test]
fn errors_have_lines() {
    let site = Site::new("lines");
    site.file("content/open.md", "---\ntitle: x\n---\n\ntext\n\n{{< note >}}\nnever closed\n");
    site.file("content/none.md", "`{{<` and `{{< note >}}` are code\n\n{{< note title=\"a\n");
    site.file("content/without.md", "{{< note />}}\n");
    site.file("content/tab.md", "---\na: 1\n\tb: 2\n---\n");
    site.file("content/key.md", "---\n? [a]\n: 1\n---\n");
    site.file("content/date.md", "---\ntitle: x\ndate: someday\n---\n");
    site.file("content/tags.toml.md", "+++\ntitle = \"x\"\n\ntags = 5\n+++\n");
    site.fails(
        "build",
        &[
            "open.md:7: {{< note >}} is never closed",
            "none.md:3: {{< opens no shortcode",
            "tab.md:3: YAML parse error",
            "key.md:2: YAML parse error",
            "date.md:3: 'someday' is no date",
            "tags.toml.md:4: 'tags' must be a list of names, not int (5)",
            "6 errors",
        ],
    );
}

#[test]
fn broken_links_are_found() {
    let site = Site::new("links");
    site.file(
        "content/links.md",
        "[a](nowhere.md)\n\n[b](about.md#nothing)\n\n[c](/posts/)\n\n[d](#e)\n\n## E\n\n`[f](g.md)` [h](http://a.b/c)\n",
    );
    site.file("content/image.md", "![x](missing.png)\n");
    site.fails(
        "check",
        &[
            "links.md:1: broken link: nowhere.md",
            "links.md:3: no such heading or id: /about/#nothing",
            "image.md:1: broken link: missing.png",
            "3 errors",
        ],
    );
    assert!(!site.0.join("public").exists(), "a check writes nothing into the site");
}

#[test]
fn front_matter_lists_and_dates() {
    let site = Site::bare(
        "facts",
        "title = \"T\"\nbase_url = \"https://a.org/docs/\"\npaginate = 2\n[permalinks]\nblog = \"/:year/:month/:slug/\"\n",
    );
    site.file(
        "content/blog/one.md",
        "+++\ntitle = \"One\"\ndate = 2020-01-02\ntags = [\"A b\"]\n+++\ntext\n",
    );
    site.file(
        "content/blog/two.md",
        "{\"title\": \"Two <&>\", \"date\": \"2020-02-03\", \"slug\": \"zwei\"}\ntext\n",
    );
    site.file("content/blog/2020-03-04-three.md", "---\ntags: a b, c\n---\n# Three *x*\n");
    site.file("content/blog/draft.md", "---\ndraft: true\n---\n");
    site.file("content/blog/future.md", "---\ndate: 2999-01-01\n---\n");
    site.build(&[]);
    assert!(site.read("2020/01/one/index.html").contains("2 January 2020"));
    assert!(site.read("2020/02/zwei/index.html").contains("<h1>Two &lt;&amp;&gt;</h1>"));
    assert!(site.read("2020/03/three/index.html").contains("<h1>Three x</h1>"));
    assert!(site.read("blog/index.html").contains("href=\"/docs/2020/03/three/\""));
    assert!(site.read("blog/page/2/index.html").contains("href=\"/docs/2020/01/one/\""));
    assert!(site.read("tags/a-b/index.html").contains("three"));
    assert!(site.read("feed.xml").contains("<link>https://a.org/docs/2020/03/three/</link>"));
    assert!(!site.output().keys().any(|name| name.contains("draft") || name.contains("future")));
    site.build(&["--drafts", "--future"]);
    assert!(
        site.read("blog/draft/index.html").contains("Draft"),
        "without a date it has no year to stand in"
    );
    assert!(site.output().contains_key("2999/01/future/index.html"));
    let checked = site.run("check", &[]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
}

#[test]
fn shortcodes_data_and_own_templates() {
    let site = Site::bare("parts", "title = \"T\"\n[params]\ncolour = \"green\"\n");
    site.file("data/team/people.yaml", "- Ann\n- Bob\n");
    site.file("templates/shortcodes/people.html", "<b>{{ data.team.people|join(args['0']) }}</b>");
    site.file("templates/page.html", "{% extends 'base.html' %}{% block main %}{{ site.params.colour }}: {{ page.content|safe }}{% endblock %}");
    site.file("assets/own.css", "a{}");
    site.file("static/CNAME", "a.org");
    site.file(
        "content/a.md",
        "x {{< people \" and \" >}} y\n\n{{< note >}}\n**inner**\n{{< /note >}}\n\n```\n{{< kept >}}\n```\n",
    );
    site.build(&[]);
    let page = site.read("a/index.html");
    for part in ["green: ", "x <b>Ann and Bob</b> y", "<strong>inner</strong>", "{{&lt; kept &gt;}}"] {
        assert!(page.contains(part), "{part} is missing in:\n{page}");
    }
    assert_eq!(site.read("CNAME"), "a.org");
    assert!(site.output().keys().any(|name| name.starts_with("assets/own.") && name.ends_with(".css")));
}

#[test]
fn a_site_in_two_languages() {
    let site = Site::bare(
        "languages",
        "title = \"Words\"\nbase_url = \"https://example.org/sub/\"\n[languages.de]\ntitle = \"Wörter\"\n",
    );
    site.file("content/about.md", "# About\n");
    site.file("content/about.de.md", "# Über\n\n[Text](text.md)\n");
    site.file("content/text.md", "# Text\n");
    site.file("content/de/text.md", "---\ndate: 2026-01-01\ntags: [neu]\n---\n# Ein Text\n");
    site.build(&[]);
    let (english, german) = (site.read("about/index.html"), site.read("de/about/index.html"));
    assert!(english.contains("<html lang=\"en\">") && german.contains("<html lang=\"de\">"), "{german}");
    let link = "hreflang=\"de\" href=\"https://example.org/sub/de/about/\"";
    assert!(english.contains(link) && german.contains(link), "{english}");
    assert!(german.contains("href=\"/sub/de/text/\""), "a link leads to the translation: {german}");
    assert!(site.read("de/index.html").contains("Wörter") && !site.read("index.html").contains("Ein Text"));
    assert!(site.read("de/feed.xml").contains("Ein Text") && site.read("de/search.json").contains("Über"));
    assert!(site.read("de/tags/neu/index.html").contains("Ein Text"));
    assert!(site.read("sitemap.xml").contains("https://example.org/sub/de/text/"));
    assert!(site.run("check", &[]).status.success());
    site.file("site.toml", "[languages.German]\n");
    site.fails("build", &["'German' is no language; write a code like de or pt-BR"]);
}

#[test]
fn what_is_mounted_is_content() {
    let site = Site::bare(
        "mounts/site",
        "mounts = [{ from = \"../docs\", to = \"guide\" }, { from = \"..\", to = \"all\" }]\n",
    );
    let outside = Site(site.0.parent().expect("it is in a folder").to_owned());
    outside.file("docs/first.md", "# First\n\n[second](second.md)\n");
    outside.file("docs/second.md", "# Second\n");
    site.build(&[]);
    assert!(site.read("guide/first/index.html").contains("href=\"/guide/second/\""));
    assert!(site.read("all/docs/first/index.html").contains("href=\"/all/docs/second/\""));
    assert!(site.output().keys().all(|name| !name.contains("all/site")), "the site is no content of itself");
    outside.file("docs/second.md", "---\nnot closed\n");
    site.fails("build", &["second.md"]);
    site.file("site.toml", "mounts = [{ from = \"../nowhere\", to = \"guide\" }]\n");
    site.fails("build", &["there is no", "nowhere"]);
}

#[test]
fn the_documentation_of_this_project_is_a_site_without_broken_links() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/site");
    let ran = ruff(&["site", "check", folder]);
    assert!(ran.status.success(), "{}{}", text(&ran.stdout), text(&ran.stderr));
}

#[test]
fn minified_pages_say_the_same() {
    let site = Site::new("minify");
    site.build(&[]);
    let (before, length) = (site.read("posts/first-post/index.html"), site.read("index.html").len());
    let config = std::fs::read_to_string(site.0.join("site.toml")).expect("it was written");
    site.file(
        "site.toml",
        &config.replace("paginate = 10", "paginate = 10\nminify = true\nhighlight = false"),
    );
    site.build(&["--clean"]);
    let after = site.read("posts/first-post/index.html");
    assert!(after.len() < before.len() && site.read("index.html").len() < length);
    assert!(
        after.contains("<pre><code class=\"language-ruff\">async func greet(name) {\n    await"),
        "{after}"
    );
    assert!(!after.contains("<!--more-->"));
    assert!(site.run("check", &[]).status.success());
}

#[test]
fn content_is_html_in_templates_and_nothing_else_is() {
    let site = Site::bare("content", "title = \"T\"\n");
    site.file("content/a.md", "---\ntitle: 1 < 2\ncontent: <i>own</i>\n---\nSome *text*\n");
    site.file("content/notes/_index.md", "An *intro*\n");
    site.file(
        "templates/page.html",
        "{{ page.title }}|{{ page.content }}|{{ page.params.content }}|{{ page.content|length }}",
    );
    site.file("templates/list.html", "{{ title }}|{{ content }}");
    site.build(&[]);
    assert_eq!(site.read("a/index.html"), "1 &lt; 2|<p>Some <em>text</em></p>\n|&lt;i&gt;own&lt;/i&gt;|26");
    assert_eq!(site.read("notes/index.html"), "Notes|<p>An <em>intro</em></p>\n");
}

/// Without an index there is nothing on the pages to search with either, and it can come and go.
#[test]
fn a_site_may_do_without_search() {
    let site = Site::new("no-search");
    site.build(&[]);
    let with = site.output();
    let settings = std::fs::read_to_string(site.0.join("site.toml")).expect("there are settings");
    let without = settings.replace("search_words = 100", "search_words = 0");
    assert_ne!(settings, without);
    site.file("site.toml", &without);
    site.build(&[]);
    let output = site.output();
    assert!(with.contains_key("search.json") && !output.contains_key("search.json"));
    for (name, page) in output.iter().filter(|(name, _)| name.ends_with(".html")) {
        let searches = ["type=\"search\"", "assets/search"].iter().any(|part| text(page).contains(part));
        assert!(!searches, "{name}: {}", text(page));
    }
    site.build(&["--clean"]);
    assert!(site.output() == output);
    site.file("site.toml", &settings);
    site.build(&[]);
    assert!(site.output() == with);
}

#[test]
fn a_site_may_do_without_some_parts() {
    let site = Site::new("without");
    let parts = ["404", "atom", "robots", "rss", "sections", "sitemap"];
    let files = ["404.html", "atom.xml", "robots.txt", "feed.xml", "posts/index.html", "sitemap.xml"];
    let menu = "[[menu]]\ntitle = \"Posts\"\nurl = \"/posts/\"\n";
    let config = std::fs::read_to_string(site.0.join("site.toml")).expect("it was written").replace(menu, "");
    site.build(&[]);
    for file in files {
        assert!(site.output().contains_key(file), "{file}");
    }
    site.file("site.toml", &format!("without = {parts:?}\n{config}"));
    site.build(&[]);
    for file in files {
        assert!(!site.output().contains_key(file), "{file}");
    }
    let start = site.read("index.html");
    assert!(!start.contains("feed.xml"), "{start}");
    assert!(site.run("check", &[]).status.success());
    site.file("site.toml", &format!("without = [\"feeds\"]\n{config}"));
    site.fails("build", &["'without' names \"feeds\", but not one of 404, atom, robots, rss"]);
}

#[test]
fn wrong_settings_and_words() {
    let site = Site::bare("settings", "titel = \"T\"\n");
    site.fails("build", &["unknown setting 'titel'"]);
    site.file("site.toml", "paginate = \"many\"\n");
    site.fails("build", &["'paginate' must be int, not string"]);
    site.file("site.toml", "search_words = -1\n");
    site.fails("build", &["'search_words' must be at least 1, or 0 for no search index"]);
    site.file("site.toml", "title = \n");
    site.fails("build", &["site.toml:1"]);
    site.remove("site.toml");
    site.fails("build", &["there is no site.toml"]);
    assert_eq!(ruff(&["site", "build", "/nonexistent/site"]).status.code(), Some(5));
}
