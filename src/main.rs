//! The `ruff` program: hands the command line to `ruff::cli`.

mod allocator;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

fn main() -> ExitCode {
    ruff::cli::main(std::env::args_os())
}
