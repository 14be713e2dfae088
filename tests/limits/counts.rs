//! More of a thing than instructions can name.

use super::{prints, refused};

/// More things than 16 bits count.
const MANY: usize = 70_000;

/// `MANY` pieces, joined.
fn many(piece: impl Fn(usize) -> String, separator: &str) -> String {
    joined(MANY, piece, separator)
}

fn joined(count: usize, piece: impl Fn(usize) -> String, separator: &str) -> String {
    (0..count).map(piece).collect::<Vec<_>>().join(separator)
}

#[test]
fn types_are_counted() {
    let structs = many(|at| format!("struct S{at} {{ x: int = 1 }}"), "\n");
    refused(&structs, "65001:8 a file has 65000 structs at most");
    let variants = format!("enum E {{ {} }}\nprint(E::V69999)", many(|at| format!("V{at}"), "; "));
    refused(&variants, "1:508900 a file has 65000 variants of enums at most");
}

#[test]
fn functions_have_a_size() {
    let large = "This function is too large to compile; split it up";
    let fields = format!("struct P {{ {} }}\nprint(P {{}})", many(|at| format!("f{at} = 1"), "; "));
    refused(&fields, &format!("1:1 {large}"));
    let wildcards = many(|_| "_".to_owned(), ",");
    refused(&format!("match (range(4464)) {{ case [{wildcards}] => 1 }}"), &format!("1:1 {large}"));
    refused(&format!("[{wildcards}] := range(4464)"), &format!("1:1 {large}"));
    refused(&format!("x := 1\ny := \"{}\"", many(|_| "${x}".to_owned(), " ")), &format!("1:1 {large}"));
    let variables = many(|at| format!("v{at} := {at}"), "\n");
    refused(&variables, &format!("1:1 {large}"));
    refused(&format!("print(1)\nfunc f() {{\n{variables}\n}}"), &format!("2:1 {large}"));
}

#[test]
fn functions_hold_much() {
    let variables = |count| joined(count, |at| format!("v{at} := {at}"), "\n");
    prints(&format!("func f() {{\n{}\nreturn v29999 }}\nprint(f())", variables(30_000)), "29999");
    let sum = joined(2000, |at| format!("v{at}"), " + ");
    prints(&format!("func f() {{\n{}\nreturn () => {sum} }}\nprint(f()())", variables(2000)), "1999000");
    let fields = joined(20_000, |at| format!("f{at} = {at}"), "; ");
    prints(&format!("struct P {{ {fields} }}\nprint(P {{ }}.f19999)"), "19999");
    prints(&format!("x := 1\nprint(len(\"{}\"))", "${x}".repeat(1000)), "1000");
    let names = joined(20_000, |at| format!("k{at}"), ",");
    prints(&format!("[{names}] := range(20000)\nprint(k19999)"), "19999");
}

#[test]
fn literals_and_functions_have_none() {
    prints(
        &format!("x := [{}]\nprint(len(x), x[-1])", joined(200_000, |at| at.to_string(), ",")),
        "200000 199999",
    );
    prints(&format!("x := [{}]\nprint(len(x))", joined(200_000, |_| "[1]".to_owned(), ",")), "200000");
    prints(
        &format!("x := {{{}}}\nprint(len(x), x.k199999)", joined(200_000, |at| format!("k{at}: {at}"), ",")),
        "200000 199999",
    );
    prints(
        &format!("x := {{{}}}\nprint(len(x), x[69999])", many(|at| format!("[{at}]: {at}"), ",")),
        "70000 69999",
    );
    prints(&format!("x := [{}]\nprint(len(x))", many(|_| "...[1, 2]".to_owned(), ",")), "140000");
    prints(&format!("x := [{}]\nprint(x[-1])", many(|at| format!("\"s{at}\""), ",")), "s69999");
    prints(&format!("x := [{}]\nprint(x[-1])", many(|at| format!("{at}.5"), ",")), "69999.5");
    prints(&format!("x := [{}]\nprint(x[-1]())", many(|at| format!("() => {at}"), ",")), "69999");
    prints(
        &format!("struct P {{ x }}\nx := [{}]\nprint(x[-1])", many(|at| format!("P {{ x: {at} }}"), ",")),
        "P { x: 69999 }",
    );
    prints(
        &format!("enum E {{ V }}\nprint(len(\"${{E::V({})}}\"))", joined(255, |_| "1".to_owned(), ",")),
        "769",
    );
    prints(
        &format!("{}\nprint(f69999())", many(|at| format!("func f{at}() {{ return {at} }}"), "\n")),
        "69999",
    );
    prints(
        &format!(
            "struct P {{ {} }}\nprint(P {{ }}.m69999())",
            many(|at| format!("func m{at}(self) {{ return {at} }}"), "\n")
        ),
        "69999",
    );
}

#[test]
fn parameters_and_arguments() {
    let params = |count| joined(count, |at| format!("p{at}"), ", ");
    let arguments = |count| joined(count, |at| at.to_string(), ", ");
    prints(&format!("func f({}) {{ return p254 }}\nprint(f({}))", params(255), arguments(255)), "254");
    let named = joined(255, |at| format!("p{at}: {at}"), ", ");
    prints(&format!("func f({}) {{ return p254 }}\nprint(f({named}))", params(255)), "254");
    refused(&format!("func f({}) {{ }}", params(300)), "1:7 a function has 255 parameters at most");
    refused(&format!("print({})", arguments(300)), "1:6 a call has 255 written arguments at most");
    prints("func f(...rest) { return len(rest) }\nprint(f(...range(200000)))", "200000");
    prints(
        "func f(a) { }\ntry { f(...range(200000)) } except e { print(e.message) }",
        "f expects 1 argument, got 200000",
    );
}

#[test]
fn jumps_go_as_far_as_they_must() {
    let steps = many(|_| "if x < 0 { break }; if x < -1 { continue }; x += 1".to_owned(), "\n");
    prints(&format!("x := 0\nfor i in 2 {{\n{steps}\n}}\nprint(x)"), "140000");
    let branch = many(|_| "print(1)".to_owned(), "\n");
    prints(&format!("if false {{\n{branch}\n}} else {{ print(\"else\") }}"), "else");
    let arms = many(|at| format!("case {at} => {at}"), "\n");
    prints(&format!("print(match 69999 {{\n{arms}\n}})"), "69999");
    let alternatives = many(|at| at.to_string(), " | ");
    prints(&format!("print(match 69999 {{ case {alternatives} => \"found\" }})"), "found");
}

#[test]
fn many_statements_take_linear_time() {
    for statement in
        ["x += 1", "try { x += 1 } except { }", "try { x += 1 } finally { }", "for i in 1 { x += 1 }"]
    {
        prints(&format!("x := 0\n{}\nprint(x)", many(|_| statement.to_owned(), "\n")), "70000");
    }
}
