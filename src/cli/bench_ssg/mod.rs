//! `ruff bench-ssg`: how long a site build takes, as a median of runs.
//!
//! Owns: the runs, the figures made of them, and which of these are worth anything. The work itself is a script
//! (`pipeline.ruff`), run by this program like any other.
//! Invariant: only runs with equal files and checksums are compared, and no temporary file outlives the command.

mod figures;
mod trial;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::PathBuf;

use super::interrupt::Interrupt;
use super::workspace::Workspace;
use super::{Exit, paint};
use figures::Figures;
use trial::{NoTrial, Runner, Trial};

/// A median of runs that differ by more hundredths than this says little.
const NOISY: f64 = 25.0;

/// What follows `ruff bench-ssg`.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// How many documents to build
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    files: u32,
    /// How many runs are measured
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
    /// How many runs come before them and are not measured
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(0..=1000))]
    warmup_runs: u16,
    /// Worker threads of the Ruff script [default: the number of CPUs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// Exit with 1 if the median takes longer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    throughput_gate_ms: Option<u64>,
    /// Tell how long pages spent on reading, and on rendering and writing
    #[arg(long)]
    profile_async: bool,
    /// A script to run instead of the one inside; it prints the lines of the protocol
    #[arg(long, value_name = "FILE")]
    ruff_script: Option<PathBuf>,
    /// Measure the same work in Python, too
    #[arg(long)]
    compare_python: bool,
    /// A Python script to run instead of the one inside
    #[arg(long, value_name = "FILE", requires = "compare_python")]
    python_script: Option<PathBuf>,
    /// The Python interpreter
    #[arg(long, value_name = "EXE", default_value = "python3")]
    python: OsString,
    /// The folder to work in [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    tmp_dir: Option<PathBuf>,
}

/// Why there are no figures: a message, what to add to it, and the exit code.
struct Problem(String, String, Exit);

impl From<String> for Problem {
    fn from(message: String) -> Problem {
        Problem(message, String::new(), Exit::File)
    }
}

/// Measures a site build.
pub(super) fn bench_ssg(arguments: &Arguments) -> Exit {
    match measure(arguments) {
        Ok(exit) => exit,
        Err(Problem(_, _, Exit::Interrupted)) => {
            paint::error("interrupted\n");
            Exit::Interrupted
        }
        Err(Problem(message, detail, exit)) => {
            paint::cli_error(&message, "");
            paint::error(&detail);
            exit
        }
    }
}

fn measure(arguments: &Arguments) -> Result<Exit, Problem> {
    let mut bench = Bench {
        interrupt: Interrupt::new(),
        workspace: Workspace::new("ruff-bench-ssg", arguments.tmp_dir.as_deref())?,
        live: std::io::stderr().is_terminal(),
        arguments,
    };
    let ruff = ruff_runner(arguments, &bench.workspace)?;
    let ruff = bench.measured(&ruff)?;
    let python = match arguments.compare_python {
        true => {
            let runner = python_runner(arguments, &bench.workspace)?;
            Some(bench.measured(&runner)?)
        }
        false => None,
    };
    drop(bench);
    let (figures, first) = &ruff;
    paint::out(&(lines(figures, first) + &summary(figures, first)));
    warn(figures, "Ruff");
    if let Some((figures, _)) = &python {
        warn(figures, "Python");
    }
    let gate = gate(figures, arguments.throughput_gate_ms);
    match &python {
        Some(python) => Ok(compared(&ruff, python).unwrap_or(gate)),
        None => Ok(gate),
    }
}

/// How Ruff scripts are run: by this program, in a process of their own, so that each run starts cold.
fn ruff_runner(arguments: &Arguments, workspace: &Workspace) -> Result<Runner, Problem> {
    let program = std::env::current_exe().map_err(|error| format!("Cannot find this program: {error}"))?;
    let script = match &arguments.ruff_script {
        Some(script) => existing(script)?,
        None => workspace.file("pipeline.ruff", include_str!("pipeline.ruff"))?,
    };
    let mut words = vec![program.into_os_string(), "run".into()];
    if let Some(workers) = arguments.workers {
        words.extend(["--workers".into(), workers.to_string().into()]);
    }
    words.push(script.into_os_string());
    let profiled = if arguments.profile_async { "1" } else { "0" };
    let mut variables = variables(arguments);
    variables.push(("RUFF_BENCH_SSG_PROFILE_ASYNC", profiled.to_owned()));
    Ok(Runner { name: "Ruff", words, variables })
}

fn python_runner(arguments: &Arguments, workspace: &Workspace) -> Result<Runner, Problem> {
    let script = match &arguments.python_script {
        Some(script) => existing(script)?,
        None => workspace.file("pipeline.py", include_str!("pipeline.py"))?,
    };
    let words = vec![arguments.python.clone(), script.into_os_string()];
    Ok(Runner { name: "Python", words, variables: variables(arguments) })
}

fn variables(arguments: &Arguments) -> Vec<(&'static str, String)> {
    vec![("RUFF_BENCH_SSG_FILES", arguments.files.to_string())]
}

/// A script that was named: missing files are told before anything is generated.
fn existing(script: &std::path::Path) -> Result<PathBuf, Problem> {
    match std::fs::metadata(script) {
        Ok(found) if found.is_file() => Ok(script.to_path_buf()),
        Ok(_) => Err(format!("Cannot read file '{}': it is no file", script.display()).into()),
        Err(error) => Err(format!("Cannot read file '{}': {error}", script.display()).into()),
    }
}

/// The runs of one command.
struct Bench<'a> {
    arguments: &'a Arguments,
    interrupt: Interrupt,
    workspace: Workspace,
    /// Whether progress is shown.
    live: bool,
}

/// What equal runs measured, and the first of them.
type Measured = (Figures, Trial);

impl Bench<'_> {
    fn measured(&mut self, runner: &Runner) -> Result<Measured, Problem> {
        for number in 1..=self.arguments.warmup_runs {
            self.run(runner, &format!("warm-up {number} of {}", self.arguments.warmup_runs))?;
        }
        let mut trials: Vec<Trial> = Vec::new();
        for number in 1..=self.arguments.runs {
            let trial = self.run(runner, &format!("run {number} of {}", self.arguments.runs))?;
            if let Some(first) = trials.first() {
                check_equal(first, &trial, &format!("Two runs of the {} script", runner.name))?;
            }
            trials.push(trial);
        }
        self.show("");
        Ok((Figures::new(trials.iter().map(|trial| trial.build_ms).collect()), trials[0]))
    }

    fn run(&mut self, runner: &Runner, label: &str) -> Result<Trial, Problem> {
        self.show(&format!("{}: {label}, {} files", runner.name, self.arguments.files));
        let folder = self.workspace.next_run()?;
        let trial = runner.run(&folder, &mut self.interrupt);
        trial.map_err(|problem| {
            self.show("");
            match problem {
                NoTrial::Interrupted => Problem(String::new(), String::new(), Exit::Interrupted),
                NoTrial::Failed(message, detail) => Problem(message, detail, Exit::Failed),
            }
        })
    }

    /// Replaces the line of progress on a terminal.
    fn show(&self, line: &str) {
        if self.live {
            paint::error(&format!("\r\x1b[K{line}"));
        }
    }
}

fn check_equal(one: &Trial, other: &Trial, who: &str) -> Result<(), Problem> {
    if (one.files, one.checksum) == (other.files, other.checksum) {
        return Ok(());
    }
    let message = format!(
        "{who} did different work: {} files with checksum {}, {} files with checksum {}",
        one.files, one.checksum, other.files, other.checksum
    );
    Err(Problem(message, String::new(), Exit::Unmet))
}

/// The figures as the scripts themselves print them.
fn lines(figures: &Figures, first: &Trial) -> String {
    let mut text = format!(
        "RUFF_SSG_FILES={}\nRUFF_SSG_BUILD_MS={:.3}\nRUFF_SSG_FILES_PER_SEC={:.2}\nRUFF_SSG_CHECKSUM={}\n",
        first.files,
        figures.median(),
        per_second(figures, first),
        first.checksum
    );
    for (name, time) in
        [("RUFF_SSG_READ_MS", first.read_ms), ("RUFF_SSG_RENDER_WRITE_MS", first.render_write_ms)]
    {
        if let Some(ms) = time {
            let _ = writeln!(text, "{name}={ms:.3}");
        }
    }
    text
}

fn per_second(figures: &Figures, first: &Trial) -> f64 {
    first.files as f64 * 1000.0 / figures.median().max(0.001)
}

fn summary(figures: &Figures, first: &Trial) -> String {
    format!(
        "\n{} files in {:.1} ms: {:.0} files a second (median of {})\n\
         p90 {:.1} ms, fastest {:.1} ms, slowest {:.1} ms, spread {:.0} % of the median\n",
        first.files,
        figures.median(),
        per_second(figures, first),
        plural(figures.count()),
        figures.p90(),
        figures.fastest(),
        figures.slowest(),
        figures.spread(),
    )
}

fn plural(runs: usize) -> String {
    if runs == 1 { "1 run".to_owned() } else { format!("{runs} runs") }
}

/// Says when a figure should not be believed.
fn warn(figures: &Figures, who: &str) {
    if figures.count() == 1 {
        paint::error(&format!("warning: one run of {who} does not tell how far runs differ; use --runs 5\n"));
    } else if figures.spread() > NOISY {
        paint::error(&format!(
            "warning: the runs of {who} differ by {:.0} % of their median, so that it says little; \
             use more --runs, or a machine with nothing else to do\n",
            figures.spread()
        ));
    }
}

/// Tells how Python compares; an exit code if the two did different work.
fn compared(ruff: &Measured, python: &Measured) -> Option<Exit> {
    if let Err(Problem(message, _, exit)) = check_equal(&ruff.1, &python.1, "The Ruff and the Python script")
    {
        paint::cli_error(&message, "");
        return Some(exit);
    }
    let (ours, theirs) = (ruff.0.median(), python.0.median());
    let ratio = theirs / ours.max(0.001);
    paint::out(&format!(
        "\nRUFF_SSG_PYTHON_BUILD_MS={theirs:.3}\nRUFF_SSG_PYTHON_RATIO={ratio:.2}\n\
         Python takes {theirs:.1} ms: {ratio:.2} times as long (p90 {:.1} ms, spread {:.0} %)\n",
        python.0.p90(),
        python.0.spread(),
    ));
    None
}

fn gate(figures: &Figures, limit: Option<u64>) -> Exit {
    match limit {
        Some(limit) if figures.median() > limit as f64 => {
            let median = figures.median();
            let message = format!("The median of {median:.1} ms is above the gate of {limit} ms");
            paint::cli_error(&message, "");
            Exit::Unmet
        }
        _ => Exit::Success,
    }
}
