//! Upper and lower case, and names in the styles of programming languages.

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::stdlib::slug::slug;
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("to_upper upper upper_case(s: string) -> string", "In upper case.", |call| {
        answer::text(call.str(0).to_uppercase())
    }),
    plain("to_lower lower lower_case(s: string) -> string", "In lower case.", |call| {
        answer::text(call.str(0).to_lowercase())
    }),
    plain("capitalize(s: string) -> string", "First character upper, the rest lower.", |call| {
        answer::text(capitalized(call.str(0)))
    }),
    plain("to_camel_case(s: string) -> string", "likeThis.", camel),
    plain("to_pascal_case(s: string) -> string", "LikeThis.", |call| joined(call, "", capitalized)),
    plain("to_snake_case(s: string) -> string", "like_this.", |call| joined(call, "_", str::to_lowercase)),
    plain("to_kebab_case(s: string) -> string", "like-this.", |call| joined(call, "-", str::to_lowercase)),
    plain("to_title_case(s: string) -> string", "Like This.", |call| joined(call, " ", capitalized)),
    plain("slugify(s: string, sep: string = \"-\") -> string", "A name for addresses: like-this.", slugify),
];

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return String::new() };
    let mut result: String = first.to_uppercase().collect();
    result.push_str(&characters.as_str().to_lowercase());
    result
}

fn camel(call: &mut Call<'_>) -> Outcome {
    let mut result = String::new();
    for (index, word) in words(call.str(0)).into_iter().enumerate() {
        match index {
            0 => result.push_str(&word.to_lowercase()),
            _ => result.push_str(&capitalized(word)),
        }
    }
    answer::text(result)
}

fn joined(call: &mut Call<'_>, separator: &str, style: fn(&str) -> String) -> Outcome {
    let words: Vec<String> = words(call.str(0)).into_iter().map(style).collect();
    answer::text(words.join(separator))
}

/// The words of a name: they end at non-alphanumerics, between lower and upper, and before the last upper of a run.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = None;
    let mut before = None::<char>;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if !character.is_alphanumeric() {
            words.extend(start.take().map(|start| &text[start..at]));
        } else {
            let next = characters.peek().map(|&(_, next)| next);
            if let Some(begun) = start
                && is_border(before, character, next)
            {
                words.push(&text[begun..at]);
                start = Some(at);
            }
            start.get_or_insert(at);
        }
        before = Some(character);
    }
    words.extend(start.map(|start| &text[start..]));
    words
}

fn is_border(before: Option<char>, character: char, next: Option<char>) -> bool {
    let after_lower = before.is_some_and(char::is_lowercase);
    let before_lower = next.is_some_and(char::is_lowercase);
    character.is_uppercase() && (after_lower || before_lower)
}

fn slugify(call: &mut Call<'_>) -> Outcome {
    answer::text(slug(call.str(0), call.str(1)))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_end_where_case_says() {
        assert_eq!(words("HTTPServer v2"), ["HTTP", "Server", "v2"]);
        assert_eq!(words("  fooBar_baz--9 "), ["foo", "Bar", "baz", "9"]);
        assert_eq!(words("parseJSON"), ["parse", "JSON"]);
        assert_eq!(words("..."), [""; 0]);
    }
}
