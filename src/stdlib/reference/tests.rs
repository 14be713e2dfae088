//! That the texts and the declarations are about the same names, and that entries keep their form.

use std::collections::HashSet;

use super::{Chapter, Entry, Reference, results};

/// How many public names have no entry. It may only fall.
const UNDESCRIBED: usize = 0;

/// How many lines the text of an entry may have.
const LONGEST: usize = 3;

fn reference() -> Reference {
    Reference::new(&crate::stdlib::table())
}

fn entries(reference: &Reference) -> impl Iterator<Item = &Entry> {
    reference.chapters.iter().flat_map(|chapter| &chapter.entries)
}

#[test]
fn every_name_has_an_entry() {
    let reference = reference();
    let described: HashSet<&str> =
        entries(&reference).flat_map(|entry| entry.names.iter().copied()).collect();
    let primary: HashSet<&str> = reference.declared.iter().map(|declared| declared.names[0]).collect();
    let mut lacking: Vec<&str> = primary.into_iter().filter(|name| !described.contains(name)).collect();
    lacking.sort_unstable();
    assert_eq!(lacking.len(), UNDESCRIBED, "without an entry: {lacking:?}");
}

#[test]
fn every_entry_is_about_names_that_exist_and_is_alone() {
    let reference = reference();
    let known: HashSet<&str> = reference.names().collect();
    let mut seen = HashSet::new();
    for name in entries(&reference).flat_map(|entry| entry.names.iter().copied()) {
        assert!(known.contains(name), "there is no {name}");
        assert!(seen.insert(name), "{name} has two entries");
    }
}

#[test]
fn every_entry_says_what_its_names_do_and_shows_them() {
    let reference = reference();
    for entry in entries(&reference) {
        let help = reference.help_of(entry);
        assert!(!help.signatures.is_empty(), "{:?} is another name of something", entry.names);
        let silent =
            help.signatures.iter().any(|(_, meaning)| meaning.is_empty() || meaning.starts_with("May need"));
        assert!(!silent || !entry.text.is_empty(), "{:?} says nothing", entry.names);
        assert!(entry.text.lines().count() <= LONGEST, "{:?} says too much", entry.names);
        for name in &entry.names {
            assert!(has_word(&entry.example, name), "the example of {name} does not show it");
        }
        assert!(!entry.runs() || entry.example.contains("# ->"), "{:?}: no result", entry.names);
    }
}

fn has_word(text: &str, word: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|found| found == word)
}

#[test]
fn a_chapter_is_read() {
    let text = "# T\n\nAbout\nit.\n\n## a b\nOne.\nTwo.\n\n    a(1)\n    b(2) # -> 3\n\n## c\n\n    $ c\n";
    let first = Entry {
        names: vec!["a", "b"],
        text: "One.\nTwo.".to_owned(),
        example: "a(1)\nb(2) # -> 3".to_owned(),
    };
    let second = Entry { names: vec!["c"], text: String::new(), example: "$ c".to_owned() };
    assert!(first.runs() && !second.runs());
    let expected = Chapter { title: "T", about: "About\nit.".to_owned(), entries: vec![first, second] };
    assert_eq!(Chapter::read(text), expected);
}

#[test]
fn functions_written_in_ruff_tell_the_rights_of_what_they_call() {
    let reference = reference();
    let meaning = |name: &str| reference.help(name).expect("it is declared").signatures[0].1.clone();
    assert_eq!(meaning("execute"), "May need shell-exec.");
    assert_eq!(meaning("async_execute"), "May need shell-exec.");
    assert_eq!(meaning("load_env_file"), "May need env-read, env-write, filesystem-read.");
    assert_eq!(meaning("map"), "");
    assert_eq!(meaning("log_info"), "");
}

#[test]
fn every_function_says_what_it_gives() {
    let reference = reference();
    let signatures = || reference.declared.iter().map(|declared| &declared.signature);
    let silent: Vec<&String> =
        signatures().filter(|text| text.contains('(') && !text.contains(") -> ")).collect();
    assert!(silent.is_empty(), "{silent:?}");
    let known: HashSet<&str> = reference.names().collect();
    let unknown: Vec<&str> = results::names().filter(|name| !known.contains(name)).collect();
    assert!(unknown.is_empty(), "there is no {unknown:?}");
}

#[test]
fn natives_tell_the_rights_that_some_calls_need() {
    let reference = reference();
    let meaning = |name: &str| reference.help(name).expect("it is declared").signatures[0].1.clone();
    assert!(meaning("open_file").ends_with("May need filesystem-read, filesystem-write."));
    assert!(meaning("db_connect").ends_with("Needs database. May need filesystem-read, filesystem-write."));
    assert!(meaning("io_copy_range").ends_with("Needs filesystem-write. May need filesystem-read."));
    assert!(meaning("http_download").ends_with("May need filesystem-write, network-client."));
}

#[test]
fn signatures_read_as_scripts_call_them() {
    let reference = reference();
    let signature = |name: &str| reference.help(name).expect("it is declared").signatures[0].0.clone();
    assert_eq!(signature("append"), "push(a: array, ...xs: any) -> array");
    assert_eq!(signature("to_int"), "to_int(x: any, default?: any) -> int");
    assert_eq!(signature("next"), "next(it, default?) -> any");
    assert_eq!(signature("cycle"), "cycle(xs) -> iterator");
    assert_eq!(signature("PI"), "PI: float");
    assert_eq!(reference.help("__items"), None);
}
