//! Sites in temporary folders, for the tests of `ruff site`.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A site in a folder for one test, removed with it.
pub struct Site(pub PathBuf);

impl Site {
    /// With the pages that `ruff site new` writes.
    pub fn new(test: &str) -> Site {
        let site = Site::empty(test);
        let made = ruff(&["site", "new", &site.path("")]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        site
    }

    /// With a configuration only.
    pub fn bare(test: &str, config: &str) -> Site {
        let site = Site::empty(test);
        site.file("site.toml", config);
        site
    }

    pub fn empty(test: &str) -> Site {
        let path = std::env::temp_dir().join(format!("ruff-site-command-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Site(path)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().trim_end_matches('/').to_owned()
    }

    pub fn file(&self, name: &str, content: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("files can be written");
        std::fs::write(path, content).expect("files can be written");
    }

    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.0.join(name)).expect("the file is there");
    }

    pub fn read(&self, name: &str) -> String {
        let path = self.0.join("public").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn run(&self, command: &str, words: &[&str]) -> Output {
        let folder = self.path("");
        let mut all = vec!["site", command, &folder];
        all.extend(words);
        ruff(&all)
    }

    /// Builds and gives what was printed.
    #[track_caller]
    pub fn build(&self, words: &[&str]) -> String {
        let ran = self.run("build", words);
        assert!(ran.status.success(), "{}{}", text(&ran.stdout), text(&ran.stderr));
        text(&ran.stdout)
    }

    /// Exit code and stderr of a run that fails.
    #[track_caller]
    pub fn fails(&self, command: &str, parts: &[&str]) {
        let ran = self.run(command, &[]);
        assert_eq!(ran.status.code(), Some(1), "{}{}", text(&ran.stdout), text(&ran.stderr));
        for part in parts {
            assert!(text(&ran.stderr).contains(part), "{part:?} is missing in:\n{}", text(&ran.stderr));
        }
    }

    /// All files of the output.
    pub fn output(&self) -> BTreeMap<String, Vec<u8>> {
        files(&self.0.join("public"))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn ruff(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ruff")).args(words).output().expect("the program was built")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the output can be listed").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).expect("it is below the root");
            let name = name.to_string_lossy().replace('\\', "/");
            found.insert(name, std::fs::read(&path).expect("the output can be read"));
        }
    }
    found
}
