//! Names for addresses: `Hello, World!` becomes `hello-world`.

/// The letters and digits of a text in lower case; everything between them becomes one separator. Apostrophes vanish,
/// so that `don't` stays one word.
pub(super) fn slug(text: &str, separator: &str) -> String {
    let text = text.to_lowercase();
    let mut slug = String::with_capacity(text.len());
    let mut gap = false;
    for character in text.chars().filter(|character| !matches!(character, '\'' | '’')) {
        if !character.is_alphanumeric() {
            gap = true;
            continue;
        }
        if gap && !slug.is_empty() {
            slug.push_str(separator);
        }
        gap = false;
        slug.push(character);
    }
    slug
}
