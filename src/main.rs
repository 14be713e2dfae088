//! The `ruff` program: hands the command line to `ruff::cli`.

use std::process::ExitCode;

/// Contexts allocate and free small pieces on different threads all the time, which this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ruff::cli::main(std::env::args_os())
}
