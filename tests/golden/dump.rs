//! A compact text for tokens and trees, for people to read in the golden files.

use std::fmt::Write;

use ruff::syntax::ast::*;
use ruff::syntax::token::{Lexed, TokenKind};

/// One line per token; `|` marks the first token of a line.
pub(crate) fn tokens(text: &str, lexed: &Lexed) -> String {
    let mut out = String::new();
    for token in &lexed.tokens {
        let mark = if token.starts_line { '|' } else { ' ' };
        let (start, end) = (token.span.start, token.span.end);
        let detail = match token.kind {
            TokenKind::Chunk(index) => format!("Chunk {:?}", lexed.chunks[index as usize]),
            TokenKind::Name => format!("Name {}", &text[start as usize..end as usize]),
            kind => format!("{kind:?}"),
        };
        writeln!(out, "{mark} {start}..{end} {detail}").unwrap();
    }
    for comment in &lexed.comments {
        writeln!(out, "# {}..{} {:?}", comment.span.start, comment.span.end, comment.kind).unwrap();
    }
    out
}

/// One top-level statement per line.
pub(crate) fn script(script: &Script) -> String {
    script.statements.iter().map(|one| statement(one) + "\n").collect()
}

fn join<T>(items: &[T], one: impl Fn(&T) -> String) -> String {
    items.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn name(name: &Name) -> String {
    name.text.to_string()
}

fn path(names: &[Name]) -> String {
    names.iter().map(name).collect::<Vec<_>>().join(".")
}

fn opt<T>(item: &Option<T>, prefix: &str, one: impl Fn(&T) -> String) -> String {
    item.as_ref().map_or(String::new(), |item| format!("{prefix}{}", one(item)))
}

fn block(block: &Block) -> String {
    format!("{{{}}}", block.statements.iter().map(statement).collect::<Vec<_>>().join("; "))
}

fn statement(statement: &Statement) -> String {
    use StatementKind as K;
    match &statement.kind {
        K::Variable(one) => format!(
            "({:?} {}{} {})",
            one.binding,
            pattern(&one.pattern),
            opt(&one.annotation, ": ", type_),
            expr(&one.value)
        ),
        K::Function(one) => function(one),
        K::Struct(one) => {
            let fields = join(&one.fields, param);
            format!("(struct {} [{fields}] {})", one.name.text, join(&one.functions, function))
        }
        K::Enum(one) => format!("(enum {} {})", one.name.text, join(&one.variants, variant)),
        K::Export(inner) => format!("(export {})", self::statement(inner)),
        K::ExportNames(names) => format!("(export-names {})", join(names, name)),
        K::Import { path: at, alias } => format!("(import {}{})", path(at), opt(alias, " as ", name)),
        K::FromImport { path: at, names } => {
            let names = join(names, |(one, alias)| format!("{}{}", one.text, opt(alias, " as ", name)));
            format!("(from {} {names})", path(at))
        }
        K::Test(title, body) => format!("(test {} {})", text(title), block(body)),
        K::TestGroup(title, body) => format!("(test-group {} {})", text(title), block(body)),
        K::TestSetup(body) => format!("(test-setup {})", block(body)),
        K::TestTeardown(body) => format!("(test-teardown {})", block(body)),
        K::Assign(one) => format!("({:?} {} {})", one.op, place(&one.place), expr(&one.value)),
        K::Destructure { pattern: left, value } => format!("(destructure {} {})", pattern(left), expr(value)),
        K::If(one) => if_(one),
        K::Match(one) => match_(one),
        K::While { condition, body } => format!("(while {} {})", expr(condition), block(body)),
        K::Loop(body) => format!("(loop {})", block(body)),
        K::For { pattern: left, iterable, body } => {
            format!("(for {} {} {})", pattern(left), expr(iterable), block(body))
        }
        K::Try(one) => {
            let except = opt(&one.except, " except ", |(name, body)| {
                format!("{}{}", opt(name, "", self::name), block(body))
            });
            format!("(try {}{except}{})", block(&one.body), opt(&one.finally, " finally ", block))
        }
        K::AsyncScope(body) => format!("(async-scope {})", block(body)),
        K::Return(value) => format!("(return{})", opt(value, " ", expr)),
        K::Yield(value) => format!("(yield{})", opt(value, " ", expr)),
        K::Break => "(break)".into(),
        K::Continue => "(continue)".into(),
        K::Throw(value) => format!("(throw-statement {})", expr(value)),
        K::Expr(value) => expr(value),
        K::Error => "(error)".into(),
    }
}

fn variant(variant: &Variant) -> String {
    let payload = opt(&variant.payload, "", |payload| {
        format!(
            "({})",
            join(payload, |one| format!("{}{}", one.name.text, opt(&one.annotation, ": ", type_)))
        )
    });
    format!("{}{payload}", variant.name.text)
}

fn function(function: &Function) -> String {
    let mut head = String::new();
    if function.is_async {
        head.push_str("async-");
    }
    head.push_str(if function.is_generator { "func*" } else { "func" });
    head.push_str(&opt(&function.name, " ", name));
    let mut params: Vec<String> = function.params.iter().map(param).collect();
    if function.self_param.is_some() {
        params.insert(0, "self".into());
    }
    params.extend(function.rest.as_ref().map(|rest| format!("...{}", rest.text)));
    let body = match &function.body {
        Body::Block(body) => block(body),
        Body::Expr(value) => format!("=> {}", expr(value)),
    };
    format!("({head} ({}){} {body})", params.join(" "), opt(&function.result, " -> ", type_))
}

fn param(param: &Param) -> String {
    let default = opt(&param.default, " = ", expr);
    format!("{}{}{default}", param.name.text, opt(&param.annotation, ": ", type_))
}

fn type_(one: &Type) -> String {
    match &one.kind {
        TypeKind::Named { path: at, arguments } if arguments.is_empty() => path(at),
        TypeKind::Named { path: at, arguments } => format!("{}<{}>", path(at), join(arguments, type_)),
        TypeKind::Optional(inner) => format!("{}?", type_(inner)),
        TypeKind::Array(inner) => format!("{}[]", type_(inner)),
    }
}

fn place(place: &Place) -> String {
    let steps = place.steps.iter().map(|step| match step {
        PlaceStep::Field(name) => format!(".{}", name.text),
        PlaceStep::Index(index) => format!("[{}]", expr(index)),
    });
    format!("{}{}", place.root.text, steps.collect::<String>())
}

fn if_(one: &If) -> String {
    let arms = join(&one.arms, |(condition, body)| format!("{} {}", expr(condition), block(body)));
    format!("(if {arms}{})", opt(&one.otherwise, " else ", block))
}

fn match_(one: &Match) -> String {
    let arms = join(&one.arms, |arm| {
        let pattern = arm.pattern.as_ref().map_or("default".into(), case_pattern);
        let body = match &arm.body {
            Body::Block(body) => block(body),
            Body::Expr(value) => format!("=> {}", expr(value)),
        };
        format!("({pattern}{} {body})", opt(&arm.guard, " if ", expr))
    });
    format!("(match {} {arms})", expr(&one.subject))
}

fn group(open: &str, mut items: Vec<String>, rest: &Option<Name>, close: &str) -> String {
    items.extend(rest.as_ref().map(|rest| format!("...{}", rest.text)));
    format!("{open}{}{close}", items.join(" "))
}

fn pattern(one: &Pattern) -> String {
    match one {
        Pattern::Ignore(_) => "_".into(),
        Pattern::Name(one) => name(one),
        Pattern::Array { items, rest, .. } => group("[", items.iter().map(pattern).collect(), rest, "]"),
        Pattern::Dict { entries, rest, .. } => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", key.text, pattern(value)));
            group("{", entries.collect(), rest, "}")
        }
    }
}

fn case_pattern(one: &CasePattern) -> String {
    one.alternatives.iter().map(one_pattern).collect::<Vec<_>>().join(" | ")
}

fn one_pattern(one: &OnePattern) -> String {
    match one {
        OnePattern::Ignore(_) => "_".into(),
        OnePattern::Name(one) => name(one),
        OnePattern::Literal(literal) => expr(literal),
        OnePattern::Variant { path: at, name, payload } => {
            let payload = opt(payload, "", |payload| format!("({})", join(payload, case_pattern)));
            format!("{}::{}{payload}", path(at), name.text)
        }
        OnePattern::Array { items, rest, .. } => {
            group("[", items.iter().map(case_pattern).collect(), rest, "]")
        }
        OnePattern::Dict { entries, rest, .. } => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", key.text, case_pattern(value)));
            group("{", entries.collect(), rest, "}")
        }
    }
}

fn text(one: &Text) -> String {
    let parts = one.parts.iter().map(|part| match part {
        TextPart::Literal(value) => value.escape_debug().to_string(),
        TextPart::Expr(value) => format!("${{{}}}", expr(value)),
    });
    format!("\"{}\"", parts.collect::<String>())
}

fn expr(one: &Expr) -> String {
    use ExprKind as K;
    match &one.kind {
        K::Null => "null".into(),
        K::Bool(value) => value.to_string(),
        K::Int(value) => value.to_string(),
        K::Float(value) => format!("{value:?}"),
        K::Text(value) => text(value),
        K::SelfRef => "self".into(),
        K::Name(word) => word.to_string(),
        K::Path { path: at, member } => format!("{}::{}", path(at), member.text),
        K::Paren(inner) => format!("(paren {})", expr(inner)),
        K::Array(items) => format!("[{}]", join(items, item)),
        K::Dict(entries) => format!("{{{}}}", join(entries, entry)),
        K::Struct { path: at, fields } => {
            let fields = join(fields, |(name, value)| format!("{}: {}", name.text, expr(value)));
            format!("(new {} {fields})", path(at))
        }
        K::Chain { first, rest } => {
            format!("({} {})", expr(first), join(rest, |(op, right)| format!("{op:?} {}", expr(right))))
        }
        K::Logic { op, operands } => format!("({op:?} {})", join(operands, expr)),
        K::Pipe { first, rest } => format!("(pipe {} {})", expr(first), join(rest, expr)),
        K::Power { base, exponent } => format!("(power {} {})", expr(base), expr(exponent)),
        K::Unary { op, operand } => format!("({op:?} {})", expr(operand)),
        K::Throw(value) => format!("(throw {})", expr(value)),
        K::Await(value) => format!("(await {})", expr(value)),
        K::Postfix { base, steps } => {
            format!("<{}{}>", expr(base), steps.iter().map(step).collect::<String>())
        }
        K::Function(one) => function(one),
        K::Spawn(body) => format!("(spawn {})", block(body)),
        K::If(one) => if_(one),
        K::Match(one) => match_(one),
        K::Error => "error".into(),
    }
}

fn item(one: &Item) -> String {
    match one {
        Item::One(value) => expr(value),
        Item::Spread(value) => format!("...{}", expr(value)),
    }
}

fn entry(one: &Entry) -> String {
    match one {
        Entry::Spread(value) => format!("...{}", expr(value)),
        Entry::Pair(key, value) => {
            let key = match key {
                EntryKey::Name(key) => name(key),
                EntryKey::Text(key) => text(key),
                EntryKey::Int(key, _) => key.to_string(),
                EntryKey::Expr(key) => format!("[{}]", expr(key)),
            };
            format!("{key}: {}", expr(value))
        }
    }
}

fn step(step: &Step) -> String {
    match &step.kind {
        StepKind::Call(arguments) => format!("({})", join(arguments, argument)),
        StepKind::Index(index) => format!("[{}]", expr(index)),
        StepKind::Slice(from, to) => format!("[{}:{}]", opt(from, "", expr), opt(to, "", expr)),
        StepKind::Field(one) => format!(".{}", one.text),
        StepKind::OptionalField(one) => format!("?.{}", one.text),
        StepKind::Try => "?".into(),
    }
}

fn argument(one: &Argument) -> String {
    match one {
        Argument::One(value) => expr(value),
        Argument::Spread(value) => format!("...{}", expr(value)),
        Argument::Named(name, value) => format!("{}: {}", name.text, expr(value)),
    }
}
