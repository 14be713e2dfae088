//! Costs of the arrows of the architecture.
fn main() {}
