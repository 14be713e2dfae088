//! What contexts have in common is held once: large values cross into contexts and lie in snapshots by reference
//! (docs/TRAPS.md, R19).

mod counting;
mod harness;

use std::sync::Arc;

use counting::{alone, count};
use harness::Capture;
use ruff::engine::{Engine, Options};
use ruff::source::Source;

/// A hundred thousand parked contexts, each with the same template of 64 KB in a variable that it reads afterwards: copies
/// would take 6.4 GB. What they may take is the contexts themselves and their promises.
#[test]
fn a_hundred_thousand_contexts_share_a_template() {
    const TEXT: &str = r#"
gate := channel()
async func opened() { return gate.receive() }
async func page(template, gate, n) { await gate; return len(template) + n }
template := "x".repeat(65536)
pages := []
open := opened()
for n in 100000 { pages.push(page(template, open, n)) }
yield_now()
gate.send(true)
total := 0
for p in pages { total += await p }
print(total)
"#;
    let _alone = alone();
    let engine = Engine::new(Options { workers: 2, ..Options::default() });
    let script = engine.compile(Source::new("sharing.ruff", TEXT)).expect("the script is correct");
    let lines = Arc::<Capture>::default();
    let (report, cost) = count(|| engine.execute(&script, Arc::<Capture>::clone(&lines)));
    assert!(report.end.is_ok(), "{:?}", report.end);
    let expected: u64 = (0..100_000_u64).map(|n| n + 65_536).sum();
    assert_eq!(*lines.out.lock().expect("no printer panics"), format!("{expected}\n"));
    // Workers may let the first ones go on before the last ones wait.
    assert!(report.stats.most_waiting >= 50_000, "{:?}", report.stats);
    assert!(cost.peak < 150 << 20, "{} bytes at once", cost.peak);
}
