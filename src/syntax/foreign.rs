//! What people bring along from other languages, and what it is in Ruff.
//!
//! Owns: the tables of foreign keywords, names, types and characters. Does not: decide whether something is an
//! error; a hint is only asked for after one. No entry may be a word of the library.

use super::token::{Keyword, Symbol};

/// What to write instead of a word that introduces a statement or an operand in another language.
pub(crate) fn keyword(word: &str) -> Option<&'static str> {
    Some(match word {
        "elif" | "elsif" | "elseif" => "write `else if`",
        "function" | "fn" | "def" | "fun" | "sub" | "proc" => {
            "functions are declared with `func name(a, b) { }`"
        }
        "lambda" => "a function of one expression is written `x => x * 2`",
        "var" => "write `x := 1`, or `mut x := 1` to declare it in this block",
        "val" | "auto" | "final" => "write `let x := 1`",
        "local" | "my" | "dim" => "a variable lives in its block by itself: write `x := 1`",
        "global" | "nonlocal" => "functions see the variables around them: just assign",
        "class" | "record" | "interface" | "trait" => "write `struct Name { }`",
        "impl" => "the functions of a struct stand inside of its braces",
        "new" => "write `P { x: 1 }` for a struct, or call a function of it: `P::open(1)`",
        "switch" => "write `match value { case 1 { } default { } }`",
        "foreach" => "write `for x in xs { }`",
        "unless" => "write `if not condition { }`",
        "type" | "typedef" => "types have no second names; declare a `struct` or an `enum`",
        "namespace" | "module" | "package" => "every file is a module: `import a.b` for the file a/b.ruff",
        "until" | "do" | "repeat" => "write `while not condition { }` or `loop { }`",
        "catch" | "rescue" => "write `try { } except e { }`",
        "raise" => "write `throw value`",
        "using" | "include" | "require" | "use" => "write `import a.b` or `from a.b import x`",
        "print" | "println" | "echo" | "puts" => "call it: `print(value)`",
        "assert" => "call it: `assert(condition, \"message\")`",
        "typeof" => "call `type(value)`",
        "sizeof" => "call `len(value)`",
        "goto" => "there are no labels; use loops and functions",
        "go" => "write `spawn { f() }`",
        "defer" => "write `try { ... } finally { ... }`",
        "with" => "write `try { ... } finally { ... }`, and close the resource in `finally`",
        "del" | "delete" => "call the method: `d.remove(key)`",
        "pass" => "an empty block is `{ }`",
        "public" | "private" | "protected" | "static" | "pub" => {
            "everything inside a file is visible there; `export` makes a name visible outside"
        }
        "case" | "default" => "arms of a `match` begin with `case`; is a `}` before this one too much?",
        "except" | "finally" => "`except` and `finally` follow the block of a `try`",
        "int" | "float" | "string" | "bool" => "a type follows the name: `let x: int := 1`",
        _ => return None,
    })
}

/// The same for words that stand between or behind values.
pub(crate) fn infix_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "is" => "write `==`; the type of a value is `type(value)`",
        "isnt" => "write `!=`",
        "as" => "a value is converted by a function: `int(x)`, `float(x)`, `str(x)`",
        "instanceof" | "isinstance" => "compare the type's name: `type(value) == \"int\"`",
        "then" | "begin" => "a block stands in braces: `{ ... }`",
        "end" | "fi" | "endif" | "done" => "a block ends with `}`",
        "mod" => "write `%`",
        "div" => "write `/`, which truncates for ints",
        "xor" => "write `^` for ints, `!=` for bools",
        "unless" => "write `if not condition { ... }` around it",
        _ => return None,
    })
}

/// How a statement is written that a name begins.
pub(crate) fn named_statement(word: &str) -> Option<&'static str> {
    Some(match word {
        "test" => "a test is written `test \"name\" { }`",
        "test_group" => "a group of tests is written `test_group \"name\" { }`",
        "test_setup" => "it is written `test_setup { }`, with the `{` on the same line",
        "test_teardown" => "it is written `test_teardown { }`, with the `{` on the same line",
        "async_scope" => "it is written `async_scope { }`, with the `{` on the same line",
        _ => return None,
    })
}

/// The words that may begin a statement, for those that are misspelt.
pub(crate) const STATEMENT_WORDS: [&str; 20] = [
    "let", "mut", "const", "func", "async", "struct", "enum", "export", "import", "if", "else", "while",
    "for", "loop", "try", "return", "yield", "throw", "match", "break",
];

/// The words that may begin an operand.
pub(crate) const OPERAND_WORDS: [&str; 6] = ["await", "not", "spawn", "func", "match", "throw"];

/// What an undefined name means elsewhere.
pub(crate) fn name(word: &str) -> Option<&'static str> {
    Some(match word {
        "nil" | "undefined" | "NULL" | "Null" | "nullptr" | "none" | "void" => {
            "write `null`, or `None` for an Option without value"
        }
        "True" | "TRUE" => "write `true`",
        "False" | "FALSE" => "write `false`",
        "this" => "write `self`, which a method has as its explicit first parameter",
        "super" => "structs have no parents; call the other function by its name",
        "pass" => "an empty block is `{ }`",
        "require" => "write `import a.b` or `from a.b import x`",
        "printf" | "puts" | "echo" | "console" | "fmt" | "System" => "write `print(value)`",
        "sprintf" | "strcat" => "put values into a string with `\"${value}\"`",
        "typeof" | "isinstance" | "instanceof" => "write `type(value)`, which is a string such as \"int\"",
        "strlen" | "sizeof" => "write `len(value)`",
        "parseInt" | "atoi" => "write `parse_int(text)`",
        "parseFloat" | "atof" => "write `parse_float(text)`",
        "xrange" => "write `range(n)`",
        "JSON" | "json" => "write `parse_json(text)` and `to_json(value)`",
        "Math" | "math" => "write the function alone, for example `sqrt(x)`",
        "setTimeout" | "setInterval" => "write `async_sleep(ms)` in a `spawn` block",
        "Promise" | "asyncio" => "write `promise_all(list)`, `promise_race(list)` or `async_sleep(ms)`",
        "Exception" | "RuntimeError" | "ValueError" | "TypeError" | "KeyError" => {
            "any value can be thrown: `throw \"message\"`, or a struct with a field `message`"
        }
        "elif" | "elsif" | "elseif" => "write `else if`",
        "function" | "lambda" => "write `func(x) { ... }` or `x => x * 2`",
        "foreach" => "write `for x in xs { }`",
        "arguments" => "declare `...rest` as the last parameter",
        "module" | "exports" => "write `export` before a declaration to make it visible outside",
        "test" | "it" => "a test is written `test \"name\" { }`",
        "test_group" | "describe" => "tests are grouped by `test_group \"name\" { }`",
        "test_setup" | "beforeEach" => "what is done before each test is written `test_setup { }`",
        "test_teardown" | "afterEach" => "what is done after each test is written `test_teardown { }`",
        "expect" => "write `assert_equal(actual, expected)`",
        "async_scope" => "it is a statement with a block: `async_scope { }`",
        "StopIteration" => "at the end of a generator `next()` gives `None`",
        _ => return None,
    })
}

/// What a type of another language is called.
pub(crate) fn type_name(word: &str) -> Option<&'static str> {
    Some(match word {
        "str" | "String" | "char" | "text" | "Text" => "string",
        "boolean" | "Boolean" | "Bool" => "bool",
        "Int" | "integer" | "Integer" | "long" | "short" | "i32" | "i64" | "u8" | "u32" | "u64" | "int64"
        | "usize" => "int",
        "Float" | "double" | "Double" | "number" | "Number" | "f32" | "f64" | "float64" => "float",
        "list" | "List" | "vector" | "Vec" | "tuple" | "Tuple" => "array",
        "map" | "Map" | "object" | "Object" | "HashMap" | "hash" | "Record" => "dict",
        "nil" | "none" | "undefined" | "unit" => "null",
        "function" | "Function" | "Callable" | "fn" => "func",
        "Any" | "unknown" | "interface" => "any",
        "Promise" | "Future" | "Task" => "promise",
        "Error" | "Exception" => "error",
        _ => return None,
    })
}

/// What an operator of two joined symbols is called, and what to write instead.
pub(crate) fn operator(first: Symbol, second: Symbol) -> Option<&'static str> {
    use Symbol::{
        And, AndAnd, BangEqual, Caret, Colon, Dot, Equal, EqualEqual, Greater, Less, LessEqual, Minus, Or,
        OrOr, Plus, Question, QuestionQuestion, ShiftLeft, ShiftRight, StarStar,
    };
    Some(match (first, second) {
        (Plus, Plus) => "write `x += 1`",
        (Minus, Minus) => "write `x -= 1`",
        (EqualEqual, Equal) => "write `==`, which never converts its operands",
        (BangEqual, Equal) => "write `!=`, which never converts its operands",
        (Less, Greater) => "write `!=` for \"not equal\"",
        (LessEqual, Greater) => "compare with `<` and `>`",
        (Dot, Dot) => "write `range(a, b)` for numbers; strings are joined by `+` or as `\"${a}${b}\"`",
        (Equal, Less) => "write `<=`",
        (Equal, Colon) => "write `:=`",
        (Equal, Plus) => "write `+=` to add to a variable",
        (Question, Colon) => "write `a ?? b`, which is `b` if `a` is null",
        (StarStar, Equal) => "write `x := x ** y`",
        (ShiftLeft, Equal) => "write `x := x << y`",
        (ShiftRight, Equal) => "write `x := x >> y`",
        (And, Equal) => "write `x := x & y`",
        (Or, Equal) => "write `x := x | y`",
        (Caret, Equal) => "write `x := x ^ y`",
        (AndAnd, Equal) => "write `x := x && y`",
        (OrOr, Equal) => "write `x := x || y`",
        (QuestionQuestion, Equal) => "write `x := x ?? y`",
        _ => return None,
    })
}

/// What a reserved word means where a value is expected.
pub(crate) fn misplaced(keyword: Keyword) -> Option<&'static str> {
    Some(match keyword {
        Keyword::Return | Keyword::Break | Keyword::Continue => {
            "this is a statement and cannot stand in an expression; put it into a block"
        }
        Keyword::Yield => "`yield v` is a statement and has no value: nothing is sent back into a generator",
        Keyword::Let | Keyword::Mut | Keyword::Const => "a declaration is a statement of its own",
        Keyword::Else => "`else` follows the `}` of an `if`",
        Keyword::For => {
            "a loop is a statement; a new array is made by `xs.map(x => x * 2)` or `xs.filter(f)`"
        }
        Keyword::While | Keyword::Loop | Keyword::Try => "this is a statement and has no value",
        Keyword::If => "write `if c { a } else { b }`, also for a value",
        _ => return None,
    })
}

/// The name of an invalid character, where its picture does not tell enough, and what to write instead.
pub(crate) fn character(c: char) -> (Option<&'static str>, Option<String>) {
    let (name, help) = match c {
        '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{AB}' | '\u{BB}' => {
            (Some("a typographic quote"), "use `\"`")
        }
        '\u{2018}' | '\u{2019}' | '\u{201A}' => (Some("a typographic quote"), "use `'` or `\"`"),
        '`' => (Some("a backquote"), "strings stand between `\"` or `'`"),
        '\u{A0}' => (Some("a no-break space"), "use an ordinary space"),
        '\u{2002}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => {
            (Some("a wide or thin space"), "use an ordinary space")
        }
        '\u{200B}'..='\u{200F}' | '\u{2060}' => (Some("invisible"), "remove it"),
        '\u{2010}' | '\u{2011}' => (Some("a hyphen"), "use the minus sign `-`"),
        '\u{2013}' => (Some("an en dash"), "use the minus sign `-`"),
        '\u{2014}' => (Some("an em dash"), "use the minus sign `-`"),
        '\u{2212}' => (Some("a mathematical minus"), "use the minus sign `-`"),
        '\u{2026}' => (Some("an ellipsis"), "write three points `...`"),
        '\u{D7}' | '\u{22C5}' => (None, "use `*` to multiply"),
        '\u{F7}' => (None, "use `/` to divide"),
        '\u{2264}' => (None, "write `<=`"),
        '\u{2265}' => (None, "write `>=`"),
        '\u{2260}' => (None, "write `!=`"),
        '\u{2192}' | '\u{21D2}' => (None, "write `=>` for a lambda, `->` for the type of a result"),
        '$' => (None, "`${...}` is for strings; names have no `$`"),
        '@' => (None, "Ruff has no decorators"),
        '\\' => (None, "no continuation sign is needed: end the line with an operator or use parentheses"),
        '\u{FEFF}' => {
            (Some("a byte order mark"), "a byte order mark may only stand at the very start of the file")
        }
        _ => return (None, full_width(c).map(|plain| format!("write the ordinary `{plain}`"))),
    };
    (name, Some(help.to_owned()))
}

/// The ASCII character that a full-width form stands for.
fn full_width(c: char) -> Option<char> {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0),
        '\u{3001}' => Some(','),
        '\u{3002}' => Some('.'),
        _ => None,
    }
}

/// The quote that closes a foreign one.
pub(crate) fn closing_quote(opening: char) -> Option<char> {
    Some(match opening {
        '`' => '`',
        '\u{201C}' | '\u{201E}' => '\u{201D}',
        '\u{2018}' | '\u{201A}' => '\u{2019}',
        '\u{AB}' => '\u{BB}',
        _ => return None,
    })
}
