//! Questions: what may be asked, and what is wrong with the rest.
//!
//! Invariant: whatever stands in a question, reading it costs no more than its length, and what it asks for is bounded.

use serde_json::Value as Json;

use super::VERSION;

/// So many contexts are listed unless the question says otherwise,
const LISTED: u64 = 1_000;
/// and so many at most.
const MOST_LISTED: u64 = 10_000;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// What goes on, in numbers.
    Summary,
    /// At most `limit` contexts whose ids are above `after`.
    Contexts { after: u64, limit: u64 },
    /// One context with its stack.
    Context(u64),
    /// Contexts that wait in vain.
    Leaks,
}

/// Reads one line.
pub(super) fn read(line: &str) -> Result<Ask, String> {
    let question: Json = serde_json::from_str(line).map_err(|error| format!("this is no JSON: {error}"))?;
    match question.get("version").and_then(Json::as_u64) {
        Some(VERSION) => {}
        Some(other) => return Err(format!("version {other} is not known; this is version {VERSION}")),
        None => return Err(format!("the question has no version; this is version {VERSION}")),
    }
    match question.get("ask").and_then(Json::as_str) {
        Some("summary") => Ok(Ask::Summary),
        Some("contexts") => {
            let limit = number(&question, "limit")?.unwrap_or(LISTED).min(MOST_LISTED);
            Ok(Ask::Contexts { after: number(&question, "after")?.unwrap_or(0), limit })
        }
        Some("context") => match number(&question, "id")? {
            Some(id) => Ok(Ask::Context(id)),
            None => Err("which context? `id` is missing".to_owned()),
        },
        Some("leaks") => Ok(Ask::Leaks),
        _ => Err("`ask` is one of summary, contexts, context, leaks".to_owned()),
    }
}

fn number(question: &Json, member: &str) -> Result<Option<u64>, String> {
    match question.get(member) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| format!("`{member}` is a whole number from 0")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions() {
        let check = |line: &str, expect: Result<Ask, &str>| match (read(line), expect) {
            (Ok(ask), Ok(expect)) => assert_eq!(ask, expect, "{line}"),
            (Err(problem), Err(part)) => assert!(problem.contains(part), "{line}: {problem}"),
            (read, expect) => panic!("{line}: {read:?} instead of {expect:?}"),
        };
        check(r#"{"version":1,"ask":"summary"}"#, Ok(Ask::Summary));
        check(r#"{"version":1,"ask":"contexts"}"#, Ok(Ask::Contexts { after: 0, limit: 1_000 }));
        let most = Ask::Contexts { after: 9, limit: 10_000 };
        check(r#"{"version":1,"ask":"contexts","after":9,"limit":1000000}"#, Ok(most));
        let none = Ask::Contexts { after: 0, limit: 0 };
        check(r#"{"version":1,"ask":"contexts","limit":0}"#, Ok(none));
        check(r#"{"version":1,"ask":"contexts","limit":-1}"#, Err("whole number"));
        check(r#"{"version":1,"ask":"context","id":7}"#, Ok(Ask::Context(7)));
        check(r#"{"version":1,"ask":"context"}"#, Err("`id` is missing"));
        check(r#"{"version":1,"ask":"leaks"}"#, Ok(Ask::Leaks));
        check(r#"{"version":1,"ask":"stop"}"#, Err("one of"));
        check(r#"{"version":2,"ask":"summary"}"#, Err("version 2 is not known"));
        check(r#"{"ask":"summary"}"#, Err("no version"));
        check("7", Err("no version"));
        check("", Err("no JSON"));
        check(&"[".repeat(4000), Err("no JSON"));
    }
}
