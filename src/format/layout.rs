//! The document algebra: text with places where a line may break, and the one way to choose among them.
//!
//! Owns: groups (all their lines break, or none does), indentation, and the rendering to a width, after Wadler and
//! Oppen. A document is a flat list of operations, so its depth costs no machine stack.
//! Invariant: a group without a forced break is laid out flat whenever it fits; the text after it counts up to the next
//! place that may break. Spaces and line ends are owed until text follows, so no line ends in white space.
//! Does not: know the language; whoever builds the document breaks only where a line end does not count.

/// One step of a document.
#[derive(Clone, Debug)]
enum Op<'s> {
    /// Text as it is; only verbatim strings and comments hold line ends.
    Text(&'s str),
    /// A comment up to the end of its line. Its length is nobody's reason to break.
    LineComment(&'s str),
    /// A space, unless a line ends here.
    Space,
    /// In a flat group this text (nothing or a space), in a broken one a line end, with an empty line if `blank`.
    Line {
        flat: &'static str,
        blank: bool,
    },
    /// A line end in any case.
    Hard {
        blank: bool,
    },
    /// Text that only a broken group shows.
    IfBroken(&'static str),
    /// Text that only a flat group shows.
    IfFlat(&'static str),
    Indent,
    Dedent,
    /// The start of a group; `broken` if something in it forces a line end.
    Open {
        broken: bool,
        hug: Hug,
    },
    Close,
    /// The last item of a group, which may break while the group stays flat.
    HugOpen,
    HugClose,
}

/// What of a group may break while its own lines stay flat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hug {
    /// Nothing: blocks.
    Nothing,
    /// Its own last item: lists.
    Last,
    /// Any item that hugs in a list inside of it: operators and chains.
    Any,
}

/// A document under construction.
#[derive(Debug, Default)]
pub(super) struct Layout<'s> {
    ops: Vec<Op<'s>>,
    /// The groups that are open, as indexes of their `Open`; `None` is a border that forced breaks don't cross.
    open: Vec<Option<usize>>,
}

impl<'s> Layout<'s> {
    pub(super) fn text(&mut self, text: &'s str) {
        self.ops.push(Op::Text(text));
    }

    pub(super) fn line_comment(&mut self, text: &'s str) {
        self.ops.push(Op::LineComment(text));
        self.force();
    }

    pub(super) fn space(&mut self) {
        self.ops.push(Op::Space);
    }

    /// A line end, or nothing in a flat group.
    pub(super) fn soft(&mut self, blank: bool) {
        self.ops.push(Op::Line { flat: "", blank });
    }

    /// A line end, or a space in a flat group.
    pub(super) fn line(&mut self, blank: bool) {
        self.ops.push(Op::Line { flat: " ", blank });
    }

    pub(super) fn hard(&mut self, blank: bool) {
        self.ops.push(Op::Hard { blank });
        self.force();
    }

    pub(super) fn if_broken(&mut self, text: &'static str) {
        self.ops.push(Op::IfBroken(text));
    }

    pub(super) fn if_flat(&mut self, text: &'static str) {
        self.ops.push(Op::IfFlat(text));
    }

    pub(super) fn indent(&mut self) {
        self.ops.push(Op::Indent);
    }

    pub(super) fn dedent(&mut self) {
        self.ops.push(Op::Dedent);
    }

    pub(super) fn open(&mut self, hug: Hug) {
        self.open.push(Some(self.ops.len()));
        self.ops.push(Op::Open { broken: false, hug });
    }

    pub(super) fn close(&mut self) {
        self.open.pop();
        self.ops.push(Op::Close);
    }

    pub(super) fn open_hug(&mut self) {
        self.open.push(None);
        self.ops.push(Op::HugOpen);
    }

    pub(super) fn close_hug(&mut self) {
        self.open.pop();
        self.ops.push(Op::HugClose);
    }

    /// Breaks all groups that are open.
    pub(super) fn force(&mut self) {
        for &group in self.open.iter().rev() {
            let Some(at) = group else { return };
            if let Op::Open { broken, .. } = &mut self.ops[at] {
                if *broken {
                    return; // So are those around it.
                }
                *broken = true;
            }
        }
    }

    /// The text of the document for lines of this width.
    pub(super) fn render(&self, width: usize, indent: usize, line_end: &'static str) -> String {
        Renderer { ops: &self.ops, width, indent, line_end, ..Renderer::default() }.run()
    }
}

/// How the lines of a group are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Flat,
    /// Flat up to its last item, which decides for itself.
    Hugging,
    Broken,
}

#[derive(Default)]
struct Renderer<'d, 's> {
    ops: &'d [Op<'s>],
    width: usize,
    indent: usize,
    line_end: &'static str,
    text: String,
    /// The characters on the current line.
    column: usize,
    depth: usize,
    /// What each open `Indent` added to the depth: nothing in a group that does not break.
    indents: Vec<usize>,
    modes: Vec<Mode>,
    /// Line ends owed before the next text.
    owed: usize,
    space: bool,
}

impl Renderer<'_, '_> {
    fn run(mut self) -> String {
        let ops = self.ops;
        for (at, op) in ops.iter().enumerate() {
            let flat = self.modes.last().is_some_and(|&mode| mode != Mode::Broken);
            match *op {
                Op::Text(text) => self.write(text),
                Op::LineComment(text) => {
                    self.write(text);
                    self.owe(false);
                }
                Op::Space => self.space = true,
                Op::Line { flat: text, .. } if flat => self.space |= !text.is_empty(),
                Op::Line { blank, .. } | Op::Hard { blank } => self.owe(blank),
                Op::IfBroken(text) if !flat => self.write(text),
                Op::IfFlat(text) if flat => self.write(text),
                Op::IfBroken(_) | Op::IfFlat(_) => {}
                Op::Indent => {
                    self.indents.push(usize::from(!flat));
                    self.depth += usize::from(!flat);
                }
                Op::Dedent => self.depth -= self.indents.pop().unwrap_or(0),
                Op::Open { broken, hug } => {
                    let all_flat = self.modes.last() == Some(&Mode::Flat);
                    self.modes.push(if all_flat { Mode::Flat } else { self.mode(at, broken, hug) });
                }
                Op::HugOpen => {
                    let all_flat = self.modes.last() == Some(&Mode::Flat);
                    self.modes.push(if all_flat { Mode::Flat } else { Mode::Broken });
                }
                Op::Close | Op::HugClose => {
                    self.modes.pop();
                }
            }
        }
        if !self.text.is_empty() {
            self.text.push_str(self.line_end);
        }
        self.text
    }

    /// How to lay out the group that opens at `at`.
    fn mode(&self, at: usize, broken: bool, hug: Hug) -> Mode {
        match broken {
            true => Mode::Broken,
            false if self.fits(at, Hug::Nothing) => Mode::Flat,
            false if hug != Hug::Nothing && self.fits(at, hug) => Mode::Hugging,
            false => Mode::Broken,
        }
    }

    /// Whether the group at `start`, and what follows it up to the next possible line end, fits on this line.
    fn fits(&self, start: usize, hug: Hug) -> bool {
        let mut left = self.width.saturating_sub(self.reached()) as isize;
        let (mut depth, mut hugs, mut after) = (0_usize, 0_usize, false);
        let mut space = false;
        for op in &self.ops[start..] {
            match *op {
                Op::Text(text) => {
                    left -= isize::from(std::mem::take(&mut space));
                    let first = text.find(['\n', '\r']).unwrap_or(text.len());
                    left -= text[..first].chars().count() as isize;
                    if let (Some(last), true) = (text.rfind(['\n', '\r']), left >= 0) {
                        left = self.width as isize - text[last + 1..].chars().count() as isize;
                    }
                }
                Op::LineComment(_) => return true,
                Op::Space => space = true,
                Op::Line { .. } | Op::Hard { .. } if after || hugs > 0 => return true,
                Op::Line { flat, .. } => space |= !flat.is_empty(),
                Op::Hard { .. } => return false,
                Op::Open { broken: true, .. } if !after && hugs == 0 => return false,
                Op::Open { .. } => depth += 1,
                Op::Close => {
                    depth = depth.saturating_sub(1);
                    after |= depth == 0;
                }
                Op::HugOpen => {
                    hugs += usize::from(hugs > 0 || hug == Hug::Any || hug == Hug::Last && depth == 1)
                }
                Op::HugClose => hugs = hugs.saturating_sub(1),
                Op::IfFlat(text) if !after => left -= text.len() as isize,
                Op::IfBroken(_) | Op::IfFlat(_) | Op::Indent | Op::Dedent => {}
            }
            if left < 0 {
                return false;
            }
        }
        true
    }

    /// The column at which text would go on.
    fn reached(&self) -> usize {
        match self.owed {
            0 => self.column + usize::from(self.space),
            _ => self.depth * self.indent,
        }
    }

    fn owe(&mut self, blank: bool) {
        self.owed = self.owed.max(1 + usize::from(blank));
    }

    fn write(&mut self, text: &str) {
        if self.text.is_empty() {
            self.owed = 0;
        }
        if self.owed > 0 {
            self.text.extend(std::iter::repeat_n(self.line_end, self.owed));
            self.column = self.depth * self.indent;
            self.text.extend(std::iter::repeat_n(' ', self.column));
        } else if self.space && !self.text.is_empty() {
            self.text.push(' ');
            self.column += 1;
        }
        (self.owed, self.space) = (0, false);
        self.text.push_str(text);
        match text.rfind(['\n', '\r']) {
            Some(at) => self.column = text[at + 1..].chars().count(),
            None => self.column += text.chars().count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Hug, Layout};

    /// `name(a, b)`, whose last item is `{x}` if it hugs.
    fn call(hugs: bool) -> Layout<'static> {
        let mut layout = Layout::default();
        layout.open(Hug::Last);
        layout.text("name(");
        layout.indent();
        layout.soft(false);
        layout.text("aaaa,");
        layout.line(false);
        if hugs {
            layout.open_hug();
            layout.open(Hug::Nothing);
            layout.text("{");
            layout.indent();
            layout.hard(false);
            layout.text("x");
            layout.dedent();
            layout.hard(false);
            layout.text("}");
            layout.close();
            layout.close_hug();
        } else {
            layout.text("bbbb");
        }
        layout.if_broken(",");
        layout.dedent();
        layout.soft(false);
        layout.text(")");
        layout.close();
        layout
    }

    #[test]
    fn breaks_what_does_not_fit() {
        assert_eq!(call(false).render(16, 2, "\n"), "name(aaaa, bbbb)\n");
        assert_eq!(call(false).render(15, 2, "\n"), "name(\n  aaaa,\n  bbbb,\n)\n");
    }

    #[test]
    fn the_last_item_may_break_alone() {
        assert_eq!(call(true).render(20, 2, "\n"), "name(aaaa, {\n  x\n})\n");
        assert_eq!(call(true).render(8, 2, "\n"), "name(\n  aaaa,\n  {\n    x\n  },\n)\n");
    }
}
