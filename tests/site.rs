//! The site generator in examples/site: complete, linked, and the same bytes however its contexts are run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder for one test, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("ruff-site-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("the folder for temporary files can be written");
        Folder(path)
    }

    fn file(&self, name: &str, content: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("temporary files can be written");
        std::fs::write(path, content).expect("temporary files can be written");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn build(options: &[&str], input: &Path, output: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/site/build.ruff");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ruff"));
    command.arg("run").args(options).arg(script).arg(input).arg(output);
    command.output().expect("the program was built")
}

fn build_well(options: &[&str], input: &Path, output: &Path) -> BTreeMap<String, Vec<u8>> {
    let ran = build(options, input, output);
    assert!(
        ran.status.success(),
        "{options:?}\n{}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    files(output)
}

/// All files below a folder: path with `/`, and content.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the output can be listed") {
            let path = entry.expect("the output can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .expect("it is below the root")
                    .to_string_lossy()
                    .replace('\\', "/");
                found.insert(name, std::fs::read(&path).expect("the output can be read"));
            }
        }
    }
    found
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/site/content")
}

#[test]
fn the_output_does_not_depend_on_how_contexts_run() {
    let folder = Folder::new("modes");
    let reference = build_well(&["--workers", "1"], &shipped(), &folder.0.join("reference"));
    assert!(reference.len() > 15, "{:?}", reference.keys());
    let modes: [&[&str]; 4] =
        [&["--workers", "2"], &["--workers", "4"], &["--park", "portable"], &["--no-cooperative"]];
    for (number, options) in modes.into_iter().enumerate() {
        let output = build_well(options, &shipped(), &folder.0.join(number.to_string()));
        assert!(output.keys().eq(reference.keys()), "{options:?}: {:?}", output.keys());
        for (name, bytes) in &output {
            assert!(reference[name] == *bytes, "{name} differs with {options:?}");
        }
    }
}

#[test]
fn every_local_link_leads_to_a_file() {
    let folder = Folder::new("links");
    let output = build_well(&["--workers", "2"], &shipped(), &folder.0);
    let mut wrong = Vec::new();
    for (name, bytes) in output.iter().filter(|(name, _)| name.ends_with(".html")) {
        let text = String::from_utf8_lossy(bytes);
        for link in links(&text).filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let target = resolve(name, link.split('#').next().unwrap_or(link));
            if !output.contains_key(&target) {
                wrong.push(format!("{name}: {link} -> {target}"));
            }
        }
        assert!(!text.contains("{{") || name.contains("docs/"), "{name}: a template was not filled in");
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn links(html: &str) -> impl Iterator<Item = &str> {
    let after = |mark: &'static str| html.split(mark).skip(1).filter_map(|rest| rest.split('"').next());
    after(" href=\"").chain(after(" src=\""))
}

/// The path of a link from a page.
fn resolve(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn titles_come_from_front_matter_heading_or_name() {
    let folder = Folder::new("titles");
    let input = folder.0.join("input");
    let pages = Folder(input.clone());
    pages.file("a.md", "---\ntitle: Given & kept\n---\n# Other\n");
    pages.file("b.md", "# From *the* heading\n\nText, see [c](deep/er/0042-c_c.md#x).\n");
    pages.file("deep/er/0042-c_c.md", "- a list first\n\n## Summary\n");
    pages.file("data.txt", "copied");
    let output = build_well(&[], &input, &folder.0.join("output"));
    let page = |name: &str| String::from_utf8_lossy(&output[name]).into_owned();
    assert!(page("a.html").contains("<h1>Given &amp; kept</h1>"), "{}", page("a.html"));
    assert!(page("b.html").contains("<h1>From the heading</h1>"), "{}", page("b.html"));
    assert_eq!(page("b.html").matches("<h1").count(), 1);
    assert!(page("b.html").contains("href=\"deep/er/0042-c_c.html#x\""), "{}", page("b.html"));
    assert!(page("deep/er/0042-c_c.html").contains("<h1>0042 c c</h1>"), "{}", page("deep/er/0042-c_c.html"));
    assert!(page("index.html").contains("deep/er/0042-c_c.html"));
    assert!(output.contains_key("deep/er/index.html"));
    assert_eq!(output["data.txt"], b"copied");
}

#[test]
fn bad_pages_are_named_and_the_others_are_built() {
    let folder = Folder::new("bad");
    let input = folder.0.join("input");
    let pages = Folder(input.clone());
    pages.file("good.md", "# Good\n");
    pages.file("bad.md", "---\ntitle: [never closed\n---\ntext\n");
    let ran = build(&[], &input, &folder.0.join("output"));
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&ran.stderr).contains("bad.md"),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(folder.0.join("output/good.html").exists());
    let ran = build(&[], &folder.0.join("nowhere"), &folder.0.join("output"));
    assert_eq!(ran.status.code(), Some(2));
}
