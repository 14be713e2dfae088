//! Imports on the command line: where modules are found, and what is said when they are not.

use std::path::Path;

use super::{Folder, Ran, command};

/// A folder of its own with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(&format!("modules-{name}"));
    for (file, text) in files {
        let within = Path::new(file).parent().expect("files lie in folders");
        std::fs::create_dir_all(folder.0.join(within))
            .expect("the folder for temporary files can be written");
        folder.file(file, text);
    }
    folder
}

fn ruff_in(folder: &Path, words: &[&str]) -> Ran {
    Ran::of(&command(words).current_dir(folder).output().expect("the program starts"))
}

#[test]
fn a_module_is_found_beside_the_importing_file_first() {
    let files = [
        ("main.ruff", "import lib.a\nimport shared\nprint(a.f(), shared.name)"),
        ("lib/a.ruff", "import shared as s\nexport func f() { return s.name }"),
        ("lib/shared.ruff", "export name := \"lib\""),
        ("shared.ruff", "export name := \"top\""),
    ];
    let ran = ruff_in(&folder("beside", &files).0, &["run", "main.ruff"]);
    ran.prints("lib top\n");
}

#[test]
fn a_package_offers_its_root_src_and_modules() {
    let files = [
        ("ruff.toml", ""),
        ("app/main.ruff", "import a\nimport b\nimport c\nprint(a.x, b.x, c.x)"),
        ("a.ruff", "export x := 1"),
        ("src/b.ruff", "export x := 2"),
        ("modules/c.ruff", "export x := 3"),
    ];
    let ran = ruff_in(&folder("package", &files).0, &["run", "app/main.ruff"]);
    ran.prints("1 2 3\n");
}

#[test]
fn errors_of_modules_show_their_own_file() {
    let files = [
        ("main.ruff", "import lib.bad\nprint(undefined_here)"),
        ("lib/bad.ruff", "export func f() {\n    return nowhere\n}"),
    ];
    let ran = ruff_in(&folder("errors", &files).0, &["run", "main.ruff"]);
    assert_eq!(ran.code, Some(4));
    assert!(ran.err.contains("--> lib/bad.ruff:2:12"), "{}", ran.err);
    let files =
        [("main.ruff", "import bad\nbad.f()"), ("bad.ruff", "export func f() {\n    return 1 / 0\n}")];
    let ran = ruff_in(&folder("faults", &files).0, &["run", "main.ruff"]);
    assert!(
        ran.err.contains("--> bad.ruff:2:12") && ran.err.contains("<main> (main.ruff:2:1)"),
        "{}",
        ran.err
    );
}

#[test]
fn check_reports_what_cannot_be_imported() {
    let files = [
        ("main.ruff", "try { import nowhere } except e { }\nimport a"),
        ("a.ruff", "import b"),
        ("b.ruff", "import a"),
    ];
    let ran = ruff_in(&folder("check", &files).0, &["check", "main.ruff"]);
    assert_eq!(ran.code, Some(4));
    assert!(ran.err.contains("Module not found: nowhere"), "{}", ran.err);
    assert!(ran.err.contains("Circular import detected: a -> b -> a"), "{}", ran.err);
}

/// What `run`, `check` and `test` say about a module `m` with these bytes.
fn refused(name: &str, bytes: &[u8], parts: &[&str]) {
    let folder = folder(name, &[("main.ruff", "print(\"not printed\")\n\nimport m\ntest \"t\" { }")]);
    folder.file("m.ruff", bytes);
    for command in ["run", "check", "test"] {
        let ran = ruff_in(&folder.0, &[command, "main.ruff"]);
        ran.fails(
            5,
            &[&["[RUFCLI001]", "Cannot read module 'm.ruff'", "imported at main.ruff:3:1"], parts].concat(),
        );
        assert!(!ran.out.contains("not printed"), "{}", ran.out);
    }
}

#[test]
fn modules_that_are_no_text_are_refused() {
    refused("bytes", b"x := 1\n\xff\xfe", &["not UTF-8", "line 2"]);
    refused("large", &vec![b' '; (16 << 20) + 1], &["16 MiB"]);
}

#[test]
fn a_directory_in_the_place_of_a_module_is_refused() {
    let folder = folder("directory", &[("main.ruff", "import m"), ("m.ruff/x.ruff", "")]);
    ruff_in(&folder.0, &["run", "main.ruff"]).fails(5, &["Cannot read module 'm.ruff': it is a directory"]);
    let ran = ruff_in(&folder.0, &["run", "--json-runtime-diagnostics", "main.ruff"]);
    let object: serde_json::Value = serde_json::from_str(&ran.out).expect("one object");
    assert_eq!(
        (&object["exit_code"], &object["diagnostic"]["file"]),
        (&5.into(), &"m.ruff".into()),
        "{object}"
    );
}

#[test]
fn syntax_errors_of_all_files_are_reported() {
    let files = [("main.ruff", "import a\nx := (\n"), ("a.ruff", "import b\n]"), ("b.ruff", "y := 5.")];
    let ran = ruff_in(&folder("all-syntax", &files).0, &["check", "main.ruff"]);
    ran.fails(3, &["--> main.ruff:2", "--> a.ruff:2:1", "--> b.ruff:1:6"]);
}

#[test]
fn static_errors_of_all_files_are_reported() {
    let files = [("main.ruff", "import a\nnone1"), ("a.ruff", "import b\nnone2"), ("b.ruff", "none3\nnone4")];
    let ran = ruff_in(&folder("all-static", &files).0, &["check", "main.ruff"]);
    ran.fails(4, &["none1", "none2", "none3", "2 errors in b.ruff"]);
    let ran = ruff_in(&folder("all-json", &files).0, &["check", "--json", "main.ruff"]);
    let object: serde_json::Value = serde_json::from_str(&ran.out).expect("one object");
    assert_eq!(object["diagnostics"].as_array().map(Vec::len), Some(4), "{object}");
}

/// Appendix B, 40.
#[test]
fn rights_hold_in_modules_callbacks_and_contexts() {
    let files = [
        (
            "main.ruff",
            "import writes as w\n\
             for f in [() => w.save(), () => [1].map(x => w.save()), () => await spawn { w.save() }] {\n\
                 try { f() } except e { print(e.kind) }\n\
             }",
        ),
        ("writes.ruff", "export func save() { write_file(\"made.txt\", \"x\") }"),
    ];
    let folder = folder("rights", &files);
    let ran = ruff_in(&folder.0, &["run", "--untrusted", "main.ruff"]);
    assert_eq!(ran.out, "CapabilityError\n".repeat(3), "{}", ran.err);
    assert!(!folder.0.join("made.txt").exists());
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_are_refused() {
    let folder = folder(
        "links",
        &[("app/main.ruff", "try { import out } except e { print(e.kind) }"), ("x.ruff", "")],
    );
    std::os::unix::fs::symlink("../x.ruff", folder.0.join("app/out.ruff")).expect("links can be made");
    let ran = ruff_in(&folder.0.join("app"), &["run", "main.ruff"]);
    assert_eq!(ran.out, "ImportError\n", "{}", ran.err);
}

#[test]
fn a_long_chain_of_imports_needs_no_stack() {
    let mut files = vec![("main.ruff".to_owned(), "import m0\nprint(m0.f())".to_owned())];
    for at in 0..2000 {
        files.push((
            format!("m{at}.ruff"),
            format!("import m{}\nexport func f() {{ return m{0}.f() }}", at + 1),
        ));
    }
    files.push(("m2000.ruff".to_owned(), "export func f() { return \"end\" }".to_owned()));
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let ran: Ran = ruff_in(&folder("chain", &files).0, &["run", "main.ruff"]);
    ran.prints("end\n");
}

#[test]
fn the_variable_lists_directories_that_are_searched_last() {
    let files = [
        ("main.ruff", "import a\nimport b\nprint(a.x, b.x)"),
        ("a.ruff", "export x := \"own\""),
        ("one/a.ruff", "export x := 1"),
        ("one/b.ruff", "export x := \"one\""),
        ("two/b.ruff", "export x := 2"),
    ];
    let folder = folder("path", &files);
    let paths = std::env::join_paths(["", "one", "two"]).expect("no name has a separator");
    let output = command(&["run", "main.ruff"]).current_dir(&folder.0).env("RUFF_PATH", paths).output();
    Ran::of(&output.expect("the program starts")).prints("own one\n");
}

#[cfg(unix)]
#[test]
fn one_file_is_one_module_whatever_names_lead_to_it() {
    let files = [
        ("main.ruff", "import a\nimport b\nimport lib.c\nprint(a == b, a == c, a)"),
        ("a.ruff", "print(\"runs\")\nexport x := 1"),
        ("lib/d.ruff", ""),
    ];
    let folder = folder("one", &files);
    std::os::unix::fs::symlink("a.ruff", folder.0.join("b.ruff")).expect("links can be made");
    std::os::unix::fs::symlink("../a.ruff", folder.0.join("lib/c.ruff")).expect("links can be made");
    // From the folder of the script this link stays inside.
    ruff_in(&folder.0, &["run", "main.ruff"]).prints("runs\ntrue true <module a>\n");
}

#[cfg(unix)]
#[test]
fn a_script_that_is_started_by_a_link_finds_its_modules() {
    let files =
        [("app/main.ruff", "import a\nprint(a.x)"), ("app/a.ruff", "export x := 1"), ("bin/other.ruff", "")];
    let folder = folder("started", &files);
    std::os::unix::fs::symlink("../app/main.ruff", folder.0.join("bin/tool.ruff"))
        .expect("links can be made");
    ruff_in(&folder.0, &["run", "bin/tool.ruff"]).prints("1\n");
}

#[test]
fn what_is_missing_is_explained() {
    let files = [
        ("main.ruff", "import lib.nowhere\n"),
        ("lib/a.ruff", "hidden := 1\nexport shown := 2"),
        ("names.ruff", "from lib.a import show\n"),
        ("private.ruff", "from lib.a import hidden\n"),
        ("similar.ruff", "import lib.a\nprint(shwn, hidden)\n"),
        ("both.ruff", "import lib.a\nimport lib.b\nprint(shown)\n"),
        ("lib/b.ruff", "export shown := 3"),
    ];
    let folder = folder("explained", &files);
    let run = |file| ruff_in(&folder.0, &["run", file]);
    run("main.ruff")
        .fails(4, &["ImportError: Module not found: lib.nowhere", "no lib/nowhere.ruff", "src, modules"]);
    run("names.ruff")
        .fails(4, &["ImportError: Symbol 'show' not found in module 'a'", "did you mean `shown`?"]);
    run("similar.ruff").fails(4, &["did you mean `shown`?", "the module a declares it; put `export` before"]);
    run("both.ruff")
        .fails(4, &["exported by several imported modules: a, b", "`a.shown`, or `from b import shown`"]);
    run("private.ruff").fails(4, &["Symbol 'hidden' not found", "put `export` before its declaration"]);
}

#[test]
fn an_error_in_a_module_is_an_object_about_its_file() {
    let files = [("main.ruff", "import lib.a\na.f()"), ("lib/a.ruff", "export func f() { return [][1] }")];
    let ran = ruff_in(&folder("object", &files).0, &["run", "--json-runtime-diagnostics", "main.ruff"]);
    let object: serde_json::Value = serde_json::from_str(&ran.out).expect("one object");
    assert_eq!(object["diagnostic"]["file"], "lib/a.ruff", "{object}");
    assert_eq!(object["call_stack"][0], "<main> (main.ruff:2:1)", "{object}");
    assert_eq!(object["runtime_kind"], "IndexError", "{object}");
}

#[test]
fn tested_files_import_too() {
    let files = [
        (
            "tests/sum.ruff",
            "import lib.sum\ntest \"adds\" { assert_equal(sum.add(1), 1); assert_equal(sum.add(2), 3) }\n\
             test \"begins anew\" { assert_equal(sum.add(5), 5) }",
        ),
        (
            "tests/lib/sum.ruff",
            "total := 0\nexport func add(n) { total += n; return total }\ntest \"of the module\" { assert(false) }",
        ),
    ];
    let ran = ruff_in(&folder("tested", &files).0, &["test", "tests/sum.ruff"]);
    ran.prints("Tests: 2 total, 2 passed, 0 failed\n");
}

#[test]
fn a_script_that_its_module_imports_is_a_circle() {
    let files = [("main.ruff", "import a\nexport x := 1"), ("a.ruff", "from main import x")];
    let folder = folder("circle", &files);
    let circle = "Circular import detected: main -> a -> main";
    ruff_in(&folder.0, &["run", "main.ruff"]).fails(4, &["ImportError", circle, "--> a.ruff:1:1"]);
    ruff_in(&folder.0, &["check", "main.ruff"]).fails(4, &["[check]", circle, "--> a.ruff:1:6"]);
}

#[test]
fn the_example_in_several_files_works() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let ran = ruff_in(&examples, &["run", "shop/main.ruff"]);
    ran.prints("2 x tea: €5.00\n1 x cake: €4.00\ntotal: €9.00\nThrown: nothing called coffee is sold\n");
    ruff_in(&examples, &["test", "shop"]).prints("Tests: 2 total, 2 passed, 0 failed\n");
}
