//! Exit codes (docs/LANGUAGE.md, 15.2).

use std::process::ExitCode;

use crate::engine::{Error, Incorrect};
use crate::source::Code;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Success,
    /// 1: failed tests or an unmet gate.
    Unmet,
    /// 2: the command line is wrong.
    Usage,
    /// 3: lexical or syntax errors.
    Syntax,
    /// 4: static errors, uncaught errors, unawaited rejections, the time limit.
    Failed,
    /// 5: a file cannot be read or written, or is not UTF-8.
    File,
    /// 6: a bug of ours.
    Internal,
    /// The script called `exit`.
    Script(u8),
    /// 130, as shells count Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The code of a run or check that ended so.
    pub fn of(error: &Error) -> Exit {
        match error {
            Error::Source(_) | Error::Module(_) | Error::Unwritable(_) => Exit::File,
            Error::Diagnostics(files) if files.iter().all(is_static) => Exit::Failed,
            Error::Diagnostics(_) => Exit::Syntax,
            Error::Failed(failure) if failure.kind == "InternalError" => Exit::Internal,
            Error::Failed(_) | Error::Unawaited(_) | Error::TimedOut(_) | Error::OffSchedule(_) => {
                Exit::Failed
            }
            Error::Exit(code) => Exit::Script(*code),
            Error::Interrupted => Exit::Interrupted,
            Error::Host(_) => Exit::Internal,
        }
    }

    /// As the number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Unmet => 1,
            Exit::Usage => 2,
            Exit::Syntax => 3,
            Exit::Failed => 4,
            Exit::File => 5,
            Exit::Internal => 6,
            Exit::Script(code) => code,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Whether all that is wrong with a file is about meaning.
fn is_static(file: &Incorrect) -> bool {
    file.diagnostics.iter().all(|found| found.code == Code::Check)
}
