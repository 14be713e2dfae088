//! Which known word a misspelt one was meant to be.
//!
//! Owns: the measure of likeness that every "did you mean" uses. Does not: know where the words come from.

/// The most similar of the `known` words, if one is similar enough; the alphabet decides between equals.
pub fn similar<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    // Any one letter could be meant for any other.
    let limit = if length < 2 { 0 } else { (length / 3).clamp(1, 3) };
    let rank = |candidate: &'a str| {
        let same_letters = candidate.to_lowercase() == word.to_lowercase();
        let distance = if same_letters { 1 } else { distance(word, candidate, limit)? };
        // Several wrong letters, the first among them, are another word.
        let is_near = distance < 2 || first_letter(candidate) == first_letter(word);
        is_near.then_some((distance, candidate))
    };
    let ranked = known.into_iter().filter(|&candidate| candidate != word).filter_map(rank);
    ranked.min().map(|(_, candidate)| candidate)
}

fn first_letter(word: &str) -> Option<char> {
    word.chars().flat_map(char::to_lowercase).next()
}

/// `did you mean ...?`, or all words if none is similar and there are few of them.
pub fn suggest(word: &str, known: &[&str], what: &str) -> Option<String> {
    const FEW: usize = 8;
    match similar(word, known.iter().copied()) {
        Some(candidate) => Some(format!("did you mean `{candidate}`?")),
        None if (1..=FEW).contains(&known.len()) => Some(format!("{what} {}", known.join(", "))),
        None => None,
    }
}

/// The edit distance (insert, delete, replace, swap neighbours) if it is at most `limit`.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    Some(rows[a.len()][b.len()]).filter(|&found| found <= limit)
}

#[cfg(test)]
mod tests {
    use super::{similar, suggest};

    #[test]
    fn finds_what_was_meant() {
        assert_eq!(similar("conter", ["counter", "print"]), Some("counter"));
        assert_eq!(similar("toUpper", ["to_upper", "to_lower"]), Some("to_upper"));
        assert_eq!(similar("READ", ["red", "read"]), Some("read"));
        assert_eq!(similar("xy", ["xy", "xz"]), Some("xz"));
        assert_eq!(similar("x", ["X", "y"]), Some("X"));
        assert_eq!(similar("x", ["y", "xy"]), None);
        assert_eq!(similar("nosuch", ["touch", "search"]), None);
        assert_eq!(similar("tuch", ["touch"]), Some("touch"));
        assert_eq!(similar("total", ["sum", "count"]), None);
    }

    #[test]
    fn lists_what_there_is() {
        assert_eq!(suggest("Gren", &["Red", "Green"], "it has"), Some("did you mean `Green`?".into()));
        assert_eq!(suggest("Blue", &["Red", "Green"], "it has"), Some("it has Red, Green".into()));
        assert_eq!(suggest("Blue", &[], "it has"), None);
    }
}
