//! One run of a benchmark script: a process of its own, and what its lines say.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::cli::interrupt::Interrupt;

/// How long the command sleeps between two looks at a run.
const PAUSE: Duration = Duration::from_millis(10);

/// How scripts of one language are run.
pub(super) struct Runner {
    /// The language, for messages.
    pub(super) name: &'static str,
    /// The program and all its words.
    pub(super) words: Vec<OsString>,
    /// Variables beside the folder.
    pub(super) variables: Vec<(&'static str, String)>,
}

/// What a run measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trial {
    pub(super) files: u64,
    pub(super) checksum: u64,
    pub(super) build_ms: f64,
    pub(super) read_ms: Option<f64>,
    pub(super) render_write_ms: Option<f64>,
}

/// Why a run gave no figures.
#[derive(Debug)]
pub(super) enum NoTrial {
    Interrupted,
    /// What went wrong, and what the script wrote to stderr.
    Failed(String, String),
}

impl Runner {
    /// Runs the script once in an empty folder.
    pub(super) fn run(&self, folder: &Path, interrupt: &mut Interrupt) -> Result<Trial, NoTrial> {
        let (out, err) = (folder.join("stdout"), folder.join("stderr"));
        let status = self.start(folder, &out, &err).and_then(|child| ended(child, interrupt))?;
        let text = |path: &Path| {
            fs::read(path).map_or(String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        if !status.success() {
            return Err(NoTrial::Failed(format!("The {} script failed ({status})", self.name), text(&err)));
        }
        Trial::parse(&text(&out))
            .map_err(|problem| NoTrial::Failed(format!("The {} script {problem}", self.name), text(&err)))
    }

    /// Output goes to files: a script may write more than a pipe holds.
    fn start(&self, folder: &Path, out: &Path, err: &Path) -> Result<Child, NoTrial> {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).env("RUFF_BENCH_SSG_TMP_DIR", folder).stdin(Stdio::null());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let mut start = || command.stdout(File::create(out)?).stderr(File::create(err)?).spawn();
        start().map_err(|error| {
            let program = self.words[0].to_string_lossy();
            NoTrial::Failed(format!("Cannot run '{program}': {error}"), String::new())
        })
    }
}

/// Waits for the end of a run; an interrupt ends it.
fn ended(mut child: Child, interrupt: &mut Interrupt) -> Result<ExitStatus, NoTrial> {
    let lost = |error: std::io::Error| {
        NoTrial::Failed(format!("Cannot wait for the script: {error}"), String::new())
    };
    loop {
        if let Some(status) = child.try_wait().map_err(lost)? {
            // The terminal sends Ctrl-C to the script, too, which may end first.
            return match interrupt.within(Duration::from_micros(1)) {
                Some(true) => Err(NoTrial::Interrupted),
                _ => Ok(status),
            };
        }
        match interrupt.within(PAUSE) {
            Some(false) => {}
            Some(true) => {
                // It may have ended meanwhile; either way it is gone before its files are.
                let _ = child.kill();
                let _ = child.wait();
                return Err(NoTrial::Interrupted);
            }
            None => return child.wait().map_err(lost),
        }
    }
}

impl Trial {
    /// Reads the lines of the protocol; other lines are the script's own business.
    fn parse(text: &str) -> Result<Trial, String> {
        let value = |name: &str| {
            let line = text.lines().rev().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
            line.map(str::trim)
        };
        let required = |name: &str| value(name).ok_or_else(|| format!("printed no line {name}=..."));
        let malformed = |name: &str| format!("printed a line {name}= without a proper number");
        let whole = |name: &str| required(name)?.parse::<u64>().map_err(|_| malformed(name));
        let time = |name: &str, text: &str| {
            let ms: Option<f64> = text.parse().ok();
            ms.filter(|ms| ms.is_finite() && *ms >= 0.0).ok_or_else(|| malformed(name))
        };
        let optional = |name: &str| value(name).map(|text| time(name, text)).transpose();
        Ok(Trial {
            files: whole("RUFF_SSG_FILES")?,
            checksum: whole("RUFF_SSG_CHECKSUM")?,
            build_ms: time("RUFF_SSG_BUILD_MS", required("RUFF_SSG_BUILD_MS")?)?,
            read_ms: optional("RUFF_SSG_READ_MS")?,
            render_write_ms: optional("RUFF_SSG_RENDER_WRITE_MS")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Trial;

    #[test]
    fn lines_are_found_among_others() {
        let text =
            "hello\nRUFF_SSG_FILES=3\n RUFF_SSG_BUILD_MS=1.5 \nRUFF_SSG_CHECKSUM=9\nRUFF_SSG_READ_MS=2\n";
        let trial = Trial::parse(text).expect("all lines are there");
        assert_eq!((trial.files, trial.checksum, trial.build_ms), (3, 9, 1.5));
        assert_eq!((trial.read_ms, trial.render_write_ms), (Some(2.0), None));
    }

    #[test]
    fn bad_lines_are_named() {
        let problem = |text: &str| Trial::parse(text).expect_err("a line is missing or wrong");
        assert_eq!(problem(""), "printed no line RUFF_SSG_FILES=...");
        assert!(problem("RUFF_SSG_FILES=x").contains("RUFF_SSG_FILES= without a proper number"));
        let nan = "RUFF_SSG_FILES=1\nRUFF_SSG_CHECKSUM=1\nRUFF_SSG_BUILD_MS=NaN";
        assert!(problem(nan).contains("RUFF_SSG_BUILD_MS"));
    }
}
