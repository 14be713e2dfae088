//! Flags that all running commands share, and the engine options they mean.

use std::io::IsTerminal;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches};

use crate::engine::{self, Capability, Options};

/// The variable that gives the time limit where no flag does.
const TIMEOUT_VARIABLE: &str = "RUFF_SCHEDULER_TIMEOUT_MS";

/// How scripts are run.
#[derive(Args, Debug)]
pub(super) struct RunOptions {
    #[command(flatten)]
    session: SessionOptions,
    /// Let an await block its worker thread instead of parking its context; same results
    #[arg(long)]
    no_cooperative: bool,
    /// The form of parked contexts; same results
    #[arg(long, value_enum, default_value_t = Park::Packed)]
    park: Park,
}

/// How scripts and the inputs of a session are run.
#[derive(Args, Debug)]
pub(super) struct SessionOptions {
    /// Worker threads [default: the number of CPUs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// End the run with an error after this many milliseconds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    scheduler_timeout_ms: Option<u64>,
    #[command(flatten)]
    capabilities: Capabilities,
}

/// The form of parked contexts.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Park {
    /// Small and quick; what is alive stays beside the bytes
    Packed,
    /// Self-contained bytes
    Portable,
}

impl RunOptions {
    /// As the engine wants them.
    pub(super) fn engine(&self, script_path: &str, args: Vec<String>) -> Options {
        Options {
            cooperative_suspend_enabled: !self.no_cooperative,
            park: match self.park {
                Park::Packed => engine::Park::Packed,
                Park::Portable => engine::Park::Portable,
            },
            catch_interrupt: true,
            args,
            script_path: script_path.to_owned(),
            ..self.session.engine()
        }
    }
}

impl SessionOptions {
    /// As the engine wants them.
    pub(super) fn engine(&self) -> Options {
        let mut options = Options {
            timeout: self.timeout(),
            denied: self.capabilities.denied.clone(),
            terminals: [
                std::io::stdout().is_terminal(),
                std::io::stderr().is_terminal(),
                std::io::stdin().is_terminal(),
            ],
            ..Options::default()
        };
        if let Some(workers) = self.workers {
            options.workers = usize::from(workers);
        }
        options
    }

    fn timeout(&self) -> Option<Duration> {
        let from_variable = || std::env::var(TIMEOUT_VARIABLE).ok()?.trim().parse().ok().filter(|&ms| ms > 0);
        self.scheduler_timeout_ms.or_else(from_variable).map(Duration::from_millis)
    }
}

/// Every right, by its flag.
const RIGHTS: &[(&str, &[Capability])] = &[
    ("allow-fs-read", &[Capability::FilesystemRead]),
    ("allow-fs-write", &[Capability::FilesystemWrite]),
    ("allow-fs-delete", &[Capability::FilesystemDelete]),
    ("allow-process-exec", &[Capability::ProcessExec]),
    ("allow-shell-exec", &[Capability::ShellExec]),
    ("allow-env-read", &[Capability::EnvRead]),
    ("allow-env-write", &[Capability::EnvWrite]),
    ("allow-net-client", &[Capability::NetworkClient]),
    ("allow-net-server", &[Capability::NetworkServer]),
    ("allow-net", &[Capability::NetworkClient, Capability::NetworkServer]),
    ("allow-database", &[Capability::Database]),
    ("allow-clock", &[Capability::Clock]),
    ("allow-random", &[Capability::Random]),
];

/// `--untrusted` and `--allow-X` (docs/LANGUAGE.md, 14.1): either denies all that is not listed.
#[derive(Debug, Default)]
struct Capabilities {
    denied: Vec<Capability>,
}

impl Args for Capabilities {
    fn augment_args(command: clap::Command) -> clap::Command {
        let flag = |name: &'static str, help: &'static str| {
            Arg::new(name)
                .long(name)
                .help(help)
                .action(ArgAction::SetTrue)
                .help_heading("Rights of the script")
        };
        let command = command
            .arg(flag("untrusted", "Deny everything that no --allow flag lists"))
            .arg(flag("allow-all", "Allow everything (the default)"));
        RIGHTS.iter().fold(command, |command, (name, _)| {
            command.arg(flag(name, "Allow this, deny what is not listed"))
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Capabilities::augment_args(command)
    }
}

impl FromArgMatches for Capabilities {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Capabilities, clap::Error> {
        let given = |name: &str| matches.get_flag(name);
        let restricted = matches.get_flag("untrusted") || RIGHTS.iter().any(|(name, _)| given(name));
        if !restricted || given("allow-all") {
            return Ok(Capabilities::default());
        }
        let allowed: Vec<Capability> = RIGHTS
            .iter()
            .filter(|(name, _)| given(name))
            .flat_map(|(_, rights)| rights.iter().copied())
            .collect();
        let every = RIGHTS.iter().flat_map(|(_, rights)| rights.iter().copied());
        Ok(Capabilities { denied: every.filter(|right| !allowed.contains(right)).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Capabilities::from_arg_matches(matches)?;
        Ok(())
    }
}
