//! Long lines, words, numbers, strings and files.

use super::{prints, ran, refused};
use ruff::source::Source;

const MEGABYTE: usize = 1 << 20;

#[test]
fn long_lines_work() {
    prints(&format!("x := [{}]; print(len(x))", "1, ".repeat(350_000)), "350000");
    prints(&format!("print(len(\"{}\"))", "é".repeat(MEGABYTE)), "1048576");
    prints(&format!("print(1) # {}", "x".repeat(MEGABYTE)), "1");
    prints(&format!("{}print(1)", " ".repeat(MEGABYTE)), "1");
    prints(&format!("{}print(1)", ";".repeat(MEGABYTE)), "1");
    refused(&format!("x := [{}]; print(nope)", "1, ".repeat(350_000)), "1:1050016 Undefined variable: nope");
    refused(&format!("{}print(nope)", "\n".repeat(MEGABYTE)), "1048577:7 Undefined variable: nope");
}

#[test]
fn words_have_256_characters_at_most() {
    let long = "this word is longer than 256 characters";
    prints(&format!("{0} := 1\nprint({0})", "é".repeat(256)), "1");
    refused(&format!("{} := 1", "a".repeat(257)), &format!("1:1 {long}"));
    refused(&format!("x := {{{}: 1}}", "a".repeat(257)), &format!("1:7 {long}"));
    refused(&format!("x := 1\nprint({})", "a".repeat(MEGABYTE)), &format!("2:7 {long}"));
}

#[test]
fn numbers_have_512_characters_at_most() {
    let long = "this number is longer than 512 characters";
    prints(&format!("print(1.{})", "0".repeat(510)), "1");
    refused(&format!("print(1.{})", "0".repeat(511)), &format!("1:7 {long}"));
    refused(&format!("x := {}", "1".repeat(MEGABYTE)), &format!("1:6 {long}"));
}

#[test]
fn files_have_16_megabytes_at_most() {
    let text = format!("print(1) #{}", "x".repeat(16 * MEGABYTE));
    assert!(Source::from_bytes("big.ruff", &text.as_bytes()[..16 * MEGABYTE]).is_ok());
    assert!(Source::from_bytes("big.ruff", &text.as_bytes()[..=16 * MEGABYTE]).is_err());
    assert_eq!(ran(&text).exit, 5);
}

#[test]
fn many_errors_are_all_reported() {
    for (line, message) in [("@", "invalid character `@`"), ("x := )", "this `)` closes nothing")] {
        let observed = ran(&format!("{line}\n").repeat(20_000));
        assert_eq!(observed.diagnostics.len(), 20_000);
        let last = &observed.diagnostics[19_999];
        assert!(last.starts_with("20000:") && last.ends_with(message), "{last}");
    }
}
