//! Says whether calls in tail position become jumps, on which `src/vm/dispatch.rs` builds: `cfg(ruff_threaded)`.

/// Where LLVM passes the four arguments of a routine in registers and jumps to functions of the same type.
const JUMPS: &[&str] = &["x86_64", "aarch64"];

fn main() {
    let is_set = |name: &str, of: &[&str]| std::env::var(name).is_ok_and(|value| of.contains(&&*value));
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(ruff_threaded)");
    if is_set("CARGO_CFG_TARGET_ARCH", JUMPS) && is_set("OPT_LEVEL", &["2", "3"]) {
        println!("cargo:rustc-cfg=ruff_threaded");
    }
}
