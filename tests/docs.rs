//! Every ```ruff block in README.md and docs/*.md runs, and prints what its `# ->` comments say.
//!
//! An output of several lines continues in lines that hold only a `# ->` comment. A block without any `# ->` must
//! run without error.

mod harness;

use harness::{Expectation, Mode, differences, root, run};
use ruff::engine::Engine;

/// A fenced block: the file, its first line, its text.
struct Example {
    file: String,
    line: usize,
    text: String,
}

#[test]
fn examples_in_the_documents_do_what_they_say() {
    let engine = Engine::new(Mode::Plain.options());
    let examples = examples();
    assert!(!examples.is_empty(), "no examples found");
    let mut wrong = Vec::new();
    for Example { file, line, text } in &examples {
        let expected = expectation(text);
        let observed = run(&engine, &format!("{file}:{line}"), text).expect("an example ends");
        let found = differences(&expected, &observed);
        wrong.extend(found.iter().map(|difference| format!("{file}:{line}: {difference}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The blocks of README.md, docs/*.md and the posts of the example site.
fn examples() -> Vec<Example> {
    let mut files = vec![root().join("README.md")];
    for folder in ["docs", "examples/site/content/posts"] {
        let entries =
            std::fs::read_dir(root().join(folder)).expect("a folder of this repository can be listed");
        files.extend(entries.map(|entry| entry.expect("a folder of this repository can be listed").path()));
    }
    files.sort();
    files
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .flat_map(|path| {
            let name =
                path.strip_prefix(root()).expect("it is below the root").to_string_lossy().into_owned();
            blocks(&name, &std::fs::read_to_string(path).expect("documents are UTF-8"))
        })
        .collect()
}

fn blocks(file: &str, text: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        if inside && line.trim_end() == "```" {
            inside = false;
        } else if inside {
            let example = found.last_mut().expect("a block was begun");
            example.text.push_str(line);
            example.text.push('\n');
        } else if line.trim_end() == "```ruff" {
            inside = true;
            found.push(Example { file: file.to_owned(), line: number + 2, text: String::new() });
        }
    }
    found
}

fn expectation(text: &str) -> Expectation {
    let outputs = text.lines().filter_map(|line| line.split_once("# ->"));
    let lines = outputs.map(|(_, output)| output.trim().to_owned()).collect();
    Expectation { lines, ..Expectation::default() }
}

#[test]
fn blocks_are_found() {
    let found = blocks("x.md", "text\n```ruff\nprint(1) # -> 1\n```\n```sh\nls\n```\n");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].line, found[0].text.as_str()), (3, "print(1) # -> 1\n"));
    assert_eq!(expectation(&found[0].text).lines, ["1"]);
}
