//! Snapshots: what is kept, that it comes back the same, and that no bytes can hurt.

mod fixture;
mod generators;
mod hostile;
mod round_trip;
