//! What the pieces of code are, as far as colours go, and how grammars and themes say it.
//!
//! Grammars name what they find by stacks of scopes, themes give colours to scopes. A page needs neither: a few classes are
//! enough for every theme, and keep the HTML short.

use std::sync::LazyLock;

use syntect::parsing::Scope;

/// Declares the classes: name in HTML, and the scope by which a theme gives its colour.
macro_rules! classes {
    ($($variant:ident = $name:literal, $sample:literal;)*) => {
        /// What a piece of code is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Class {
            $($variant,)*
        }

        impl Class {
            /// All of them.
            pub(super) const ALL: &[Class] = &[$(Class::$variant),*];

            /// The class in HTML.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Class::$variant => concat!("hl-", $name),)*
                }
            }

            /// A scope that themes give a colour to.
            pub(super) fn sample(self) -> &'static str {
                match self {
                    $(Class::$variant => $sample,)*
                }
            }
        }
    };
}

classes! {
    Comment = "comment", "comment";
    Text = "string", "string";
    Escape = "escape", "constant.character.escape";
    Pattern = "regexp", "string.regexp";
    Number = "number", "constant.numeric";
    Constant = "constant", "constant.language";
    Operator = "operator", "keyword.operator";
    Keyword = "keyword", "keyword";
    Function = "function", "entity.name.function";
    Type = "type", "entity.name.type";
    Tag = "tag", "entity.name.tag";
    Attribute = "attribute", "entity.other.attribute-name";
    Property = "property", "support.type.property-name";
    Variable = "variable", "variable.language";
    Heading = "heading", "markup.heading";
    Strong = "strong", "markup.bold";
    Emphasis = "emphasis", "markup.italic";
    Inserted = "inserted", "markup.inserted";
    Deleted = "deleted", "markup.deleted";
    Invalid = "invalid", "invalid";
}

/// The class of what is in a scope; none where code begins inside of other code. The first prefix that fits counts.
const RULES: &[(&str, Option<Class>)] = &[
    ("comment", Some(Class::Comment)),
    ("string.regexp", Some(Class::Pattern)),
    ("string.unquoted", None),
    ("string", Some(Class::Text)),
    ("constant.character.escape", Some(Class::Escape)),
    ("constant.other.placeholder", Some(Class::Escape)),
    ("constant.numeric", Some(Class::Number)),
    ("constant", Some(Class::Constant)),
    ("keyword.operator.word", Some(Class::Keyword)),
    ("keyword.operator", Some(Class::Operator)),
    ("keyword", Some(Class::Keyword)),
    ("storage", Some(Class::Keyword)),
    ("entity.name.function", Some(Class::Function)),
    ("entity.name.macro", Some(Class::Function)),
    ("variable.function", Some(Class::Function)),
    ("support.function", Some(Class::Function)),
    ("support.macro", Some(Class::Function)),
    ("variable.annotation", Some(Class::Attribute)),
    ("meta.annotation", Some(Class::Attribute)),
    ("entity.name.tag.yaml", Some(Class::Property)),
    ("entity.name.tag", Some(Class::Tag)),
    ("entity.other.attribute-name", Some(Class::Attribute)),
    ("support.type.property-name", Some(Class::Property)),
    ("meta.property-name", Some(Class::Property)),
    ("entity.name.section", Some(Class::Heading)),
    ("entity.name", Some(Class::Type)),
    ("entity.other.inherited-class", Some(Class::Type)),
    ("support.type", Some(Class::Type)),
    ("support.class", Some(Class::Type)),
    ("variable.language", Some(Class::Variable)),
    ("markup.heading", Some(Class::Heading)),
    ("markup.bold", Some(Class::Strong)),
    ("markup.italic", Some(Class::Emphasis)),
    ("markup.inserted", Some(Class::Inserted)),
    ("markup.deleted", Some(Class::Deleted)),
    ("markup.raw", Some(Class::Text)),
    ("invalid", Some(Class::Invalid)),
    ("meta.interpolation", None),
    ("meta.template.expression", None),
    ("meta.embedded", None),
    ("source", None),
    ("text", None),
];

static PREFIXES: LazyLock<Vec<(Scope, Option<Class>)>> = LazyLock::new(|| {
    let scope = |text| Scope::new(text).expect("the rules name scopes of few parts");
    RULES.iter().map(|&(prefix, class)| (scope(prefix), class)).collect()
});

/// The class of a piece of code by the scopes that it stands in, outermost first.
pub(super) fn class_of(scopes: &[Scope]) -> Option<Class> {
    let rule = |scope: &Scope| PREFIXES.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope));
    scopes.iter().rev().find_map(rule).and_then(|(_, class)| *class)
}
