//! `ruff doc`: entries, chapters, names that do not exist, and the page that is docs/STDLIB.md.

use super::ruff;
#[cfg(unix)]
use super::{Folder, Ran};

#[test]
fn an_entry_has_signature_meaning_and_example() {
    let entry = "swap(a: array, i: int, j: int) -> array
    With two positions exchanged. By dot on a place it changes the place.
    IndexError for a position outside.

    print(swap([\"a\", \"b\", \"c\"], 0, 2), fill([1, 2, 3], 0))  # -> [c, b, a] [0, 0, 0]
";
    ruff(&["doc", "swap"]).prints(entry);
}

#[test]
fn other_names_and_rights_are_told() {
    let ran = ruff(&["doc", "append", "read_file"]);
    assert!(ran.out.contains("push(a: array, ...xs: any) -> array\n"), "{}", ran.out);
    assert!(ran.out.contains("Also `append`."), "{}", ran.out);
    assert!(ran.out.contains("Needs filesystem-read."), "{}", ran.out);
}

#[test]
fn chapters_and_all_names_are_listed() {
    let all = ruff(&["doc"]).out;
    assert!(all.contains("Strings\n    to_upper") && all.contains(" split_once"), "{all}");
    let chapter = ruff(&["doc", "queues"]).out;
    assert!(chapter.starts_with("Sets, queues, stacks\n    Sets keep the order"), "{chapter}");
    assert!(chapter.contains("\nSet(xs: seq = []) -> set\n"), "{chapter}");
}

#[test]
fn an_unknown_name_proposes_another() {
    ruff(&["doc", "spilt"]).fails(2, &["The library has no spilt", "did you mean `split`?"]);
    ruff(&["doc", "strigns"]).fails(2, &["did you mean `Strings`?"]);
    ruff(&["doc", "qqqqqqq"]).fails(2, &["`ruff doc` lists all names"]);
    ruff(&["doc", "--markdown", "split"]).fails(2, &["cannot be used with"]);
}

/// `UPDATE=1` writes the page anew.
#[test]
fn the_reference_in_docs_is_what_the_command_prints() {
    let printed = ruff(&["doc", "--markdown"]).out;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/STDLIB.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &printed).expect("the documents can be written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let apart = kept.lines().zip(printed.lines()).position(|(kept, printed)| kept != printed);
    assert!(kept == printed, "docs/STDLIB.md differs (line {apart:?}); UPDATE=1 writes it anew");
    assert!(printed.lines().count() > 1000);
}

/// Examples that need a shell are dialogues: `$ COMMAND    # TEXT OF THE SCRIPT`, then what is printed.
#[cfg(unix)]
#[test]
fn dialogues_with_a_shell_go_as_written() {
    let page = ruff(&["doc", "--markdown"]).out;
    let dialogues = page.split("```sh\n$ ").skip(1).filter_map(|rest| rest.split_once("\n```"));
    let mut held = 0;
    for (dialogue, _) in dialogues {
        let (line, expected) = dialogue.split_once('\n').expect("something is printed");
        let (shell, script) = line.split_once("    # ").expect("the script is told");
        let (_, file) = shell.split_once("ruff run ").expect("it is run");
        let file = file.split(' ').next().unwrap_or(file);
        let folder = Folder::new("dialogue");
        std::fs::create_dir_all(folder.0.join(file).parent().expect("it is below the folder"))
            .expect("it is new");
        folder.file(file, script);
        let ran = Ran::of(&in_shell(shell, &folder));
        assert_eq!(ran.out.trim_end(), expected, "{shell}\n{}", ran.err);
        held += 1;
    }
    assert!(held >= 3, "only {held} dialogues found");
}

#[cfg(unix)]
fn in_shell(line: &str, folder: &Folder) -> std::process::Output {
    let ruff = std::path::Path::new(env!("CARGO_BIN_EXE_ruff"));
    let own = ruff.parent().expect("it is in a folder").to_string_lossy();
    let path = format!("{own}:{}", std::env::var("PATH").unwrap_or_default());
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", line]).current_dir(&folder.0).env("PATH", path).env_remove("CI");
    shell.output().expect("there is a shell")
}

#[test]
fn only_near_names_are_proposed() {
    ruff(&["doc", "nosuch"]).fails(2, &["The library has no nosuch", "`ruff doc` lists all names"]);
    ruff(&["doc", "tuch"]).fails(2, &["did you mean `touch`?"]);
}
