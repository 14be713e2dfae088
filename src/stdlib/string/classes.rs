//! Predicates on the characters of a string: true if it is not empty and every character qualifies.

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("is_alpha(s: string) -> bool", "Whether all are letters.", |call| all(call, char::is_alphabetic)),
    plain("is_digit(s: string) -> bool", "Whether all are 0 to 9.", |call| all(call, |c| c.is_ascii_digit())),
    plain("is_alnum(s: string) -> bool", "Whether all are letters or numbers.", |call| {
        all(call, char::is_alphanumeric)
    }),
    plain("is_space(s: string) -> bool", "Whether all are white space.", |call| {
        all(call, char::is_whitespace)
    }),
    plain("is_upper(s: string) -> bool", "Whether all are upper case.", |call| all(call, char::is_uppercase)),
    plain("is_lower(s: string) -> bool", "Whether all are lower case.", |call| all(call, char::is_lowercase)),
];

fn all(call: &mut Call<'_>, qualifies: fn(char) -> bool) -> Outcome {
    let text = call.str(0);
    answer::bool(!text.is_empty() && text.chars().all(qualifies))
}
