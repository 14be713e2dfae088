//! Paths of routes: literal segments, `:name` for one, and `*rest` for all further ones.
//!
//! Of the routes that match a path, the one is meant whose first differing segment says most: a literal more than a name,
//! a name more than a rest. So the order of registration does not count.

/// A segment of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Name(String),
    Rest(String),
}

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Segment>);

/// The parameters of a match, and how much each segment said.
pub(super) struct Match {
    pub(super) params: Vec<(String, String)>,
    pub(super) rank: Vec<u8>,
}

impl Pattern {
    /// The pattern that a text writes, or what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Pattern, String> {
        let Some(path) = text.strip_prefix('/') else {
            return Err(format!("pattern '{text}' must begin with /"));
        };
        let mut segments = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for part in split(path) {
            if matches!(segments.last(), Some(Segment::Rest(_))) {
                return Err(format!("nothing may follow the * of pattern '{text}'"));
            }
            let (segment, name) = match (part.strip_prefix(':'), part.strip_prefix('*')) {
                (Some(name), _) => (Segment::Name(name.to_owned()), Some(name)),
                (_, Some(name)) => (Segment::Rest(name.to_owned()), Some(name)),
                _ => (Segment::Literal(part.to_owned()), None),
            };
            if let Some(name) = name {
                if !is_name(name) {
                    return Err(format!("'{part}' in pattern '{text}' needs a name"));
                }
                if names.contains(&name) {
                    return Err(format!("pattern '{text}' has the name '{name}' twice"));
                }
                names.push(name);
            }
            segments.push(segment);
        }
        Ok(Pattern(segments))
    }

    /// How it matches the decoded segments of a path.
    pub(super) fn matches(&self, path: &[String]) -> Option<Match> {
        let mut found = Match { params: Vec::new(), rank: Vec::with_capacity(self.0.len()) };
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Rest(name) => {
                    found.params.push((name.clone(), path.get(at..)?.join("/")));
                    found.rank.push(1);
                    return Some(found);
                }
                Segment::Name(name) => {
                    found.params.push((name.clone(), path.get(at)?.clone()));
                    found.rank.push(2);
                }
                Segment::Literal(text) if path.get(at)? == text => found.rank.push(3),
                Segment::Literal(_) => return None,
            }
        }
        (path.len() == self.0.len()).then_some(found)
    }
}

/// The segments of a path without its first slash; a slash at the end counts for nothing.
pub(super) fn split(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').filter(move |_| !path.is_empty())
}

fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_')
}
