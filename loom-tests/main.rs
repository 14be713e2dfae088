#![cfg(ruff_loom)]
