//! Every rule of docs/LANGUAGE.md has rows in tests/COVERAGE.md, and every row names tests that exist.
//!
//! Whether a test covers its rule is for readers to judge; that no rule and no folder of scripts is forgotten is checked here.

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use harness::{root, scripts};

/// A row: what it is about in the rule, and the paths that cover it.
type Row = (String, Vec<String>);

/// What the table says: for each rule its rows.
type Table = BTreeMap<String, Vec<Row>>;

#[test]
fn every_rule_is_covered_by_tests_that_exist() {
    let rules = rules(&text("docs/LANGUAGE.md"));
    assert!(rules.len() > 120, "only {} rules found", rules.len());
    let wrong = mistakes(&rules, &text("tests/COVERAGE.md"), &exists, &folders());
    assert!(wrong.is_empty(), "tests/COVERAGE.md\n{}", wrong.join("\n"));
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The numbers of all rules: `4.2`; `13` for a section without numbered rules; `B.7` for an item of an appendix that has
/// some, `A` for one that has none.
fn rules(language: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut section = String::new();
    for line in language.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section =
                heading.trim_start_matches("Appendix ").chars().take_while(|c| c.is_alphanumeric()).collect();
            found.insert(section.clone());
        } else if let Some(rule) = line.strip_prefix("**").and_then(|rest| number(rest, " *")) {
            found.remove(&section);
            found.insert(rule);
        } else if let Some(item) = number(line, ".").filter(|_| section.starts_with(char::is_uppercase)) {
            found.remove(&section);
            found.insert(format!("{section}.{item}"));
        }
    }
    found
}

/// The number that `text` starts with, if one of the characters in `ends` follows it.
fn number(text: &str, ends: &str) -> Option<String> {
    let length = text.find(|c: char| !c.is_ascii_digit() && (c != '.' || ends.contains('.')))?;
    let found = &text[..length];
    let ended = text[length..].starts_with(|c| ends.contains(c));
    (ended && found.starts_with(|c: char| c.is_ascii_digit())).then(|| found.to_owned())
}

/// The rows of the table.
fn table(document: &str) -> Table {
    let mut table = Table::new();
    for row in document.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.split('|').map(str::trim).skip(1).collect();
        let &[rule, sentence, covered, ..] = &cells[..] else { continue };
        let paths = covered.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        table.entry(rule.to_owned()).or_default().push((sentence.to_owned(), paths));
    }
    table
}

/// Whether `path` of the table names something.
fn exists(path: &str) -> bool {
    let tests = root().join("tests");
    let script = tests.join("scripts").join(path);
    script.is_dir() || script.with_extension("ruff").is_file() || tests.join(path).exists()
}

/// The folders of scripts about the language and the runtime, as the table writes them.
fn folders() -> BTreeSet<String> {
    let all = root().join("tests/scripts");
    let found = ["language", "runtime"].into_iter().flat_map(|area| scripts(&all.join(area)));
    let folder =
        |script: &Path| script.parent().and_then(|folder| folder.strip_prefix(&all).ok().map(Path::to_owned));
    found.filter_map(|script| folder(&script)).map(|path| path.to_string_lossy().replace('\\', "/")).collect()
}

fn mistakes(
    rules: &BTreeSet<String>,
    document: &str,
    exists: &dyn Fn(&str) -> bool,
    folders: &BTreeSet<String>,
) -> Vec<String> {
    let table = table(document);
    let rows = || table.iter().flat_map(|(rule, rows)| rows.iter().map(move |row| (rule, row)));
    let paths: Vec<&String> = rows().flat_map(|(_, (_, paths))| paths).collect();
    let mut wrong = Vec::new();
    wrong.extend(
        rules.iter().filter(|rule| !table.contains_key(*rule)).map(|rule| format!("{rule} has no row")),
    );
    wrong.extend(
        table.keys().filter(|rule| !rules.contains(*rule)).map(|rule| format!("there is no rule {rule}")),
    );
    wrong.extend(
        rows()
            .filter(|(_, (sentence, paths))| sentence.is_empty() || paths.is_empty())
            .map(|(rule, (sentence, _))| format!("{rule}, {sentence}: names no test")),
    );
    wrong.extend(paths.iter().filter(|path| !exists(path)).map(|path| format!("{path} does not exist")));
    let named = |folder: &String| paths.iter().any(|path| Path::new(path).starts_with(folder));
    wrong.extend(
        folders.iter().filter(|folder| !named(folder)).map(|folder| format!("{folder} is named nowhere")),
    );
    wrong
}

#[test]
fn rules_are_found() {
    let text = "## 1 Words\n**1.1 Source.** x\n**1.12** y\n1. no\n**bold** z\n## 13 Tests\n- t\n## Appendix A: g\n## Appendix B: s\n1. `a`\n40. b";
    let expected = ["1.1", "1.12", "13", "A", "B.1", "B.40"].map(str::to_owned);
    assert_eq!(rules(text), BTreeSet::from(expected));
}

#[test]
fn a_wrong_table_is_noticed() {
    let rules = BTreeSet::from(["1.1", "1.2", "1.3"].map(str::to_owned));
    let folders = BTreeSet::from(["a/b".to_owned(), "a/c".to_owned()]);
    let document = "| rule | sentence | covered by |\n|---|---|---|\n| 1.1 | x | `a/b/x` |\n| 1.1 | y | `gone` |\n| 1.2 | z | later |\n| 9.9 | a | `a` |\n";
    let wrong = mistakes(&rules, document, &|path| path != "gone", &folders);
    let expected = [
        "1.3 has no row",
        "there is no rule 9.9",
        "1.2, z: names no test",
        "gone does not exist",
        "a/c is named nowhere",
    ];
    assert_eq!(wrong, expected);
}
