//! JSON texts that must be read, and ones that must not be: every rule of RFC 8259, and what parsers get wrong.
//!
//! The cases are named as is usual for such lists: what is well-formed says what it is written back as, everything else is a
//! ParseError with a place. Bytes that are no UTF-8 never reach `parse_json`: `decode` and `read_file` refuse them.

mod harness;

use harness::{Mode, run};
use ruff::engine::{Engine, Options};

/// Well-formed texts, and what `to_json` makes of their values.
const READ: &[(&str, &str)] = &[
    ("null", "null"),
    ("true", "true"),
    ("false", "false"),
    ("42", "42"),
    ("-1", "-1"),
    ("-0", "0"),
    ("0", "0"),
    ("-0.0", "-0.0"),
    ("1.0", "1.0"),
    ("0.5", "0.5"),
    ("123.456", "123.456"),
    ("1e2", "100.0"),
    ("1E2", "100.0"),
    ("1e+2", "100.0"),
    ("1E-2", "0.01"),
    ("0e1", "0.0"),
    ("0e+1", "0.0"),
    ("123e65", "1.23e67"),
    ("1.5e-3", "0.0015"),
    ("9223372036854775807", "9223372036854775807"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("9223372036854775808", "9.223372036854776e18"),
    ("0.1000000000000000055511151231257827", "0.1"),
    ("-0.000000000000000000000000000000000000000000000000000000000000000000000000000001", "-1e-78"),
    ("\"\"", "\"\""),
    ("\"asd\"", "\"asd\""),
    ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\""),
    ("\"\\u0061\\u30af\"", "\"aク\""),
    ("\"\\u0000\"", "\"\\u0000\""),
    ("\"\\uD834\\uDD1E\"", "\"𝄞\""),
    ("\"\\uDBFF\\uDFFF\"", "\"\u{10FFFF}\""),
    ("\"\\ud83d\\ude39\\ud83d\\udc8d\"", "\"😹💍\""),
    ("\"\u{FFFF}\"", "\"\u{FFFF}\""),
    ("\"\u{2028}\u{2029}\"", "\"\u{2028}\u{2029}\""),
    ("\"\u{7F}\"", "\"\u{7F}\""),
    ("\"\\u005C\"", "\"\\\\\""),
    ("\"\\u0022\"", "\"\\\"\""),
    ("\"\\uFDD0\"", "\"\u{FDD0}\""),
    ("\"a/*b*/c\\/d//e\"", "\"a/*b*/c/d//e\""),
    ("\"new\u{A0}line\"", "\"new\u{A0}line\""),
    ("[]", "[]"),
    ("[ ]", "[]"),
    ("[\"\"]", "[\"\"]"),
    ("[null, 1, \"1\", {}]", "[null,1,\"1\",{}]"),
    ("[1\n]", "[1]"),
    (" [1] ", "[1]"),
    ("[1,null,null,null,2]", "[1,null,null,null,2]"),
    ("[2] ", "[2]"),
    ("[[]   ]", "[[]]"),
    ("{}", "{}"),
    ("{\"\":0}", "{\"\":0}"),
    ("{\"a\":[]}", "{\"a\":[]}"),
    ("{\"a\":\"b\"}", "{\"a\":\"b\"}"),
    ("{\"a\":\"b\",\"c\":\"d\"}", "{\"a\":\"b\",\"c\":\"d\"}"),
    ("{\"a\":\"b\",\"a\":\"c\"}", "{\"a\":\"c\"}"),
    ("{\"a\":\"b\",\"a\":\"b\"}", "{\"a\":\"b\"}"),
    ("{\"foo\\u0000bar\": 42}", "{\"foo\\u0000bar\":42}"),
    ("{ \"min\": -1.0e+28, \"max\": 1.0e+28 }", "{\"min\":-1e28,\"max\":1e28}"),
    ("{\n\"a\": \"b\"\n}", "{\"a\":\"b\"}"),
    ("\t\r\n {\"a\" : 1}\t\r\n ", "{\"a\":1}"),
    ("{\"z\":1,\"a\":2}", "{\"z\":1,\"a\":2}"),
];

/// Texts that are no JSON.
const REFUSED: &[&str] = &[
    "",
    " ",
    "*",
    "a",
    "nul",
    "nulll",
    "tru",
    "trueth",
    "True",
    "NULL",
    "fals",
    "undefined",
    "None",
    "NaN",
    "-NaN",
    "nan",
    "Infinity",
    "-Infinity",
    "+Infinity",
    "inf",
    "+1",
    "++1",
    "-",
    "--1",
    "- 1",
    "-a",
    "-01",
    "01",
    "012",
    "-012",
    "00",
    "0x1",
    "0x42",
    "0b1",
    ".1",
    "-.1",
    ".-1",
    "1.",
    "-1.",
    "0.",
    "0.e1",
    "2.e3",
    "2.e+3",
    "2.e-3",
    "1e",
    "1e+",
    "1e-",
    "1E",
    "0e",
    "0e+",
    "0.3e",
    "0.3e+",
    "1.0e",
    "1.0e-",
    "1eE2",
    "9.e+",
    "1_000",
    "1,000",
    "1 000",
    "1a",
    "1.2a",
    "0.1.2",
    "1+2",
    "1 2",
    "１",
    "\"",
    "'a'",
    "\"a",
    "a\"",
    "\"\\\"",
    "\"\\a\"",
    "\"\\x00\"",
    "\"\\u\"",
    "\"\\u1\"",
    "\"\\u12\"",
    "\"\\u123\"",
    "\"\\u00A\"",
    "\"\\uqqqq\"",
    "\"\\U0041\"",
    "\"\\'\"",
    "\"\\0\"",
    "\"\\ \"",
    "\"\\é\"",
    "\"\\🌀\"",
    "\"\\",
    "\"\\u00",
    "\"\\u{61}\"",
    "\"\t\"",
    "\"\n\"",
    "\"a\nb\"",
    "\"\u{1}\"",
    "\"\u{1F}\"",
    "\"a\" \"b\"",
    "\"\"x",
    "abc",
    "[",
    "]",
    "[[",
    "[]]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[,]",
    "[1,,2]",
    "[1,,]",
    "[1 2]",
    "[1 true]",
    "[1:2]",
    "[\"\": 1]",
    "[\"a\",\n4\n,1,",
    "[a]",
    "[*]",
    "[<null>]",
    "[nul]",
    "[\"a]",
    "[1}",
    "[1]x",
    "[][]",
    "[1],",
    "[\"x\"",
    "[#1]",
    "[1/*c*/]",
    "[1]//c",
    "# c\n1",
    "{",
    "}",
    "{]",
    "{}}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\" 1}",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{\"a\":1,,\"b\":2}",
    "{,\"a\":1}",
    "{\"a\",1}",
    "{\"a\"::1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1:2}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{null:1}",
    "{[]:1}",
    "{\"a\":\"a",
    "{\"a\":1}x",
    "{\"a\":1}/**/",
    "{\"a\":1}//",
    "{\"a\":1}#",
    "{\"a\":1}}",
    "{\"a\":1/*c*/}",
    "{\"x\": true, }",
    "{...}",
    "<.>",
    "\u{FEFF}1",
    "[\u{A0}1]",
    "[1\u{2003}]",
    "[1\u{B}]",
    "[1\u{C}]",
    "[1\u{0}]",
    "\u{2060}[1]",
    "\"\\uD800\"",
    "\"\\uD800\\n\"",
    "\"\\uD800\\uD800\"",
    "\"\\uDC00\"",
    "\"\\uDD1E\\uD834\"",
    "\"\\uD800a\"",
];

/// What `parse_json` makes of a text: JSON again, or the kind of the error.
fn read(engine: &Engine, text: &str) -> String {
    const SCRIPT: &str = "try { print_raw(to_json(parse_json(args()[0]))) } except e { print_raw(e.kind) }";
    let options = Options { args: vec![text.to_owned()], ..Mode::Plain.options() };
    let observed = run(&engine.with_options(options), "json.ruff", SCRIPT).expect("it ends");
    observed.stdout
}

#[test]
fn well_formed_texts_are_read() {
    let engine = Engine::new(Mode::Plain.options());
    let wrong: Vec<String> = READ
        .iter()
        .map(|(text, expected)| (text, expected, read(&engine, text)))
        .filter(|(_, expected, found)| found != *expected)
        .map(|(text, expected, found)| format!("{text:?} is {found}, expected {expected}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn other_texts_are_parse_errors() {
    let engine = Engine::new(Mode::Plain.options());
    let found = REFUSED.iter().map(|text| (text, read(&engine, text)));
    let wrong: Vec<String> = found
        .filter(|(_, found)| found != "ParseError")
        .map(|(text, found)| format!("{text:?} is {found}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_nests_too_deeply_is_a_limit_error() {
    let engine = Engine::new(Mode::Plain.options());
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(read(&engine, &nested(4096)), nested(4096));
    assert_eq!(read(&engine, &nested(4097)), "LimitError");
    assert_eq!(read(&engine, &"[".repeat(100_000)), "LimitError");
    assert_eq!(read(&engine, &"{\"a\":".repeat(100_000)), "LimitError");
}
