//! `ruff format` keeps what a script means and says: the tree, all comments, all words; and it is done after one pass.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::disallowed_methods, reason = "the expectations are files")]

mod harness;
mod kept;

use ruff::format::{Refusal, Style, format};
use ruff::source::Source;
use ruff::syntax::parse;

use kept::fault;

/// All scripts of the repository that are correct, and many that are not.
fn corpus() -> Vec<(String, String)> {
    let folders = ["tests", "examples", "src"].map(|folder| harness::root().join(folder));
    let paths = folders.iter().flat_map(|folder| harness::scripts(folder));
    let texts = paths.filter_map(|path| {
        let text = std::fs::read_to_string(&path).ok()?;
        Some((path.strip_prefix(harness::root()).unwrap().to_string_lossy().into_owned(), text))
    });
    texts.collect()
}

#[test]
fn formatting_keeps_all_scripts_of_the_repository() {
    let corpus = corpus();
    let widths = [20, 40, 100];
    let mut faults = Vec::new();
    let mut formatted = 0;
    for (name, text) in &corpus {
        for line_length in widths {
            let style = Style { line_length, sort_imports: false, ..Style::default() };
            formatted += usize::from(parse(&Source::new("f", text)).diagnostics.is_empty());
            faults.extend(fault(text, &style).map(|fault| format!("{name} at {line_length}: {fault}")));
        }
    }
    assert!(formatted > 700 * widths.len(), "only {formatted}");
    let shown: Vec<&String> = faults.iter().take(12).collect();
    assert!(faults.is_empty(), "{} faults\n{shown:#?}", faults.len());
}

/// Formats `text` and compares; an empty expectation means that it is in order already.
#[track_caller]
fn check(text: &str, expected: &str) {
    let expected = if expected.is_empty() { text } else { expected };
    let formatted = format(&Source::new("f", text), &Style::default());
    assert_eq!(formatted.unwrap(), expected, "{text}");
    assert_eq!(fault(text, &Style::default()), None, "{text}");
}

#[test]
fn statements_get_lines_of_their_own() {
    check("a := 1; b := 2;\n\n\n\nc := 3 ;", "a := 1\nb := 2\n\nc := 3\n");
    check("if a { b } c := 1", "if a { b }\nc := 1\n");
    check("func f( ) { a;b }", "func f() {\n    a\n    b\n}\n");
    check("\n\nx\n\n", "x\n");
    check("", "");
    assert_eq!(format(&Source::new("f", " ;\n"), &Style::default()).unwrap(), "");
}

#[test]
fn short_blocks_stay_on_their_line() {
    check("if a { b } else if c { d } else { e }\n", "");
    check("for x in xs { print(x) }\nloop { }\nwhile a { b }\nloop while a { b }\n", "");
    check("try { a } except e { b } finally { c }\n", "");
    check("if a {\n  b } else { c }", "if a {\n    b\n} else {\n    c\n}\n");
    check("func f(a){}\nasync func g(){return 1}", "func f(a) { }\nasync func g() { return 1 }\n");
}

#[test]
fn words_stay_as_they_are_written() {
    check(
        "a=1\nb :=  0xFF+1_000\nc := 'x\\u{41}' + \"${ a  +b }\"\n",
        "a = 1\nb := 0xFF + 1_000\nc := 'x\\u{41}' + \"${ a  +b }\"\n",
    );
    check("x := not a and!b || - 1 ** 2", "x := not a and !b || -1 ** 2\n");
    check("x := ((a))\nreturn (b)\n", "");
    check("f(...c,a=1,b : 2)", "f(...c, a = 1, b: 2)\n");
    check("let x:array<array<int>>=y ?. z", "let x: array<array<int>> = y?.z\n");
    check("let x: Option<int>= 1", "let x: Option<int> = 1\n");
    check(
        "func* g(self,a:int ?=1,...b)->null{yield}",
        "func* g(self, a: int? = 1, ...b) -> null { yield }\n",
    );
}

#[test]
fn symbols_that_would_join_stay_apart() {
    check("r?\n.f()", "r? .f()\n");
    check("r? ?", "r? ?\n");
    check("x := - -a\n", "x := --a\n");
}

#[test]
fn long_lists_break_one_item_a_line() {
    let (long, other) = ["a", "b"].map(|letter| letter.repeat(60)).into();
    check(&format!("f({long}, {other})"), &format!("f(\n    {long},\n    {other},\n)\n"));
    check(
        &format!("f(x, {{k: {long}, l: {other}}})"),
        &format!("f(x, {{\n    k: {long},\n    l: {other},\n}})\n"),
    );
    check(&format!("func {long}({other}) {{ }}"), &format!("func {long}(\n    {other},\n) {{ }}\n"));
    check(&format!("x := ({long} + {other})"), &format!("x := (\n    {long} +\n        {other}\n)\n"));
    check(
        &format!("x := P {{ a: {long}, b: {other} }}"),
        &format!("x := P {{\n    a: {long},\n    b: {other},\n}}\n"),
    );
}

#[test]
fn a_list_opened_at_the_end_of_a_line_stays_open() {
    check("x := [\n    1,\n\n    2,\n]\n", "");
    check("x := [1,\n2]", "x := [1, 2]\n");
    check("x := {\n  a: 1 }", "x := {\n    a: 1,\n}\n");
}

#[test]
fn operators_break_where_a_line_end_does_not_count() {
    let (long, other) = ["a", "b"].map(|letter| letter.repeat(60)).into();
    check(&format!("x := {long} + {other}"), &format!("x := {long} +\n    {other}\n"));
    check(&format!("x := {long} and {other}"), &format!("x := {long}\n    and {other}\n"));
    check(&format!("x := {long} ?? {other}"), &format!("x := {long}\n    ?? {other}\n"));
    check(
        &format!("if {long} && {other} {{ c }}"),
        &format!("if {long}\n        && {other} {{\n    c\n}}\n"),
    );
    check("x |> f(1)\n|> g", "x |> f(1) |> g\n");
    check("x\n|> f(1) |> g", "x\n    |> f(1)\n    |> g\n");
}

#[test]
fn chains_of_calls() {
    check("x.a().b().c()\n", "");
    check("x\n.a().b()", "x\n    .a()\n    .b()\n");
    check("x\n.a()", "x.a()\n");
    let long = "a".repeat(50);
    check(&format!("x.{long}().{long}().b.c(1)"), &format!("x\n    .{long}()\n    .{long}()\n    .b.c(1)\n"));
    check("xs.map(func(x) { y; return x })", "xs.map(func(x) {\n    y\n    return x\n})\n");
    let long = "a".repeat(100);
    check(&format!("print('{long}')\n"), "");
    check(&format!("xs.push(f({long}, 1))"), &format!("xs.push(f(\n    {long},\n    1,\n))\n"));
    check("p := spawn { a; b }", "p := spawn {\n    a\n    b\n}\n");
}

#[test]
fn declarations() {
    check("struct P{a:int=1;b}\n", "struct P { a: int = 1, b }\n");
    check("struct P { a, func f(self) { } }", "struct P {\n    a\n    func f(self) { }\n}\n");
    check("enum E{A,B( ),C(x:int,y)}", "enum E { A, B(), C(x: int, y) }\n");
    check(
        "match x{case 1|2 if a{b}\ndefault=>c}",
        "match x {\n    case 1 | 2 if a { b }\n    default => c\n}\n",
    );
    check(
        "x := match y { case Ok({a, b: [c, ...d]}) => 1; default => 0 }",
        "x := match y { case Ok({a, b: [c, ...d]}) => 1, default => 0 }\n",
    );
    check(
        "export func f() { }\nexport a,b\nexport x := 1",
        "export func f() { }\nexport a, b\nexport x := 1\n",
    );
    check("test \"t\"{assert(a)}\ntest_setup{}", "test \"t\" { assert(a) }\ntest_setup { }\n");
}

#[test]
fn comments_stay_in_their_places() {
    check("# a\n\n// b\nx := 1 /* c */ // d\n/// e\nfunc f() { } # g\n", "");
    check("x := 1 // a\n  // b\n// c", "x := 1 // a\n// b\n// c\n");
    check(
        "if a { // b\n c\n // d\n} // e\n// f\nelse { g }",
        "if a { // b\n    c\n    // d\n} // e\n// f\nelse {\n    g\n}\n",
    );
    check("f(a, // b\nc // d\n)", "f(\n    a, // b\n    c, // d\n)\n");
    check("f(a // b\n, c)", "f(\n    a, // b\n    c,\n)\n");
    check("f(/* a */ b, c /* d */)\n", "");
    check("x := [\n    // a\n    1,\n\n    // b\n]\n", "");
    check("x := a + // b\nc", "x := a + // b\n    c\n");
    check("x := a // b\n.c()", "x := a // b\n.c()\n");
    check("func f() { /* a */ }\n", "");
    check("func f() {\n// a\n}", "func f() {\n    // a\n}\n");
    check("x := 1; // a\ny /* b */; z", "x := 1 // a\ny /* b */\nz\n");
    check("/* a\n   /* b */\n */ x\n", "");
    check(
        "f() # a\n\n\n# b\n\nstruct P { # c\n a # d\n # e\n}",
        "f() # a\n\n# b\n\nstruct P { # c\n    a # d\n    # e\n}\n",
    );
}

#[test]
fn the_indentation_of_a_string_is_its_own() {
    check(
        "if a {\nx := \"\"\"\n  b\n    c ${ d }\n  \"\"\" + e\n}\n",
        "if a {\n    x := \"\"\"\n  b\n    c ${ d }\n  \"\"\" + e\n}\n",
    );
    check("print(\"\"\"\n  a\n\"\"\")\n", "");
}

#[test]
fn line_ends_are_those_of_the_file() {
    check("a\r\nb // c\r\n", "");
    check("a\rb\n", "a\nb\n");
}

#[test]
fn adjacent_imports_are_sorted() {
    let sorted = |text: &str| format(&Source::new("f", text), &Style::default()).unwrap();
    assert_eq!(
        sorted("import b\nimport a.c\nfrom a import y, x\nz"),
        "from a import y, x\nimport a.c\nimport b\nz\n"
    );
    // Not past an empty line, a comment or code: modules run in the order of their first import.
    for kept in [
        "import b\n\nimport a\n",
        "import b\n// c\nimport a\n",
        "import b // c\nimport a\n",
        "import b\nf()\nimport a\n",
    ] {
        check(kept, "");
    }
    let style = Style { sort_imports: false, ..Style::default() };
    assert_eq!(format(&Source::new("f", "import b\nimport a\n"), &style).unwrap(), "import b\nimport a\n");
}

#[test]
fn a_text_with_errors_is_refused() {
    let refused = format(&Source::new("f", "x := (\n"), &Style::default());
    assert!(matches!(refused, Err(Refusal::Incorrect(list)) if list.len() == 1));
}
