//! What the library writes as text it reads back as the same value: CSV, JSON lines, YAML, TOML, base64, hex, URLs.
//!
//! Values are drawn as literals of a script, which compares them itself and prints those that did not come back.

use ruff::engine::{Engine, Options};

use crate::dice::{Dice, cases, seed};
use crate::harness::run;

/// What texts trip over, in any alphabet; `$` and braces are left out because literals would interpolate.
const CHARACTERS: &[&str] = &[
    "a",
    "Z",
    "7",
    "0",
    ".",
    "-",
    "+",
    " ",
    ",",
    ";",
    ":",
    "#",
    "'",
    "\\\"",
    "\\\\",
    "\\n",
    "\\r",
    "\\t",
    "%",
    "&",
    "=",
    "[",
    "]",
    "*",
    "!",
    "?",
    "|",
    ">",
    "~",
    "é",
    "ß",
    "漢",
    "😀",
    "\\u{feff}",
    "\\u{2028}",
    "\\u{0}",
];

fn text(dice: &mut Dice) -> String {
    let count = dice.below(6);
    (0..count).map(|_| *dice.pick(CHARACTERS)).collect()
}

fn scalar(dice: &mut Dice) -> String {
    match dice.below(5) {
        0 => (dice.next() as i64 >> dice.below(60)).saturating_add(1).to_string(),
        1 => format!("{}.5", dice.below(1000)),
        2 => (*dice.pick(&["true", "false"])).to_owned(),
        _ => format!("\"{}\"", text(dice)),
    }
}

fn value(dice: &mut Dice, depth: usize) -> String {
    let parts = |dice: &mut Dice| (0..dice.below(4)).map(|_| value(dice, depth - 1)).collect::<Vec<_>>();
    match dice.below(if depth == 0 { 1 } else { 3 }) {
        0 => scalar(dice),
        1 => format!("[{}]", parts(dice).join(", ")),
        _ => {
            let parts: Vec<String> =
                parts(dice).into_iter().map(|part| format!("\"{}\": {part}", text(dice))).collect();
            format!("{{{}}}", parts.join(", "))
        }
    }
}

/// Rows of texts that no reader takes for numbers.
fn rows(dice: &mut Dice) -> String {
    let width = 1 + dice.below(3);
    let mut row = || {
        let cells: Vec<String> = (0..width).map(|_| format!("\"{}\"", text(dice))).collect();
        format!("[{}]", cells.join(", "))
    };
    format!("[{}, {}]", row(), row())
}

const CHECKS: &str = "
func check(name, before, after) { if before != after { print(name, inspect(before), inspect(after)) } }
func round_trips(v, rows, text) {
    check(\"jsonl\", [v], parse_jsonl(to_jsonl([v])))
    check(\"yaml\", v, parse_yaml(to_yaml(v)))
    check(\"toml\", {k: v}, parse_toml(to_toml({k: v})))
    check(\"csv\", rows, parse_csv(to_csv(rows), header: false, types: false))
    check(\"base64\", text, decode(decode_base64(encode_base64(text))))
    check(\"base64url\", text, decode(decode_base64url(encode_base64url(text))))
    check(\"hex\", text, decode(decode_hex(encode_hex(text))))
    check(\"url\", text, url_decode(url_encode(text)))
}
";

#[test]
fn what_is_written_is_read_back() {
    let (engine, seed) = (Engine::new(Options { workers: 1, ..Options::default() }), seed());
    let mut script = CHECKS.to_owned();
    for case in 0..cases(300) {
        let dice = &mut Dice::of_case(seed, case);
        let (value, rows, text) = (value(dice, 3), rows(dice), text(dice));
        script.push_str(&format!("round_trips({value}, {rows}, \"{text}\")\n"));
    }
    let observed = run(&engine, "texts", &script).expect("the script ends");
    assert_eq!(
        (observed.stdout.as_str(), observed.fault, observed.diagnostics),
        ("", None, Vec::new()),
        "seed {seed}"
    );
}
