//! The costs that LANGUAGE 3.3 promises, by counting and not by timing: ten times the iterations may allocate about ten
//! times the bytes. A copy per iteration would allocate a hundred times as many.
//!
//! `RUFF_COST=part` runs only the cases whose name contains it and prints what they cost.

#![allow(clippy::print_stderr, reason = "costs are shown on demand")]

mod counting;

use std::sync::Arc;

use counting::{Cost, alone, count};
use ruff::engine::{Engine, Error, Options, Output, Stream};

/// How often a loop runs. Tables of 1,024 and 8,192 places, an eighth of which stays free, are just large enough for so
/// many and ten times as many: what grows by doubling grows alike.
const FEW: usize = 700;
const MANY: usize = 10 * FEW;
/// Ten would be linear; the rest is for collections that were just about to grow.
const BOUND: usize = 12;
/// Whether a sleep of 0 ms parks its context is the clock's to say, and parking costs some blocks.
const BOUND_WITH_CLOCK: usize = 40;

/// What is promised, and a script that does it `N` times.
const CASES: &[(&str, &str)] = &[
    // Variables of the top level.
    ("a := push(a, i)", "a := []\nfor i in N { a := push(a, i) }\nassert(len(a) == N)"),
    ("a.push(i)", "a := []\nfor i in N { a.push(i) }\nassert(len(a) == N)"),
    ("a := a + [i]", "a := []\nfor i in N { a := a + [i] }\nassert(len(a) == N)"),
    ("a += [i]", "a := []\nfor i in N { a += [i] }\nassert(len(a) == N)"),
    ("s := s + \"x\"", "s := \"\"\nfor i in N { s := s + \"x\" }\nassert(len(s) == N)"),
    ("s += \"x\"", "s := \"\"\nfor i in N { s += \"x\" }\nassert(len(s) == N)"),
    ("s += interpolation", "s := \"\"\nfor i in N { s += \"${i % 10}\" }\nassert(len(s) == N)"),
    ("d[k] := i", "d := {}\nfor i in N { d[i] := i }\nassert(len(d) == N)"),
    (
        "d[k] := i, kept keys",
        "d := {}\nfor i in N { d[i] := i }\nfor i in N { d[i] := 0 }\nassert(len(d) == N)",
    ),
    ("d[\"k\"] += 1", "a := range(N)\nd := {k: 1, a: a}\nfor i in N { d[\"k\"] += 1 }\nassert(d.k == N + 1)"),
    ("d.k += 1", "d := {k: 1, a: range(N)}\nfor i in N { d.k += 1 }\nassert(d.k == N + 1)"),
    ("d.k += 1 in a large dict", "d := {k: 1}\nfor i in N { d[i] := i }\nfor i in N { d.k += 1 }"),
    (
        "d[k] := push(d[k], i)",
        "d := {k: []}\nfor i in N { d[\"k\"] := push(d[\"k\"], i) }\nassert(len(d.k) == N)",
    ),
    ("d[k].push(i)", "d := {k: []}\nfor i in N { d[\"k\"].push(i) }\nassert(len(d.k) == N)"),
    ("a[i] := v", "a := range(N)\nfor i in N { a[i] := 0 }\nassert(len(a) == N)"),
    ("a[i] += v", "a := range(N)\nfor i in N { a[i] += 1 }\nassert(len(a) == N)"),
    ("a[i] := a[i] + v", "a := range(N)\nfor i in N { a[i] := a[i] + 1 }\nassert(len(a) == N)"),
    ("a.pop()", "a := range(N)\nfor i in N { a.pop() }\nassert(len(a) == 0)"),
    ("[a, x] := pop(a)", "a := range(N)\nfor i in N { [a, x] := pop(a) }\nassert(len(a) == 0)"),
    ("s.add(i)", "s := Set([])\nfor i in N { s.add(i) }\nassert(len(s) == N)"),
    ("while and a.push", "a := []\ni := 0\nwhile i < N { a.push(i); i += 1 }"),
    ("loop and a := push(a, i)", "a := []\nloop { if len(a) == N { break }; a := push(a, len(a)) }"),
    ("swap elements", "a := range(N)\nfor i in N - 1 { t := a[i]; a[i] := a[i + 1]; a[i + 1] := t }"),
    // Parts of values.
    (
        "p.items := push(p.items, i)",
        "struct P { items = [] }\np := P { }\nfor i in N { p.items := push(p.items, i) }",
    ),
    ("p.items.push(i)", "struct P { items = [] }\np := P { }\nfor i in N { p.items.push(i) }"),
    ("p.items: annotated", "struct P { items: array<int> = [] }\np := P { }\nfor i in N { p.items.push(i) }"),
    ("p.text += \"x\"", "struct P { text: string = \"\" }\np := P { }\nfor i in N { p.text += \"x\" }"),
    (
        "self.items.push(v)",
        "struct P { items = []; func add(self, v) { self.items.push(v) } }\np := P { }\nfor i in N { p.add(i) }\nassert(len(p.items) == N)",
    ),
    (
        "self.items := push(self.items, v)",
        "struct P { items = []; func add(self, v) { self.items := push(self.items, v) } }\np := P { }\nfor i in N { p.add(i) }",
    ),
    (
        "self.map[k] := v",
        "struct P { map = {}; func put(self, k) { self.map[k] := k } }\np := P { }\nfor i in N { p.put(i) }",
    ),
    (
        "a method that calls a method",
        "struct P { items = []; func add(self, v) { self.items.push(v) }; func both(self, v) { self.add(v); self.add(v) } }\np := P { }\nfor i in N { p.both(i) }",
    ),
    (
        "a method of a part",
        "struct P { items = []; func add(self, v) { self.items.push(v) } }\nd := {p: [P { }]}\nfor i in N { d.p[0].add(i) }",
    ),
    (
        "self.items.push(v) in a closure",
        "struct P { items = []; func add(self, xs) { xs.each(func(x) { self.items.push(x) }) } }\np := P { }\np.add(range(N))\nassert(len(p.items) == N)",
    ),
    (
        "a method with a closure, many times",
        "struct P { items = []; func add(self, x) { (() => self.items.push(x))() } }\np := P { }\nfor i in N { p.add(i) }\nassert(len(p.items) == N)",
    ),
    (
        "a closure that kept its self",
        "struct P { items = []; func adder(self) { return func(x) { self.items.push(x) } } }\nadd := P { }.adder()\nfor i in N { add(i) }",
    ),
    (
        "m.rows[i].xs.push(1)",
        "struct R { xs = [] }\nstruct M { rows = [] }\nm := M { rows: [R { }, R { }] }\nfor i in N { m.rows[i % 2].xs.push(1) }",
    ),
    (
        "m.rows[k].xs := push(m.rows[k].xs, 1)",
        "struct R { xs = [] }\nstruct M { rows = [] }\nm := M { rows: [R { }, R { }] }\nfor i in N { k := i % 2; m.rows[k].xs := push(m.rows[k].xs, 1) }",
    ),
    ("grid[y][x] := v", "grid := [range(N), range(N)]\nfor i in N { grid[i % 2][i] := 0 }"),
    // Variables of functions.
    (
        "local a := push(a, i)",
        "func f() { a := []; for i in N { a := push(a, i) }; return len(a) }\nassert(f() == N)",
    ),
    ("local a.push(i)", "func f() { a := []; for i in N { a.push(i) }; return a }\nassert(len(f()) == N)"),
    (
        "local s += \"x\"",
        "func f() { s := \"\"; for i in N { s += \"x\" }; return s }\nassert(len(f()) == N)",
    ),
    ("local d[k] := i", "func f() { d := {}; for i in N { d[i] := i }; return d }\nassert(len(f()) == N)"),
    ("parameter a.push(i)", "func f(a) { for i in N { a.push(i) }; return a }\nassert(len(f([])) == N)"),
    (
        "a handed through a function",
        "func add(a, i) { a.push(i); return a }\nfunc f() { a := []; for i in N { a := add(a, i) }; return a }\nassert(len(f()) == N)",
    ),
    (
        "a handed through a function at top level",
        "func add(a, i) { a.push(i); return a }\na := []\nfor i in N { a := add(a, i) }",
    ),
    (
        "recursion with a",
        "func f(a, n) { if n == 0 { return a }; a.push(n); return f(a, n - 1) }\nassert(len(f([], N)) == N)",
    ),
    // Module-level variables that functions name.
    (
        "global a := push(a, i)",
        "a := []\nfunc f(i) { a := push(a, i) }\nfor i in N { f(i) }\nassert(len(a) == N)",
    ),
    ("global a.push(i)", "a := []\nfunc f(i) { a.push(i) }\nfor i in N { f(i) }\nassert(len(a) == N)"),
    ("global a, changed at top level", "a := []\nfunc f() { return len(a) }\nfor i in N { a.push(i); f() }"),
    (
        "global a := push(a, i) at top level",
        "a := []\nfunc f() { return len(a) }\nfor i in N { a := push(a, i); f() }",
    ),
    ("global s += \"x\"", "s := \"\"\nfunc f() { s += \"x\" }\nfor i in N { f() }\nassert(len(s) == N)"),
    (
        "global s := s + \"x\"",
        "s := \"\"\nfunc f() { s := s + \"x\" }\nfor i in N { f() }\nassert(len(s) == N)",
    ),
    ("global d[k] := i", "d := {}\nfunc f(i) { d[i] := i }\nfor i in N { f(i) }\nassert(len(d) == N)"),
    ("global d[k] += 1", "d := {k: 0, a: range(N)}\nfunc f() { d[\"k\"] += 1 }\nfor i in N { f() }"),
    (
        "global p.items.push(i)",
        "struct P { items = [] }\np := P { }\nfunc f(i) { p.items.push(i) }\nfor i in N { f(i) }",
    ),
    (
        "global p.items := push(p.items, i)",
        "struct P { items = [] }\np := P { }\nfunc f(i) { p.items := push(p.items, i) }\nfor i in N { f(i) }",
    ),
    (
        "global p.add(i)",
        "struct P { items = []; func add(self, v) { self.items.push(v) } }\np := P { }\nfunc f(i) { p.add(i) }\nfor i in N { f(i) }",
    ),
    // Variables that closures share.
    (
        "cell a.push(i)",
        "func f() { a := []; add := func(i) { a.push(i) }; for i in N { add(i) }; return a }\nassert(len(f()) == N)",
    ),
    (
        "cell a := push(a, i)",
        "func f() { a := []; add := func(i) { a := push(a, i) }; for i in N { add(i) }; return a }\nassert(len(f()) == N)",
    ),
    (
        "cell a, changed outside",
        "func f() { a := []; size := func() { return len(a) }; for i in N { a.push(i); size() }; return a }\nassert(len(f()) == N)",
    ),
    (
        "cell a := push(a, i) outside",
        "func f() { a := []; size := func() { return len(a) }; for i in N { a := push(a, i); size() }; return a }\nassert(len(f()) == N)",
    ),
    (
        "cell s += \"x\"",
        "func f() { s := \"\"; g := func() { s += \"x\" }; for i in N { g() }; return s }\nassert(len(f()) == N)",
    ),
    (
        "cell s := s + \"x\"",
        "func f() { s := \"\"; g := func() { s := s + \"x\" }; for i in N { g() }; return s }\nassert(len(f()) == N)",
    ),
    (
        "cell d[k] := i",
        "func f() { d := {}; g := func(i) { d[i] := i }; for i in N { g(i) }; return d }\nassert(len(f()) == N)",
    ),
    (
        "cell p.items.push(i)",
        "struct P { items = [] }\nfunc f() { p := P { }; g := func(i) { p.items.push(i) }; for i in N { g(i) }; return p }\nassert(len(f().items) == N)",
    ),
    (
        "a callback that pushes",
        "func f() { a := []; each(range(N), func(i) { a.push(i) }); return a }\nassert(len(f()) == N)",
    ),
    // Control flow around the edit.
    (
        "inside try",
        "a := []\nfor i in N { try { a := push(a, i) } except e { print(e) } }\nassert(len(a) == N)",
    ),
    (
        "inside try, by method",
        "a := []\nfor i in N { try { a.push(i) } except e { print(e) } finally { x := 1 } }",
    ),
    (
        "inside except",
        "a := []\nfor i in N { try { throw \"x\" } except e { a := push(a, i) } }\nassert(len(a) == N)",
    ),
    (
        "inside finally",
        "a := []\nfor i in N { try { x := i } finally { a := push(a, i) } }\nassert(len(a) == N)",
    ),
    (
        "inside a local try",
        "func f() { a := []; for i in N { try { a := push(a, i) } except e { return e } }; return a }\nassert(len(f()) == N)",
    ),
    (
        "inside match",
        "a := []\nfor i in N { match i % 2 { case 0: { a := push(a, i) } default: { a.push(i) } } }\nassert(len(a) == N)",
    ),
    (
        "inside if",
        "a := []\nfor i in N { if i % 2 == 0 { a := push(a, i) } else { a.push(i) } }\nassert(len(a) == N)",
    ),
    // Other contexts in between.
    (
        "across await",
        "async func f() { a := []; for i in N { await async_sleep(0); a := push(a, i) }; return a }\nassert(len(await f()) == N)",
    ),
    (
        "across yield_now",
        "async func f() { a := []; for i in N { yield_now(); a.push(i) }; return a }\np := f()\nassert(len(await p) == N)",
    ),
    (
        "across await at top level",
        "a := []\nfor i in N { await async_sleep(0); a.push(i) }\nassert(len(a) == N)",
    ),
    (
        "across yield_now, two contexts",
        "async func f() { a := []; for i in N { yield_now(); a := push(a, i) }; return a }\nps := [f(), f()]\nawait promise_all(ps)",
    ),
    (
        "s += \"x\" across yield_now",
        "async func f() { s := \"\"; for i in N { yield_now(); s += \"x\" }; return s }\np := f()\nassert(len(await p) == N)",
    ),
    (
        "d[k] := i across yield_now",
        "async func f() { d := {}; for i in N { yield_now(); d[i] := i }; return d }\np := f()\nassert(len(await p) == N)",
    ),
    (
        "global across yield_now",
        "a := []\nfunc f(i) { a.push(i) }\nfor i in N { yield_now(); f(i) }\nassert(len(a) == N)",
    ),
    (
        "cell across yield_now",
        "func f() { a := []; g := func(i) { a.push(i) }; for i in N { yield_now(); g(i) }; return a }\nassert(len(f()) == N)",
    ),
    (
        "self.items across yield_now",
        "struct P { items = []; func add(self, v) { yield_now(); self.items.push(v) } }\np := P { }\nfor i in N { p.add(i) }",
    ),
    (
        "a.push(await f(i))",
        "async func f(i) { return i }\na := []\nfor i in N { a.push(await f(i)) }\nassert(len(a) == N)",
    ),
    (
        "a := push(a, await f(i))",
        "async func f(i) { yield_now(); return i }\na := []\nfor i in N { a := push(a, await f(i)) }\nassert(len(a) == N)",
    ),
    (
        "receiving in between",
        "ch := channel()\np := spawn { for i in N { ch.send(i) }; ch.close() }\na := []\nloop { v := ch.receive(); if v == null { break }; a := push(a, v) }\nassert(len(a) == N)",
    ),
    (
        "for v in ch",
        "ch := channel(1)\np := spawn { for i in N { ch.send(i) }; ch.close() }\na := []\nfor v in ch { a.push(v) }\nassert(len(a) == N)",
    ),
    (
        "ps := push(ps, f())",
        "async func f() { return 1 }\nps := []\nfor i in N { ps := push(ps, f()) }\nawait promise_all(ps)",
    ),
    (
        "ps.push(f()) with an argument",
        "async func f(i) { return i }\nps := []\nfor i in N { ps.push(f(i)) }\nawait promise_all(ps)",
    ),
    ("ps.push(spawn)", "ps := []\nfor i in N { ps.push(spawn { return 1 }) }\nawait promise_all(ps)"),
    (
        "ps := push(ps, f()), f reads a global",
        "let big := range(N)\nasync func f() { return len(big) }\nps := []\nfor i in N { ps := push(ps, f()) }\nawait promise_all(ps)",
    ),
    (
        "local ps := push(ps, f())",
        "async func f() { return 1 }\nfunc all() { ps := []; for i in N { ps := push(ps, f()) }; return promise_all(ps) }\nawait all()",
    ),
    ("parallel_map", "assert(len(await parallel_map(range(N), x => x)) == N)"),
    // Reading in between.
    (
        "out := push(out, f(x))",
        "k := {a: 1}\nfunc f(x) { return x + k.a }\nout := []\nfor x in N { out := push(out, f(x)) }\nassert(len(out) == N)",
    ),
    (
        "out.push(f(len(out)))",
        "func f(x) { return x }\nout := []\nfor x in N { out.push(f(len(out))) }\nassert(len(out) == N)",
    ),
    ("a.push(a[i])", "a := [1]\nfor i in N { a.push(a[i]) }\nassert(len(a) == N + 1)"),
    ("a := push(a, a[i])", "a := [1]\nfor i in N { a := push(a, a[i]) }\nassert(len(a) == N + 1)"),
    ("d[k] := len(d)", "d := {}\nfor i in N { d[i] := len(d) }\nassert(len(d) == N)"),
    ("a.push(i), a printed once", "a := []\nfor i in N { a.push(i); if i == 5 { print(a) } }"),
    (
        "a.push(i), a shared once",
        "a := []\nb := []\nfor i in N { a.push(i); if i == 7 { b := a } }\nassert(len(b) <= 8)",
    ),
    ("for v in a", "a := range(N)\ns := 0\nfor v in a { s := s + v }"),
    (
        "for v in a of a cell",
        "func f() { a := range(N); g := func() { return a[0] }; s := 0; for v in a { s += v + g() }; return s }\nf()",
    ),
    (
        "for v in p.items",
        "struct P { items }\np := P { items: range(N) }\ns := 0\nfor v in p.items { s += v }",
    ),
    ("for k in d", "d := {}\nfor i in N { d[i] := i }\ns := 0\nfor k in d { s += d[k] }"),
    ("for c in s", "s := repeat(\"x\", N)\nn := 0\nfor c in s { n += 1 }\nassert(n == N)"),
    ("for v in a, other pushed", "a := range(N)\nb := []\nfor v in a { b.push(v) }\nassert(len(b) == N)"),
    (
        "a captured array",
        "func f() { a := range(N); g := func(i) { return a[i] }; s := 0; for i in N { s += g(i) }; return s }\nf()",
    ),
    (
        "a captured array in new closures",
        "func f() { a := range(N); s := 0; for i in N { g := () => a[i]; s += g() }; return s }\nf()",
    ),
    ("a as an argument", "func f(a, i) { return a[i] }\na := range(N)\ns := 0\nfor i in N { s += f(a, i) }"),
    ("a in a dict per iteration", "a := range(N)\nd := {}\nfor i in N { d := {a: a, i: i} }"),
    (
        "a matched",
        "a := range(N)\ns := 0\nfor i in N { match i { case 3: { s += len(a) } default: { s += a[i] } } }",
    ),
    ("sliding window", "a := range(N)\nfor i in N - 3 { b := a[i:i + 3] }"),
    (
        "len of a field",
        "struct P { items }\np := P { items: range(N) }\ns := 0\nfor i in N { s += len(p.items) + p.items[i] }",
    ),
    (
        "a method that reads",
        "struct P { items; func at(self, i) { return self.items[i] } }\np := P { items: range(N) }\ns := 0\nfor i in N { s += p.at(i) }",
    ),
    // Annotated.
    (
        "annotated a := push(a, i)",
        "mut a: array<int> := []\nfor i in N { a := push(a, i) }\nassert(len(a) == N)",
    ),
    ("annotated a.push(i)", "mut a: array<int> := []\nfor i in N { a.push(i) }\nassert(len(a) == N)"),
    ("annotated s := s + \"x\"", "mut s: string := \"\"\nfor i in N { s := s + \"x\" }\nassert(len(s) == N)"),
    ("annotated s += \"x\"", "mut s: string := \"\"\nfor i in N { s += \"x\" }\nassert(len(s) == N)"),
    ("annotated d[k] := i", "mut d: dict<int, int> := {}\nfor i in N { d[i] := i }\nassert(len(d) == N)"),
    (
        "annotated global a := push(a, i)",
        "mut a: array := []\nfunc f(i) { a := push(a, i) }\nfor i in N { f(i) }",
    ),
    (
        "annotated cell s += \"x\"",
        "func f() { mut s: string := \"\"; g := func() { s += \"x\" }; for i in N { g() }; return s }\nf()",
    ),
    ("annotated parameter", "func f(a: array<int>) { for i in N { a := push(a, i) }; return a }\nf([])"),
    (
        "annotated p.items := push(p.items, i)",
        "struct P { items: array<int> = [] }\np := P { }\nfor i in N { p.items := push(p.items, i) }\nassert(len(p.items) == N)",
    ),
    (
        "annotated p.items := p.items + [i]",
        "struct P { items: array<int> = [] }\np := P { }\nfor i in N { p.items := p.items + [i] }\nassert(len(p.items) == N)",
    ),
    (
        "annotated p.map[k] := i",
        "struct P { map: dict<int, int> = {} }\np := P { }\nfor i in N { p.map[i] := i }",
    ),
    // More ways to write the same.
    (
        "p.items := p.items + [i]",
        "struct P { items = [] }\np := P { }\nfor i in N { p.items := p.items + [i] }",
    ),
    (
        "p.s := p.s + \"x\"",
        "struct P { s = \"\" }\np := P { }\nfor i in N { p.s := p.s + \"x\" }\nassert(len(p.s) == N)",
    ),
    (
        "self.s += \"x\"",
        "struct P { s = \"\"; func add(self) { self.s += \"x\" } }\np := P { }\nfor i in N { p.add() }",
    ),
    (
        "self.s := self.s + \"x\"",
        "struct P { s = \"\"; func add(self) { self.s := self.s + \"x\" } }\np := P { }\nfor i in N { p.add() }",
    ),
    ("d[k] := d[k] + [i]", "d := {k: []}\nfor i in N { d[\"k\"] := d[\"k\"] + [i] }\nassert(len(d.k) == N)"),
    (
        "d[k.id] := push(d[k.id], i)",
        "d := {a: []}\nk := {id: \"a\"}\nfor i in N { d[k.id] := push(d[k.id], i) }\nassert(len(d.a) == N)",
    ),
    (
        "d[k.id].push(i)",
        "d := {a: []}\nk := {id: \"a\"}\nfor i in N { d[k.id].push(i) }\nassert(len(d.a) == N)",
    ),
    (
        "d[\"${k}\"] := push(d[\"${k}\"], i)",
        "d := {k1: []}\nfor i in N { k := 1; d[\"k${k}\"] := push(d[\"k${k}\"], i) }\nassert(len(d.k1) == N)",
    ),
    ("s := s + a + b", "s := \"\"\nfor i in N { s := s + \"x\" + \"y\" }\nassert(len(s) == 2 * N)"),
    ("a := insert(a, 0, i)", "a := []\nfor i in N { a := insert(a, len(a), i) }\nassert(len(a) == N)"),
    ("a := extend(a, [i])", "a := []\nfor i in N { a := extend(a, [i]) }\nassert(len(a) == N)"),
    ("a := i |> push", "a := []\nfor i in N { a := a |> push(i) }\nassert(len(a) == N)"),
    ("a := a.push", "a := []\nfor i in N { a := a.push(i) }\nassert(len(a) == N)"),
    ("reduce with push", "a := reduce(range(N), (acc, x) => push(acc, x), [])\nassert(len(a) == N)"),
    (
        "reduce with a block",
        "a := range(N).reduce(func(acc, x) { acc.push(x); return acc }, [])\nassert(len(a) == N)",
    ),
    (
        "reduce with a dict",
        "d := reduce(range(N), func(acc, x) { acc[x] := x; return acc }, {})\nassert(len(d) == N)",
    ),
    ("map and filter", "a := range(N).map(x => x + 1).filter(x => x > 0)\nassert(len(a) == N)"),
    ("group_by", "d := group_by(range(N), x => x % 7)\nassert(len(d) > 0)"),
    (
        "a := await f(a, i)",
        "async func f(a, i) { a.push(i); return a }\na := []\nfor i in N { a := await f(a, i) }\nassert(len(a) == N)",
    ),
    ("a stack", "a := [1]\nfor i in N { x := a.pop(); a.push(x + 1); a.push(x) }\nassert(len(a) == N + 1)"),
    (
        "rows of a loop",
        "rows := []\nfor i in N { row := []; row.push(i); rows.push(row) }\nassert(len(rows) == N)",
    ),
    (
        "a dict of arrays",
        "d := {}\nfor i in N { k := i % 5; if !(k in d) { d[k] := [] }; d[k].push(i) }\nassert(len(d) > 0)",
    ),
    (
        "a field of an element",
        "ps := [{n: 0, a: range(N)}]\nfor i in N { ps[0].n += 1 }\nassert(ps[0].n == N)",
    ),
    (
        "an element taken and put back",
        "ps := [{n: []}]\nfor i in N { p := ps[0]; ps[0] := null; p.n.push(i); ps[0] := p }\nassert(len(ps[0].n) == N)",
    ),
    (
        "two names in turn",
        "a := []\nb := []\nfor i in N { t := a; a := b; b := t; a.push(i) }\nassert(len(a) + len(b) == N)",
    ),
    ("the value of push", "a := []\nn := 0\nfor i in N { b := push(a, i); a := b }\nassert(len(a) == N)"),
    (
        "a result that is returned",
        "func add(a, i) { return push(a, i) }\na := []\nfor i in N { a := add(a, i) }\nassert(len(a) == N)",
    ),
    (
        "a struct that is returned",
        "struct P { items = [] }\nfunc add(p, i) { p.items.push(i); return p }\np := P { }\nfor i in N { p := add(p, i) }\nassert(len(p.items) == N)",
    ),
    (
        "a conditional value",
        "a := []\nfor i in N { a := if i % 2 == 0 { push(a, i) } else { push(a, 0) } }\nassert(len(a) == N)",
    ),
    ("nested loops", "a := []\nfor i in 8 { for j in N { a := push(a, j) } }\nassert(len(a) == 8 * N)"),
    (
        "an array sent and received",
        "ch := channel(1)\na := []\nfor i in N { a.push(i); ch.send(a); a := null; a := ch.receive() }\nassert(len(a) == N)",
    ),
];

/// What nobody promises and what copies today: the place is computed twice, or two steps would be seen one by one. A case
/// that passes belongs to `CASES`.
const COPYING: &[(&str, &str)] = &[
    (
        "m.rows[i].xs := push(m.rows[i].xs, 1)",
        "struct R { xs = [] }\nstruct M { rows = [] }\nm := M { rows: [R { }, R { }] }\nfor i in N { m.rows[i % 2].xs := push(m.rows[i % 2].xs, 1) }",
    ),
    (
        "s := s + a + b in a try",
        "s := \"\"\nfor i in N { try { s := s + \"x\" + \"y\" } except e { } }\nassert(len(s) == 2 * N)",
    ),
    (
        "global s := s + a + b",
        "s := \"\"\nfunc f() { s := s + \"x\" + \"y\" }\nfor i in N { f() }\nassert(len(s) == 2 * N)",
    ),
    (
        "self.s := self.s + a + b",
        "struct P { s = \"\"; func add(self) { self.s := self.s + \"x\" + \"y\" } }\np := P { }\nfor i in N { p.add() }",
    ),
    (
        "a dict of arrays, by get",
        "d := {}\nfor i in N { k := i % 5; d[k] := push(get(d, k, []), i) }\nassert(len(d) > 0)",
    ),
];

/// Must not pass: the array is shared when it is changed, so each push copies it.
const QUADRATIC: &str = "a := []\nb := []\nfor i in N { b := a; a.push(i) }\nassert(len(b) == N - 1)";

struct Nowhere;

impl Output for Nowhere {
    fn write(&self, _: Stream, _: &str) -> std::io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every word `N` becomes the number.
fn replaced(text: &str, count: usize) -> String {
    let mut out = String::new();
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let alone = !is_word(before) && characters.peek().is_none_or(|next| !is_word(*next));
        if character == 'N' && alone {
            out.push_str(&count.to_string())
        } else {
            out.push(character)
        }
        before = character;
    }
    out
}

/// What a script allocates with `iterations`. Compiling is not counted.
fn cost(engine: &Engine, name: &str, text: &str, iterations: usize) -> Result<Cost, String> {
    let text = replaced(text, iterations);
    let failed = |error: Error| format!("{name}: {error}");
    let script = engine.compile_bytes(name, text.as_bytes()).map_err(failed)?;
    let (report, cost) = count(|| engine.execute(&script, Arc::new(Nowhere)));
    report.end.map_err(failed)?;
    Ok(cost)
}

/// Holds a case to the promise, or says how it breaks it.
fn linear(engine: &Engine, name: &str, text: &str, verbose: bool) -> Result<(), String> {
    let (few, many) = (cost(engine, name, text, FEW)?, cost(engine, name, text, MANY)?);
    let (less, more) = (few.bytes, many.bytes);
    let shown = format!(
        "{name}: {less} bytes in {} blocks for {FEW} iterations, {more} in {} for {MANY}: {:.1} times as many",
        few.blocks,
        many.blocks,
        more as f64 / less as f64
    );
    if verbose {
        eprintln!("{shown}");
    }
    let bound = if text.contains("async_sleep") { BOUND_WITH_CLOCK } else { BOUND };
    if more > bound * less { Err(shown) } else { Ok(()) }
}

fn engine() -> Engine {
    Engine::new(Options { workers: 1, ..Options::default() })
}

#[test]
fn edits_in_loops_are_linear() {
    let _alone = alone();
    let engine = engine();
    let part = std::env::var("RUFF_COST").unwrap_or_default();
    let chosen = CASES.iter().filter(|(name, _)| name.contains(&part));
    let offenders: Vec<String> =
        chosen.filter_map(|(name, text)| linear(&engine, name, text, !part.is_empty()).err()).collect();
    assert!(offenders.is_empty(), "not linear:\n{}", offenders.join("\n"));
}

#[test]
fn what_copies_today() {
    let _alone = alone();
    let engine = engine();
    for (name, text) in COPYING {
        assert!(linear(&engine, name, text, false).is_err(), "{name} is linear now: promise it");
    }
}

#[test]
fn a_copy_per_iteration_is_noticed() {
    let _alone = alone();
    let found = linear(&engine(), "a shared array", QUADRATIC, false);
    assert!(found.is_err(), "a quadratic script passes");
}
