//! Which registers are read later: computed on finished bytecode, from the operand kinds of the instruction table.
//!
//! Four things come of it. A `Copy` whose source is dead becomes a `Move`, so that the last use of a value takes it and edits
//! happen in place (DESIGN 3). A frozen frame keeps only what is read later (`Function::live`). And an edit that finds its
//! value shared can drop dead registers first, because one of them may be the other owner. And names of variables are kept for the registers that a waiting
//! frame keeps (`Function::variables`).
//!
//! The analysis is the textbook backward data-flow over basic blocks (Aho et al., section 9.2.5), with an edge from every
//! guarded instruction to its handler.

use smallvec::{SmallVec, smallvec};

use crate::bytecode::{CaptureSource, Function, NamedRegister, Op, Program, Reg, Role, Root, Step};

/// Sets of registers, one after the other: a bit for each register.
struct Sets {
    /// The length of a set.
    words: usize,
    bits: Vec<u64>,
}

impl Sets {
    fn none(count: usize, registers: u16) -> Sets {
        let words = usize::from(registers).div_ceil(64);
        Sets { words, bits: vec![0; count * words] }
    }

    fn get(&self, index: usize) -> &[u64] {
        &self.bits[index * self.words..][..self.words]
    }

    fn get_mut(&mut self, index: usize) -> &mut [u64] {
        &mut self.bits[index * self.words..][..self.words]
    }
}

fn insert(set: &mut [u64], reg: Reg) {
    if let Some(word) = set.get_mut(usize::from(reg) / 64) {
        *word |= 1 << (reg % 64);
    }
}

fn remove(set: &mut [u64], reg: Reg) {
    if let Some(word) = set.get_mut(usize::from(reg) / 64) {
        *word &= !(1 << (reg % 64));
    }
}

fn contains(set: &[u64], reg: Reg) -> bool {
    set.get(usize::from(reg) / 64).is_some_and(|word| word & (1 << (reg % 64)) != 0)
}

/// Adds all of `other`; whether that changed anything.
fn add(set: &mut [u64], other: &[u64]) -> bool {
    let mut changed = false;
    for (word, more) in set.iter_mut().zip(other) {
        changed |= *more & !*word != 0;
        *word |= more;
    }
    changed
}

fn list(set: &[u64]) -> Box<[Reg]> {
    let mut registers = Vec::with_capacity(set.iter().map(|word| word.count_ones() as usize).sum());
    for (at, &word) in set.iter().enumerate() {
        let mut rest = word;
        while rest != 0 {
            registers.push(at as Reg * 64 + rest.trailing_zeros() as Reg);
            rest &= rest - 1;
        }
    }
    registers.into()
}

/// `Function::live`.
type LiveTable = Vec<(u32, Box<[Reg]>)>;

/// What an instruction reads and assigns.
#[derive(Default)]
struct Effect {
    reads: SmallVec<[Reg; 8]>,
    writes: SmallVec<[Reg; 8]>,
}

struct Block {
    start: u32,
    end: u32,
    successors: Vec<usize>,
    /// Where its errors are caught: the block, and the register that gets the error.
    handlers: Vec<(usize, Reg)>,
}

/// Analyses the functions from `first` on.
pub(super) fn analyse(program: &mut Program, first: usize) {
    for index in first..program.functions.len() {
        let (moves, live) = Analysis::new(program, &program.functions[index]).run();
        let function = &mut program.functions[index];
        for ip in moves {
            if let Op::Copy { dst, src } = function.code[ip as usize] {
                function.code[ip as usize] = Op::Move { dst, src };
            }
        }
        look_through_settled(&mut function.code);
        function.variables.retain(|variable| is_ever_kept(variable, &live));
        function.live = live;
    }
}

/// A promise that is awaited and kept need not be copied to be awaited, if it is settled.
fn look_through_settled(code: &mut [Op]) {
    for at in 1..code.len() {
        if let (Op::Copy { dst, src }, Op::Await { src: awaited, inline: false }) = (code[at - 1], code[at])
            && dst == awaited
        {
            code[at - 1] = Op::CopySettled { dst, src };
        }
    }
}

/// Whether a frame that waits can hold the variable.
fn is_ever_kept(variable: &NamedRegister, live: &LiveTable) -> bool {
    let first = live.partition_point(|(ip, _)| *ip < variable.start);
    let mut within = live[first..].iter().take_while(|(ip, _)| *ip < variable.end);
    within.any(|(_, registers)| registers.binary_search(&variable.reg).is_ok())
}

struct Analysis<'a> {
    program: &'a Program,
    function: &'a Function,
    blocks: Vec<Block>,
    /// For each block, what is read from its start on.
    live_in: Sets,
}

impl<'a> Analysis<'a> {
    fn new(program: &'a Program, function: &'a Function) -> Analysis<'a> {
        let mut analysis = Analysis { program, function, blocks: Vec::new(), live_in: Sets::none(0, 0) };
        analysis.find_blocks();
        analysis.live_in = analysis.sets();
        analysis
    }

    fn find_blocks(&mut self) {
        let code = &self.function.code;
        let mut starts: Vec<u32> = vec![0];
        for (ip, op) in code.iter().enumerate() {
            if let Some(target) = op.target() {
                starts.extend([target, ip as u32 + 1]);
            } else if ends_block(op) {
                starts.push(ip as u32 + 1);
            }
        }
        for handler in &self.function.handlers {
            starts.extend([handler.start, handler.end, handler.target]);
        }
        starts.retain(|&start| (start as usize) < code.len());
        starts.sort_unstable();
        starts.dedup();
        let block_at = |ip: u32| starts.binary_search(&ip).ok();
        for (index, &start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(code.len() as u32);
            let last = code[end as usize - 1];
            let mut successors: Vec<usize> = last.target().and_then(block_at).into_iter().collect();
            if !ends_block(&last) {
                successors.extend(block_at(end));
            }
            self.blocks.push(Block { start, end, successors, handlers: Vec::new() });
        }
        for handler in &self.function.handlers {
            let Some(target) = block_at(handler.target) else { continue };
            let first = starts.partition_point(|&start| start < handler.start);
            let guarded = self.blocks[first..].iter_mut().take_while(|block| block.start < handler.end);
            guarded.for_each(|block| block.handlers.push((target, handler.error)));
        }
    }

    /// An empty set for each block.
    fn sets(&self) -> Sets {
        Sets::none(self.blocks.len(), self.function.registers)
    }

    /// Where moves are right, and what is live where.
    fn run(mut self) -> (Vec<u32>, LiveTable) {
        self.settle();
        let (mut moves, mut live) = (Vec::new(), Vec::new());
        let mut effect = Effect::default();
        for index in 0..self.blocks.len() {
            let code = &self.function.code;
            let block = &self.blocks[index];
            let mut set = self.live_behind(index);
            let caught = self.caught_in(index);
            for ip in (block.start..block.end).rev() {
                add(&mut set, &caught);
                if let Op::Copy { src, .. } = code[ip as usize]
                    && !contains(&set, src)
                {
                    moves.push(ip);
                }
                self.effect(ip, &mut effect);
                effect.writes.iter().for_each(|&reg| remove(&mut set, reg));
                effect.reads.iter().for_each(|&reg| insert(&mut set, reg));
                if is_kept(code, ip) {
                    // A frame that stands here may be waiting in the instruction before, whose errors may be caught.
                    let starts = ip == block.start;
                    let mut kept = set.clone();
                    add(&mut kept, &caught);
                    add(&mut kept, &self.caught_in(index - usize::from(starts && index > 0)));
                    live.push((ip, list(&kept)));
                }
            }
        }
        live.sort_by_key(|entry| entry.0);
        (moves, live)
    }

    /// Finds what is live at the start of each block: what it reads before it assigns it, what is live behind it and not
    /// assigned in it, and what is read where its errors are caught.
    fn settle(&mut self) {
        let (read, assigned) = self.summaries();
        let mut changed = true;
        while changed {
            changed = false;
            for index in (0..self.blocks.len()).rev() {
                let mut live = self.live_behind(index);
                live.iter_mut().zip(assigned.get(index)).for_each(|(word, assigned)| *word &= !assigned);
                add(&mut live, read.get(index));
                add(&mut live, &self.caught_in(index));
                changed |= add(self.live_in.get_mut(index), &live);
            }
        }
    }

    /// For each block, what it reads before it assigns it, and what it assigns.
    fn summaries(&self) -> (Sets, Sets) {
        let (mut read, mut assigned) = (self.sets(), self.sets());
        let mut effect = Effect::default();
        for (index, block) in self.blocks.iter().enumerate() {
            let (read, assigned) = (read.get_mut(index), assigned.get_mut(index));
            for ip in (block.start..block.end).rev() {
                self.effect(ip, &mut effect);
                for &reg in &effect.writes {
                    remove(read, reg);
                    insert(assigned, reg);
                }
                effect.reads.iter().for_each(|&reg| insert(read, reg));
            }
        }
        (read, assigned)
    }

    /// What is read behind a block.
    fn live_behind(&self, index: usize) -> SmallVec<[u64; 2]> {
        let mut live = smallvec![0; self.live_in.words];
        for &successor in &self.blocks[index].successors {
            add(&mut live, self.live_in.get(successor));
        }
        live
    }

    /// What is read by the handlers of a block, and behind them. Empty if it has none.
    fn caught_in(&self, index: usize) -> SmallVec<[u64; 2]> {
        let mut live = SmallVec::new();
        for &(target, error) in &self.blocks[index].handlers {
            let mut caught: SmallVec<[u64; 2]> = self.live_in.get(target).into();
            remove(&mut caught, error);
            live.resize(caught.len(), 0);
            add(&mut live, &caught);
        }
        live
    }

    /// `effect` := what an instruction reads and assigns.
    fn effect(&self, ip: u32, effect: &mut Effect) {
        let op = &self.function.code[ip as usize];
        effect.reads.clear();
        effect.writes.clear();
        op.registers(|role, reg| match role {
            Role::Read => effect.reads.push(reg),
            Role::Write => effect.writes.push(reg),
            Role::Update => effect.reads.push(reg),
        });
        if let Some((first, count)) = self.function.window(op) {
            effect.reads.extend(first..first + count);
        }
        // Whatever happens, the generator must be told.
        effect.reads.extend(self.function.generator_register());
        match *op {
            Op::Call { base, .. }
            | Op::CallValue { base, .. }
            | Op::CallLocal { base, .. }
            | Op::CallNative { base, .. }
            | Op::CallWith { base, .. } => effect.writes.push(base),
            Op::CallMethod { base, site } => {
                effect.writes.push(base);
                let site = &self.function.sites[site as usize];
                if let crate::bytecode::Fallback::Register(reg) = site.fallback {
                    effect.reads.push(reg);
                }
                site.place.iter().for_each(|&place| self.place_reads(place, effect));
            }
            Op::GetPlace { place, .. } | Op::SetPlace { place, .. } | Op::UpdatePlace { place, .. } => {
                self.place_reads(place, effect);
            }
            Op::Closure { function, .. } => {
                for source in &self.program.functions[function as usize].captures {
                    if let CaptureSource::Register(reg) = source {
                        effect.reads.push(*reg);
                    }
                }
            }
            Op::Enum { base, .. } => {
                if let Some(Op::PayloadCount { count }) = self.function.code.get(ip as usize + 1) {
                    effect.reads.extend(base..base + count);
                }
            }
            Op::ForNext { base, .. } => effect.writes.push(base + 2),
            Op::Struct { base, id, .. } => {
                let count = self.program.structs[id as usize].parts() as u16;
                effect.reads.extend(base..base + count);
            }
            Op::ForStart { dst, .. } => effect.writes.push(dst + 1),
            Op::Unpack { base, shape, .. } => {
                effect.writes.extend(base..base + self.function.shapes[shape as usize].parts());
            }
            // When it fails, the parts are not read.
            Op::Match { base, shape, .. } => {
                effect.writes.extend(base..=base + self.function.shapes[shape as usize].parts());
            }
            _ => {}
        }
    }

    fn place_reads(&self, place: u16, effect: &mut Effect) {
        let place = &self.function.places[place as usize];
        if let Root::Register(reg) | Root::Cell(reg) = place.root {
            effect.reads.push(reg);
        }
        for step in &place.steps {
            if let Step::Index(reg) = step {
                effect.reads.push(*reg);
            }
        }
    }
}

/// Whether control never goes on behind the instruction.
fn ends_block(op: &Op) -> bool {
    matches!(
        op,
        Op::Jump { .. }
            | Op::Loop { .. }
            | Op::Return { .. }
            | Op::LeaveSelf { .. }
            | Op::Finish { .. }
            | Op::Throw { .. }
            | Op::ThrowTry { .. }
            | Op::NoMatch { .. }
            | Op::Fail { .. }
    )
}

/// Whether a frame can stand here for long, so that what is live before the instruction is worth keeping: where fuel runs
/// out, behind calls and awaits, and at edits.
fn is_kept(code: &[Op], ip: u32) -> bool {
    let waits = |op: &Op| {
        matches!(
            op,
            Op::Loop { .. }
                | Op::Call { .. }
                | Op::CallValue { .. }
                | Op::CallLocal { .. }
                | Op::CallNative { .. }
                | Op::CallWith { .. }
                | Op::CallMethod { .. }
                | Op::Spawn { .. }
                | Op::OpenScope { .. }
                | Op::CloseScope { .. }
                | Op::Await { .. }
                | Op::ForNext { .. }
                | Op::Yield { .. }
                | Op::SetPlace { .. }
                | Op::UpdatePlace { .. }
                | Op::SetIndex { .. }
                | Op::SetField { .. }
                | Op::Add { .. }
        )
    };
    let guard = |op: &Op| matches!(op, Op::PlaceGuard { .. });
    let before = ip.checked_sub(1).map(|before| &code[before as usize]);
    waits(&code[ip as usize]) || before.is_some_and(|op| waits(op) || guard(op))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::{FunctionId, Handler};

    #[test]
    fn who_waits_at_the_end_of_a_try_keeps_what_its_handler_reads() {
        let code = vec![
            Op::Int { dst: 0, value: 7 },
            Op::Await { src: 1, inline: false },
            Op::Jump { target: 4 },
            Op::Return { src: 0 },
            Op::Null { dst: 1 },
            Op::Return { src: 1 },
        ];
        let handlers = vec![Handler { start: 0, end: 2, target: 3, error: 2 }];
        let function = Function { registers: 3, code, handlers, ..Function::default() };
        let mut program = Program { functions: vec![function], ..Program::default() };
        analyse(&mut program, 0);
        assert_eq!(program.function(FunctionId(0)).live_at(2), Some(&[0][..]));
    }
}
