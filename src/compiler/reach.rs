//! Which module-level variables the code reachable from a function names (LANGUAGE, Appendix C.3): what a new context
//! gets copies of.
//!
//! The call graph is an over-approximation: a function reaches every function that it names, every method whose name it calls,
//! every operator method, and, as soon as it calls a value it does not know, every function that is used as a value anywhere. Where a module is used as
//! a value, whoever reads a field reaches the exports of that name. Functions that reach each other reach the same, so the
//! graph is walked once, by its strongly connected components (Tarjan's algorithm, with a stack of its own).

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::resolve::operands;
use crate::bytecode::{Fallback, Function, FunctionId, Member, ModuleDef, Op, Program, Root, Step, Symbol};

/// Fills in `Function::globals` of every function that contexts start with, the prelude's included: they call the script's.
pub(super) fn settle(program: &mut Program) {
    if program.globals.is_empty() {
        return;
    }
    let graph = Graph::new(program);
    let reached = graph.reached();
    for (function, reached) in program.functions.iter_mut().zip(reached) {
        if function.flags.is_async {
            function.globals = graph.numbers_in(&reached);
        }
    }
}

/// The same for an open-ended program: an input was added whose functions begin with `first`. Any function may be declared
/// anew, so every context gets copies of what any function names; only the input's own top level, `main`, creates no context.
pub(super) fn settle_input(program: &mut Program, first: usize, main: FunctionId) {
    let Some(mut named) = program.open_ended.take() else { return };
    let nothing = Members::default();
    for function in program.functions.iter().enumerate().skip(first).filter(|(at, _)| *at != main.index()) {
        named.extend(Facts::of(function.1, &nothing).named);
    }
    for module in &program.modules {
        named.extend(module.members.values().filter_map(|member| match *member {
            Member::Variable(index) => Some(index),
            Member::Function(_) => None,
        }));
    }
    named.sort_unstable();
    named.dedup();
    program.open_ended = Some(named);
}

/// A set of module-level variables, by their position among those that functions name.
type Variables = Vec<u64>;

/// What functions call and name. The last node stands for every function that is used as a value.
struct Graph {
    calls: Vec<Vec<usize>>,
    named: Vec<Vec<usize>>,
    /// The module-level variables that functions name.
    variables: Vec<u32>,
}

impl Graph {
    fn new(program: &Program) -> Graph {
        let members = Members::of(program);
        let facts: Vec<Facts> =
            program.functions.iter().map(|function| Facts::of(function, &members)).collect();
        let mut variables: Vec<u32> = facts.iter().flat_map(|facts| facts.named.iter().copied()).collect();
        variables.sort_unstable();
        variables.dedup();
        let positions: FxHashMap<u32, usize> =
            variables.iter().enumerate().map(|(position, &variable)| (variable, position)).collect();
        let any_value = program.functions.len();
        let mut graph = Graph { calls: Vec::new(), named: Vec::new(), variables };
        for mut facts in facts {
            if facts.calls_unknown {
                facts.names.push(any_value);
            }
            graph.calls.push(facts.names);
            graph.named.push(facts.named.iter().map(|variable| positions[variable]).collect());
        }
        graph.calls.push(values_of(program, &members));
        graph.named.push(Vec::new());
        graph
    }

    fn numbers_in(&self, set: &Variables) -> Vec<u32> {
        let holds = |position: usize| set[position / 64] & (1 << (position % 64)) != 0;
        let all = self.variables.iter().enumerate();
        all.filter(|(position, _)| holds(*position)).map(|(_, &variable)| variable).collect()
    }

    /// What each function reaches.
    fn reached(&self) -> Vec<Rc<Variables>> {
        let count = self.calls.len();
        let mut walk = Walk {
            graph: self,
            order: vec![0; count],
            low: vec![0; count],
            next: 1,
            open: Vec::new(),
            reached: vec![None; count],
        };
        (0..count).for_each(|node| walk.visit(node));
        walk.reached.into_iter().map(|reached| reached.expect("every node was visited")).collect()
    }

    fn empty(&self) -> Variables {
        vec![0; self.variables.len().div_ceil(64)]
    }
}

/// Tarjan's algorithm. A component is complete when everything that it calls is.
struct Walk<'a> {
    graph: &'a Graph,
    /// When each node was met; 0: not yet.
    order: Vec<usize>,
    low: Vec<usize>,
    next: usize,
    /// Nodes whose component is not complete.
    open: Vec<usize>,
    reached: Vec<Option<Rc<Variables>>>,
}

impl Walk<'_> {
    fn visit(&mut self, start: usize) {
        if self.order[start] != 0 {
            return;
        }
        let mut way = vec![(start, 0)];
        self.meet(start);
        while let Some((node, followed)) = way.last_mut() {
            let node = *node;
            if let Some(&callee) = self.graph.calls[node].get(*followed) {
                *followed += 1;
                if self.order[callee] == 0 {
                    self.meet(callee);
                    way.push((callee, 0));
                } else if self.reached[callee].is_none() {
                    self.low[node] = self.low[node].min(self.order[callee]);
                }
                continue;
            }
            way.pop();
            if let Some((caller, _)) = way.last() {
                self.low[*caller] = self.low[*caller].min(self.low[node]);
            }
            if self.low[node] == self.order[node] {
                self.complete(node);
            }
        }
    }

    fn meet(&mut self, node: usize) {
        self.order[node] = self.next;
        self.low[node] = self.next;
        self.next += 1;
        self.open.push(node);
    }

    fn complete(&mut self, root: usize) {
        let start = self.open.iter().rposition(|&node| node == root).expect("its root is open");
        let component = self.open.split_off(start);
        let mut set = self.graph.empty();
        for &node in &component {
            self.graph.named[node].iter().for_each(|position| set[position / 64] |= 1 << (position % 64));
            for reached in self.graph.calls[node].iter().filter_map(|&callee| self.reached[callee].as_deref())
            {
                set.iter_mut().zip(reached).for_each(|(into, from)| *into |= from);
            }
        }
        let set = Rc::new(set);
        component.into_iter().for_each(|node| self.reached[node] = Some(Rc::clone(&set)));
    }
}

/// What names of members may lead to.
#[derive(Default)]
struct Members {
    methods: FxHashMap<Symbol, Vec<usize>>,
    /// What operators, comparisons and printing call.
    operators: Vec<usize>,
    /// Exports of modules that are used as values.
    exports: FxHashMap<Symbol, Vec<Member>>,
}

impl Members {
    fn of(program: &Program) -> Members {
        let mut members = Members::default();
        for (&name, &function) in program.structs.iter().flat_map(|def| &def.functions) {
            members.methods.entry(name).or_default().push(function.index());
            if operands(program.symbol(name)).is_some() {
                members.operators.push(function.index());
            }
        }
        for module in modules_as_values(program) {
            for (&name, &member) in &module.members {
                members.exports.entry(name).or_default().push(member);
            }
        }
        members
    }
}

/// The modules that code holds as values, each once.
fn modules_as_values(program: &Program) -> impl Iterator<Item = &ModuleDef> {
    let code = program.functions.iter().flat_map(|function| &function.code);
    let modules: FxHashSet<u16> = code
        .filter_map(|op| match *op {
            Op::Module { module, .. } => Some(module),
            _ => None,
        })
        .collect();
    modules.into_iter().filter_map(|module| program.modules.get(usize::from(module)))
}

/// The functions that are used as values.
fn values_of(program: &Program, members: &Members) -> Vec<usize> {
    let mut values = Vec::new();
    for op in program.functions.iter().flat_map(|function| &function.code) {
        if let Op::Function { function, .. } | Op::Closure { function, .. } = op {
            values.push(*function as usize);
        }
    }
    for def in &program.structs {
        values.extend(def.functions.values().map(|function| function.index()));
    }
    for export in members.exports.values().flatten() {
        if let Member::Function(function) = export {
            values.push(function.index());
        }
    }
    values.sort_unstable();
    values.dedup();
    values
}

struct Facts {
    named: Vec<u32>,
    names: Vec<usize>,
    calls_unknown: bool,
}

impl Facts {
    fn of(function: &Function, members: &Members) -> Facts {
        let names = members.operators.clone();
        let mut facts = Facts { named: Vec::new(), names, calls_unknown: false };
        for op in &function.code {
            facts.add(op);
        }
        for place in &function.places {
            if let Root::Global(index) = place.root {
                facts.named.push(index);
            }
            for step in &place.steps {
                if let Step::Field(name) | Step::FieldOrNull(name) = step {
                    facts.add_exports(*name, members);
                }
            }
        }
        function.names.iter().for_each(|&name| facts.add_exports(name, members));
        for site in &function.sites {
            facts.names.extend(members.methods.get(&site.name).into_iter().flatten());
            facts.add_exports(site.name, members);
            facts.calls_unknown = true;
            if let Fallback::Function(id) = site.fallback {
                facts.names.push(id.index());
            }
        }
        facts
    }

    fn add(&mut self, op: &Op) {
        match *op {
            Op::GetGlobal { index, .. } | Op::SetGlobal { index, .. } | Op::IsSet { index, .. } => {
                self.named.push(index);
            }
            Op::Function { function, .. }
            | Op::Closure { function, .. }
            | Op::Member { function, .. }
            | Op::Call { function, .. } => {
                self.names.push(function as usize);
            }
            Op::CallValue { .. } | Op::CallLocal { .. } | Op::CallWith { .. } => self.calls_unknown = true,
            _ => {}
        }
    }

    fn add_exports(&mut self, name: Symbol, members: &Members) {
        for export in members.exports.get(&name).into_iter().flatten() {
            match *export {
                Member::Variable(index) => self.named.push(index),
                Member::Function(function) => self.names.push(function.index()),
            }
        }
    }
}
