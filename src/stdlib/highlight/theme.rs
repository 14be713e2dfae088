//! Themes: the colours of the classes.

use syntect::highlighting::{Color, FontStyle, Highlighter, Style};
use syntect::parsing::Scope;
use two_face::theme::{EmbeddedLazyThemeSet, EmbeddedThemeName, extra};

use super::class::Class;

/// Themes for terminals: their colours are numbers of a palette that a page does not have.
const FOR_TERMINALS: &[EmbeddedThemeName] =
    &[EmbeddedThemeName::Ansi, EmbeddedThemeName::Base16, EmbeddedThemeName::Base16_256];

/// All themes for pages.
fn names() -> impl Iterator<Item = EmbeddedThemeName> {
    EmbeddedLazyThemeSet::theme_names().iter().copied().filter(|name| !FOR_TERMINALS.contains(name))
}

/// A theme by its name in any case.
pub(super) fn find(name: &str) -> Option<EmbeddedThemeName> {
    names().find(|known| known.as_name().eq_ignore_ascii_case(name))
}

/// The names of all themes, for messages.
pub(super) fn known() -> String {
    names().map(|name| name.as_name()).collect::<Vec<_>>().join(", ")
}

/// The CSS of a theme.
#[derive(Debug)]
pub(in crate::stdlib) struct Palette {
    ground: String,
    /// By class, in the order of `Class::ALL`; none for a class that looks like the rest.
    classes: Vec<Option<String>>,
}

impl Palette {
    /// The colours that a theme gives.
    pub(super) fn of(name: EmbeddedThemeName) -> Palette {
        let themes = extra();
        let highlighter = Highlighter::new(themes.get(name));
        let plain = highlighter.get_default();
        let style = |class: &Class| {
            let scope = Scope::new(class.sample()).expect("samples are scopes of few parts");
            declarations(plain, highlighter.style_for_stack(&[scope]))
        };
        let ground = format!("color:{};background-color:{}", hex(plain.foreground), hex(plain.background));
        Palette { ground, classes: Class::ALL.iter().map(style).collect() }
    }

    /// The declarations for the element around the code.
    pub(in crate::stdlib) fn ground(&self) -> &str {
        &self.ground
    }

    /// The declarations of a class.
    pub(super) fn declarations(&self, class: Class) -> Option<&str> {
        self.classes[class as usize].as_deref()
    }

    /// The style sheet.
    pub(super) fn sheet(&self) -> String {
        let rules = Class::ALL.iter().filter_map(|&class| {
            let declarations = self.declarations(class)?;
            Some(format!(".{}{{{declarations}}}\n", class.name()))
        });
        format!(".highlight{{{}}}\n", self.ground) + &rules.collect::<String>()
    }
}

/// How a style differs from the plain one.
fn declarations(plain: Style, style: Style) -> Option<String> {
    let mut list = Vec::new();
    if style.foreground != plain.foreground {
        list.push(format!("color:{}", hex(style.foreground)));
    }
    if style.background != plain.background {
        list.push(format!("background-color:{}", hex(style.background)));
    }
    let fonts = [
        (FontStyle::BOLD, "font-weight:bold"),
        (FontStyle::ITALIC, "font-style:italic"),
        (FontStyle::UNDERLINE, "text-decoration:underline"),
    ];
    list.extend(
        fonts.iter().filter(|(font, _)| style.font_style.contains(*font)).map(|(_, rule)| (*rule).to_owned()),
    );
    (!list.is_empty()).then(|| list.join(";"))
}

fn hex(color: Color) -> String {
    format!("#{:02x}{:02x}{:02x}", color.r, color.g, color.b)
}

#[cfg(test)]
mod tests {
    use super::{Class, Palette, names};

    #[test]
    fn every_theme_has_colours() {
        assert!(names().count() > 20);
        for name in names() {
            let palette = Palette::of(name);
            assert!(palette.declarations(Class::Comment).is_some(), "{name:?}");
            assert!(palette.sheet().starts_with(".highlight{color:#"), "{name:?}");
        }
    }
}
