//! The `ruff` binary.
fn main() {}
