//! What a command line says about itself.

use std::fmt::Write;

use super::CommandLine;
use super::argument::Argument;

/// How far explanations are indented.
const INDENT: &str = "        ";

/// `Usage: name [options] <word> [word]`.
pub(super) fn usage(parser: &CommandLine) -> String {
    let mut line = format!("Usage: {} [options]", parser.name);
    for option in parser.arguments.iter().filter(|argument| argument.is_option() && argument.required) {
        let _ = write!(line, " {}{}", option.shown(), value_of(option));
    }
    if !parser.commands.is_empty() {
        line.push_str(" <command>");
    }
    for word in parser.arguments.iter().filter(|argument| !argument.is_option()) {
        let dots = if word.multiple { "..." } else { "" };
        let (open, close) = if word.required { ('<', '>') } else { ('[', ']') };
        let _ = write!(line, " {open}{}{dots}{close}", word.shown());
    }
    line
}

/// The usage, and all arguments and commands.
pub(super) fn text(parser: &CommandLine) -> String {
    let mut text = usage(parser) + "\n";
    if !parser.about.is_empty() {
        let _ = writeln!(text, "\n{}", parser.about);
    }
    let (options, words): (Vec<&Argument>, Vec<&Argument>) =
        parser.arguments.iter().partition(|argument| argument.is_option());
    section(
        &mut text,
        "Arguments",
        words.iter().map(|word| (format!("  {}{}", word.shown(), facts(word)), &word.help)),
    );
    let commands = parser.commands.iter().map(|(name, sub)| (format!("  {name}"), &sub.about));
    section(&mut text, "Commands", commands);
    let help = "Show this help".to_owned();
    let version = "Show the version".to_owned();
    let mut lines: Vec<(String, &String)> =
        options.iter().map(|option| (option_line(option), &option.help)).collect();
    let has = |name: &str| options.iter().any(|option| option.shown() == name);
    let short = |letter: char| match options.iter().any(|option| option.short == Some(letter)) {
        true => "    ".to_owned(),
        false => format!("-{letter}, "),
    };
    if !has("--help") {
        lines.push((format!("  {}--help", short('h')), &help));
    }
    if parser.version.is_some() && !has("--version") {
        lines.push((format!("  {}--version", short('V')), &version));
    }
    section(&mut text, "Options", lines.into_iter());
    text
}

fn section<'a>(text: &mut String, title: &str, entries: impl Iterator<Item = (String, &'a String)>) {
    let mut entries = entries.peekable();
    if entries.peek().is_some() {
        let _ = writeln!(text, "\n{title}:");
    }
    for (head, help) in entries {
        let _ = writeln!(text, "{head}");
        help.lines().for_each(|line| _ = writeln!(text, "{INDENT}{line}"));
    }
}

fn option_line(option: &Argument) -> String {
    let short = option.short.map_or("    ".to_owned(), |letter| format!("-{letter}, "));
    format!("  {short}{}{}{}", option.shown(), value_of(option), facts(option))
}

fn value_of(option: &Argument) -> String {
    if option.is_flag() { String::new() } else { format!(" <{}>", option.kind.name()) }
}

fn facts(argument: &Argument) -> String {
    let mut facts = String::new();
    if argument.required {
        facts.push_str(" (required)");
    }
    let choices = argument.choices_text();
    if !choices.is_empty() {
        let _ = write!(facts, " [choices: {choices}]");
    }
    if let Some(default) = argument.default_text() {
        let _ = write!(facts, " [default: {default}]");
    }
    facts
}
