//! What is nested: 256 levels work on the small stacks of workers, more is refused where it begins to be too much.

use super::{prints, ran, refused};

const TOO_DEEP: &str = "this is nested more than 256 levels deep";

/// Each construct: what comes before it, what precedes, is and follows the innermost, what comes behind, and what is printed.
const NESTS: &[(&str, [&str; 3], &str, &str)] = &[
    ("", ["if true { ", "print(1)", " }"], "", "1"),
    ("", ["if false { } else { ", "print(1)", " }"], "", "1"),
    ("", ["while true { ", "print(1)", "; break }"], "", "1"),
    ("", ["for i in 1 { ", "print(1)", " }"], "", "1"),
    ("", ["loop { ", "print(1)", "; break }"], "", "1"),
    ("", ["try { ", "print(1)", " } finally { }"], "", "1"),
    ("", ["try { throw 1 } except { ", "print(1)", " }"], "", "1"),
    ("", ["try { } finally { ", "print(1)", " }"], "", "1"),
    ("", ["async_scope { ", "print(1)", " }"], "", "1"),
    ("", ["spawn { ", "print(1)", " }"], "", "1"),
    ("", ["func f() { ", "return 1", " }"], "\nprint(type(f))", "function"),
    ("", ["test_group \"g\" { ", "test \"a\" { }", " }"], "\nprint(1)", "1"),
    ("print(", ["(", "1", ")"], ")", "1"),
    ("print(len(", ["[", "1", "]"], "))", "1"),
    ("print(len(", ["{a: ", "1", "}"], "))", "1"),
    ("print(", ["\"${", "1", "}\""], ")", "1"),
    ("print(", ["\"\"\"${", "1", "}\"\"\""], ")", "1"),
    ("f := x => x\nprint(", ["f(", "1", ")"], ")", "1"),
    ("a := [0]\nprint(", ["a[", "0", "]"], ")", "0"),
    ("print(type(", ["() => ", "1", ""], "))", "function"),
    ("print(", ["not not ", "true", ""], ")", "true"),
    ("print(", ["await ", "1", ""], ")", "1"),
    ("print(", ["1 ** ", "1", ""], ")", "1"),
    ("print(", ["1 * (1 + ", "0", ")"], " > 0)", "true"),
    ("x := ", ["if true { ", "1", " } else { 0 }"], "\nprint(x)", "1"),
    ("x := ", ["match 1 { default => ", "1", " }"], "\nprint(x)", "1"),
    ("let x: ", ["array<", "int", ">"], " := []\nprint(x)", "[]"),
    ("let x: ", ["", "int", "[]"], " := []\nprint(x)", "[]"),
    ("print(match None { case ", ["Some(", "x", ")"], " => 1, default => 2 })", "2"),
    ("print(match None { case ", ["[", "x", "]"], " => 1, default => 2 })", "2"),
    ("print(match None { case ", ["{k: ", "x", "}"], " => 1, default => 2 })", "2"),
];

fn nested(nest: &(&str, [&str; 3], &str, &str), levels: usize) -> String {
    let (before, [open, inner, close], behind, _) = nest;
    format!("{before}{}{inner}{}{behind}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn what_may_nest_runs() {
    for nest in NESTS {
        prints(&nested(nest, 120), nest.3);
    }
}

#[test]
fn what_nests_too_deep_is_refused_once() {
    for nest in NESTS {
        for levels in [257, 20_000] {
            let observed = ran(&nested(nest, levels));
            let [only] = &observed.diagnostics[..] else { panic!("{:?} of {nest:?}", observed.diagnostics) };
            assert!(only.ends_with(TOO_DEEP), "{only} of {nest:?}");
        }
    }
}

#[test]
fn two_hundred_and_fifty_five_blocks() {
    let blocks = [
        ("if true { ", " }"),
        ("for i in 1 { ", " }"),
        ("loop { ", "; break }"),
        ("while true { ", "; break }"),
    ];
    for (open, close) in blocks {
        prints(&format!("{}print(1){}", open.repeat(255), close.repeat(255)), "1");
    }
    let nested = format!("{}print(1){}", "if true { ".repeat(257), " }".repeat(257));
    refused(&nested, &format!("1:2569 {TOO_DEEP}"));
}

#[test]
fn chains_are_not_nested() {
    let chain = |unit: &str, count: usize| unit.repeat(count);
    prints(&format!("print(0{})", chain(" + 1", 200_000)), "200000");
    prints(&format!("print(len(\"\"{}))", chain(" + \"ab\"", 100_000)), "200000");
    prints(&format!("print(1{})", chain(" && 1", 100_000)), "true");
    prints(&format!("print(null{})", chain(" ?? null", 100_000)), "null");
    prints(&format!("f := x => x + 1\nprint(0{})", chain(" |> f", 50_000)), "50000");
    prints(&format!("d := {{}}\nprint(d{})", chain("?.b", 50_000)), "null");
    prints(&format!("f := () => f\nprint(type(f{}))", chain("()", 50_000)), "function");
    let arms: String = (1..5000).map(|at| format!(" else if x == {at} {{ {at} }}")).collect();
    prints(&format!("x := 4999\nprint(if x == 0 {{ 0 }}{arms} else {{ -1 }})"), "4999");
}
