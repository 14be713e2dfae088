//! Rows as text in columns, for terminals (STDLIB section 23).

use super::answer::{self, Outcome};
use super::declare::{by_prelude, plain};
use super::string::shape::display_width;
use crate::value::{Counted, Dict, Fault, Key, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain(
        "table(rows: seq, opts: dict = {}) -> string",
        "Arrays or dicts as aligned columns; options columns, header, border, max_width.",
        table,
    )
    .shows(),
    plain("print_table(rows: seq, opts: dict = {}) -> null", "Prints them.", by_prelude).written(),
];

/// The least width that `max_width` leaves to a column.
const NARROWEST: usize = 3;

/// One text of the table.
struct Cell {
    text: String,
    width: usize,
    is_number: bool,
}

impl Cell {
    fn new(text: String, is_number: bool) -> Cell {
        // A line break would tear the row apart.
        let text =
            if text.contains(['\n', '\r', '\t']) { text.replace(['\n', '\r', '\t'], " ") } else { text };
        let width = display_width(&text);
        Cell { text, width, is_number }
    }

    /// The text in so many columns, cut if it is wider.
    fn fit(&self, width: usize) -> String {
        if self.width > width {
            return cut(&self.text, width);
        }
        let blanks = " ".repeat(width - self.width);
        if self.is_number { blanks + &self.text } else { self.text.clone() + &blanks }
    }
}

fn cut(text: &str, width: usize) -> String {
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if display_width(&kept) >= width {
            kept.pop();
            break;
        }
    }
    let blanks = width.saturating_sub(display_width(&kept) + 1);
    kept + "…" + &" ".repeat(blanks)
}

fn table(call: &mut Call<'_>) -> Outcome {
    let options = call.options(1, &["columns", "header", "border", "max_width"])?;
    let (border, max_width) = (options.bool("border", false)?, options.count("max_width")?);
    let rows = call.items(0, "rows")?;
    let named = options.get("columns").is_some();
    let columns = if named { options.texts("columns")? } else { all_keys(&rows) };
    let header = options.bool("header", !columns.is_empty())? && !columns.is_empty();
    let mut grid: Vec<Vec<Cell>> = Vec::new();
    if header {
        grid.push(columns.iter().map(|name| Cell::new(name.clone(), false)).collect());
    }
    for row in rows.iter() {
        grid.push(cells(call, row, &columns)?);
    }
    let count = grid.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..count)
        .map(|at| grid.iter().filter_map(|row| row.get(at)).map(|cell| cell.width).max().unwrap_or(0))
        .collect();
    if let Some(most) = max_width {
        narrow(&mut widths, usize::try_from(most).unwrap_or(usize::MAX), if border { 3 } else { 2 });
    }
    answer::text(drawn(&grid, &widths, header, border))
}

/// The keys of all rows that are dicts, in order of first appearance.
fn all_keys(rows: &[Value]) -> Vec<String> {
    let mut keys: indexmap::IndexSet<String> = indexmap::IndexSet::new();
    for row in rows {
        if let Value::Dict(dict) = row {
            keys.extend(dict.iter().map(|(key, _)| key.to_string()));
        }
    }
    keys.into_iter().collect()
}

fn cells(call: &Call<'_>, row: &Value, columns: &[String]) -> Result<Vec<Cell>, Fault> {
    let cell = |value: Option<&Value>| match value {
        None | Some(Value::Null) => Ok(Cell::new(String::new(), false)),
        Some(value) => {
            let is_number = matches!(value, Value::Int(_) | Value::Float(_));
            Ok(Cell::new(call.display(value)?, is_number))
        }
    };
    match row {
        Value::Dict(dict) => columns.iter().map(|name| cell(entry(dict, name))).collect(),
        Value::Array(items) => items.iter().map(|item| cell(Some(item))).collect(),
        other => Err(call.type_fault("rows", "sequence of arrays or dicts", other)),
    }
}

fn entry<'a>(dict: &'a Counted<Dict>, name: &str) -> Option<&'a Value> {
    dict.get_text(name).or_else(|| dict.get(Key::Int(name.parse().ok()?).as_ref()))
}

/// Takes width from the widest columns until all fit; `between` stands between two columns.
fn narrow(widths: &mut [usize], most: usize, between: usize) {
    let gaps = between * widths.len().saturating_sub(1) + if between == 3 { 4 } else { 0 };
    let mut surplus = (widths.iter().sum::<usize>() + gaps).saturating_sub(most);
    while surplus > 0 {
        let widest = widths.iter().copied().max().unwrap_or(0);
        if widest <= NARROWEST {
            return;
        }
        let next = widths.iter().copied().filter(|width| *width < widest).max().unwrap_or(0).max(NARROWEST);
        let wide: Vec<usize> = (0..widths.len()).filter(|at| widths[*at] == widest).collect();
        let step = (surplus.div_ceil(wide.len())).min(widest - next);
        for at in wide {
            let taken = step.min(surplus);
            widths[at] -= taken;
            surplus -= taken;
        }
    }
}

fn drawn(grid: &[Vec<Cell>], widths: &[usize], header: bool, border: bool) -> String {
    let mut text = String::new();
    if border {
        text.push_str(&rule(widths, ["┌", "┬", "┐"]));
    }
    for (at, row) in grid.iter().enumerate() {
        let empty = Cell::new(String::new(), false);
        let cells: Vec<String> =
            widths.iter().enumerate().map(|(at, width)| row.get(at).unwrap_or(&empty).fit(*width)).collect();
        if border {
            text.push_str(&format!("│ {} │\n", cells.join(" │ ")));
        } else {
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
        }
        if header && at == 0 {
            match border {
                true => text.push_str(&rule(widths, ["├", "┼", "┤"])),
                false => {
                    let lines: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
                    text.push_str(&(lines.join("  ") + "\n"));
                }
            }
        }
    }
    if border {
        text.push_str(&rule(widths, ["└", "┴", "┘"]));
    }
    text
}

fn rule(widths: &[usize], [left, middle, right]: [&str; 3]) -> String {
    let lines: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
    format!("{left}{}{right}\n", lines.join(middle))
}
